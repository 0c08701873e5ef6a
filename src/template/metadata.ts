/**
 * The metadata block that opens a template, `{{!-- phx { … } --}}`: plain JSON that says what the script needs, takes
 * and leaves. Reads and checks its shape; it knows no Handlebars and runs nothing.
 */
import { TemplateError } from './error.ts';
import { formatNames, formatOf } from './formats.ts';
import { kindOf } from './quote.ts';

export type ParamType = 'string' | 'integer' | 'number' | 'boolean' | 'strings' | 'map';

/** One parameter of a template. */
export interface ParamSpec {
  readonly type: ParamType;
  readonly description: string;
  readonly required: boolean;
  /** The value when none is given; without one a template sees `null`. */
  readonly default?: unknown;
  /** The only values allowed. */
  readonly enum?: readonly (string | number)[];
  /** A form that many parameters share: `port`, `path`, `url` (formats.ts). */
  readonly format?: string;
  /** What the whole text (each text of a list) matches, and what that is in words: `a version such as 28.4.0`. */
  readonly pattern?: string;
  readonly words?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  /** Where its newest value is told: it is a version that `phx update` moves. */
  readonly pin?: Pin;
}

/** The latest release of a project on GitHub, and how its tag is made of the version: `v{}`. */
export interface Pin {
  /** `owner/name`. */
  readonly github: string;
  /** The tag, with `{}` where the version stands. */
  readonly tag: string;
}

/**
 * An effect or a question. With `when: 'gpu'`, only if that parameter has a value other than false; with
 * `when: 'role=agent'`, only if it has this one.
 */
export interface Conditional {
  readonly text: string;
  readonly when?: string;
}

/** What a template says about itself. */
export interface Metadata {
  readonly description: string;
  /** Features that must have been applied in the guest, or in what it was cloned from. */
  readonly requires: readonly string[];
  readonly params: Readonly<Record<string, ParamSpec>>;
  readonly provides: readonly Conditional[];
  /** Questions of `guest-probe`, asked after the script. */
  readonly verify: readonly Conditional[];
  /** Whether the script reads what other guests export. Without it the fleet is no input of the script. */
  readonly readsExports: boolean;
}

const block = /^\s*\{\{~?!--\s*phx\b([\s\S]*?)--~?\}\}/;
const paramTypes: readonly string[] = ['string', 'integer', 'number', 'boolean', 'strings', 'map'];
const keys = ['description', 'requires', 'params', 'provides', 'verify', 'readsExports'];
const paramKeys = [
  ...['type', 'description', 'required', 'default', 'enum'],
  ...['format', 'pattern', 'words', 'minimum', 'maximum', 'pin'],
];

/** The metadata of a template. Throws a TemplateError where the block is missing or has another shape. */
export function parseMetadata(file: string, text: string): Metadata {
  const json = block.exec(text)?.[1];
  if (json === undefined)
    throw new TemplateError(file, 1, 'a template opens with its metadata: {{!-- phx { … } --}}');
  const fail = (problem: string): never => {
    throw new TemplateError(file, 1, `in the metadata, ${problem}`);
  };
  let raw: unknown;
  try {
    raw = JSON.parse(json);
  } catch (error) {
    return fail(`no valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isRecord(raw)) return fail(`an object is wanted, not ${kindOf(raw)}`);
  const stray = Object.keys(raw).find((key) => !keys.includes(key));
  if (stray !== undefined) fail(`"${stray}" is unknown`);
  const { description, requires = [], params = {}, provides = [], verify = [], readsExports = false } = raw;
  if (typeof description !== 'string') return fail('"description" is missing');
  if (typeof readsExports !== 'boolean') return fail('"readsExports" must be true or false');
  if (!isStrings(requires)) return fail('"requires" must be a list of feature names');
  if (!isRecord(params)) return fail('"params" must be an object');
  const specs: Record<string, ParamSpec> = {};
  for (const [name, spec] of Object.entries(params)) specs[name] = paramSpec(name, spec, fail);
  const list = (name: string, value: unknown): Conditional[] => {
    if (!Array.isArray(value)) return fail(`"${name}" must be a list`);
    return value.map((item): Conditional => {
      if (typeof item === 'string') return { text: item };
      if (!isRecord(item) || typeof item.is !== 'string' || typeof item.when !== 'string')
        return fail(`an entry of "${name}" is a text or { "when": "param", "is": "text" }`);
      const param = item.when.replace(/=.*/, '');
      if (!Object.hasOwn(specs, param)) return fail(`"${name}" names the unknown parameter "${param}"`);
      return { text: item.is, when: item.when };
    });
  };
  return {
    description,
    requires,
    params: specs,
    provides: list('provides', provides),
    verify: list('verify', verify),
    readsExports,
  };
}

function paramSpec(name: string, spec: unknown, fail: (problem: string) => never): ParamSpec {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) fail(`the parameter name "${name}" must be snake_case`);
  if (!isRecord(spec)) return fail(`parameter "${name}" must be an object`);
  const stray = Object.keys(spec).find((key) => !paramKeys.includes(key));
  if (stray !== undefined) fail(`parameter "${name}" has the unknown key "${stray}"`);
  const { type, description, required = false, enum: allowed } = spec;
  if (typeof type !== 'string' || !paramTypes.includes(type))
    return fail(`parameter "${name}" needs a type of ${paramTypes.join(', ')}`);
  if (typeof description !== 'string') return fail(`parameter "${name}" has no description`);
  if (typeof required !== 'boolean') return fail(`"required" of parameter "${name}" must be true or false`);
  if (allowed !== undefined && !Array.isArray(allowed))
    return fail(`"enum" of parameter "${name}" must be a list`);
  const bounds = boundsOf(name, type as ParamType, spec, fail);
  const result: ParamSpec = {
    type: type as ParamType,
    description,
    required,
    ...('default' in spec ? { default: spec.default } : {}),
    ...(allowed ? { enum: allowed as (string | number)[] } : {}),
    ...bounds,
    ...(spec.pin === undefined ? {} : { pin: pinOf(name, type as ParamType, spec.pin, fail) }),
  };
  const problem = 'default' in spec ? wrongValue(result, spec.default) : undefined;
  if (problem !== undefined) fail(`the default of parameter "${name}" ${problem}`);
  return result;
}

function pinOf(name: string, type: ParamType, pin: unknown, fail: (problem: string) => never): Pin {
  if (type !== 'string') fail(`parameter "${name}" is no text: it cannot be pinned`);
  const { github, tag = 'v{}', ...rest } = isRecord(pin) ? pin : {};
  if (typeof github === 'string' && /^[\w.-]+\/[\w.-]+$/.test(github))
    if (typeof tag === 'string' && tag.split('{}').length === 2 && Object.keys(rest).length === 0)
      return { github, tag };
  return fail(`"pin" of parameter "${name}" is { "github": "owner/name", "tag": "v{}" }`);
}

/** What a parameter says of its values beyond their type. */
function boundsOf(
  name: string,
  type: ParamType,
  { format, pattern, words, minimum, maximum }: Readonly<Record<string, unknown>>,
  fail: (problem: string) => never,
): Pick<ParamSpec, 'format' | 'pattern' | 'words' | 'minimum' | 'maximum'> {
  if (format !== undefined) {
    const found = typeof format === 'string' ? formatOf(format) : undefined;
    if (!found) fail(`"format" of parameter "${name}" must be one of ${formatNames.join(', ')}`);
    if (!found?.types.includes(type))
      fail(`"format" of parameter "${name}" is for ${found?.types.join(' and ')}, not for ${type}`);
  }
  if (pattern !== undefined || words !== undefined) {
    if (typeof pattern !== 'string' || typeof words !== 'string')
      fail(`"pattern" and "words" of parameter "${name}" stand together, as texts`);
    if (type !== 'string' && type !== 'strings') fail(`parameter "${name}" is no text: it has no pattern`);
    try {
      whole(String(pattern));
    } catch {
      fail(`"pattern" of parameter "${name}" is no regular expression`);
    }
  }
  for (const [key, bound] of Object.entries({ minimum, maximum })) {
    if (bound === undefined) continue;
    if (typeof bound !== 'number') fail(`"${key}" of parameter "${name}" must be a number`);
    if (type !== 'integer' && type !== 'number') fail(`parameter "${name}" is no number: it has no ${key}`);
  }
  const given = Object.entries({ format, pattern, words, minimum, maximum });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** What is wrong with a value for this parameter, as the end of a sentence; undefined when it fits. */
export function wrongValue(spec: ParamSpec, value: unknown): string | undefined {
  const wanted: Record<ParamType, readonly [boolean, string]> = {
    string: [typeof value === 'string', 'a text'],
    integer: [Number.isSafeInteger(value), 'a whole number'],
    number: [typeof value === 'number' && Number.isFinite(value), 'a number'],
    boolean: [typeof value === 'boolean', 'true or false'],
    strings: [isStrings(value), 'a list of texts'],
    map: [isRecord(value) && isStrings(Object.values(value)), 'an object of texts'],
  };
  const [fits, words] = wanted[spec.type];
  if (!fits) return `must be ${words}, not ${kindOf(value)}`;
  if (spec.enum && !spec.enum.includes(value as string)) return `must be one of ${spec.enum.join(', ')}`;
  const { minimum, maximum, pattern } = spec;
  if (typeof value === 'number') {
    if (minimum !== undefined && value < minimum) return `must be at least ${minimum}, not ${value}`;
    if (maximum !== undefined && value > maximum) return `must be at most ${maximum}, not ${value}`;
  }
  const format = spec.format === undefined ? undefined : formatOf(spec.format);
  const odd = format && partsOf(value).find((part) => !format.fits(part));
  if (odd !== undefined) return `must be ${format?.words}, not ${JSON.stringify(odd)}`;
  const other = pattern && partsOf(value).find((part) => !whole(pattern).test(String(part)));
  if (typeof other === 'string') return `must be ${spec.words}, not ${JSON.stringify(other)}`;
  return undefined;
}

/** A value, each of a list, or each name of an object. */
function partsOf(value: unknown): readonly (string | number)[] {
  if (Array.isArray(value)) return value as string[];
  return isRecord(value) ? Object.keys(value) : [value as string | number];
}

function whole(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
