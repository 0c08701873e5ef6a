/** Reads a Proxmox command line as its tools do (B16–B19, B52) from compact tables. It knows no command and no state. */

import { refuse } from './call.ts';
import { checkValue, nameProperties, parseBoolean, type Spec } from './formats.ts';

/** One verb: positional arguments in order, then options; `[n]` in a name stands for a number. */
export interface Verb {
  readonly args: Readonly<Record<string, Spec>>;
  readonly options: Readonly<Record<string, Spec>>;
  /** Highest index of the names with `[n]`; 255 when absent. */
  readonly highest?: Readonly<Record<string, number>>;
  /** Options that may also be said as further positionals, in this order (`pct move-volume`). */
  readonly further?: readonly string[];
  /** The last positional takes all the rest (`pct exec`). */
  readonly rest?: true;
  /** It prints data, in the format that `--output-format` and its like ask for. */
  readonly prints?: true;
}

/** What was given: positionals and options by name; booleans as `1` and `0`. */
export interface Given {
  readonly values: ReadonlyMap<string, string>;
  readonly rest: readonly string[];
}

/** A usage line as Proxmox prints it below a refusal. */
export function usage(tool: string, verb: string, spec: Verb): string {
  const names = Object.keys(spec.args);
  const args = names.map((name, at) => (spec.rest && at === names.length - 1 ? `[<${name}>]` : `<${name}>`));
  const needed = Object.keys(spec.options)
    .filter((name) => spec.options[name]?.required)
    .sort();
  const words = [
    tool,
    verb,
    args.join(' '),
    ...needed.map((name) => `--${name} <${spec.options[name]?.type ?? 'string'}>`),
  ];
  if (Object.keys(spec.options).length > needed.length) words.push('[OPTIONS]');
  if (spec.prints) words.push('[FORMAT_OPTIONS]');
  return `${words.join(' ')}\n`;
}

/** Parses and checks; refuses in Proxmox's own words. */
export function readOptions(tool: string, verb: string, spec: Verb, argv: readonly string[]): Given {
  const line = usage(tool, verb, spec);
  const { given, positionals, rest, unknown } = split(spec, argv);
  if (unknown.length > 0)
    refuse(`${unknown.map((text) => `${text}\n`).join('')}400 unable to parse option\n${line}`);
  for (const [name, value] of given) {
    if (specOf(spec, name)?.type !== 'boolean') continue;
    const flag = value === '' ? true : parseBoolean(value);
    if (flag === undefined) refuse(`400 unable to parse boolean option\n${line}`);
    given.set(name, flag ? '1' : '0');
  }
  const names = Object.keys(spec.args);
  const needed = spec.rest ? names.length - 1 : names.length;
  if (positionals.length < needed) refuse(`400 not enough arguments\n${line}`);
  const further = spec.further ?? [];
  if (!spec.rest && positionals.length > needed + further.length) refuse(`400 too many arguments\n${line}`);
  further.slice(0, Math.max(0, positionals.length - needed)).forEach((name, at) => {
    given.set(name, positionals[needed + at] ?? '');
  });
  names.slice(0, needed).forEach((name, at) => {
    given.set(name, positionals[at] ?? '');
  });
  verify(spec, given, line);
  return { values: given, rest: spec.rest ? [...positionals.slice(needed), ...rest] : rest };
}

/** Refuses with a list of bad parameters: `400 Parameter verification failed.` and a line each, sorted by name (B16). */
export function refuseParameters(wrong: ReadonlyMap<string, string>, line: string): never {
  const lines = [...wrong.keys()].sort().map((name) => `${name}: ${wrong.get(name)}\n`);
  return refuse(`400 Parameter verification failed.\n${lines.join('')}${line}`);
}

function verify(spec: Verb, given: ReadonlyMap<string, string>, line: string): void {
  const wrong = new Map<string, string>();
  for (const [name, value] of given) {
    const one = Object.hasOwn(spec.args, name) ? spec.args[name] : specOf(spec, name);
    const reason = one && checkValue(one, value);
    if (reason !== undefined) wrong.set(name, nameProperties(name, reason));
    for (const [at, item] of (one?.items ? arrayOf(value) : []).entries()) {
      const bad = one?.items && checkValue(one.items, item);
      if (bad !== undefined) wrong.set(`${name}[${at}]`, nameProperties(`${name}[${at}]`, bad));
    }
    if (one?.requires !== undefined && !given.has(one.requires))
      wrong.set(one.requires, `missing property - '${name}' requires this property`);
  }
  for (const [name, one] of Object.entries(spec.options))
    if (one.required && !given.has(name)) wrong.set(name, 'property is missing and it is not optional');
  if (wrong.size > 0) refuseParameters(wrong, line);
}

/** The values of an option that may be said several times. */
export function arrayOf(value: string | undefined): string[] {
  return value === undefined ? [] : value.split('\0');
}

/** What every command that prints data takes. */
const formatOptions: Readonly<Record<string, Spec>> = {
  'human-readable': { type: 'boolean' },
  noborder: { type: 'boolean' },
  noheader: { type: 'boolean' },
  'output-format': { values: ['text', 'json', 'json-pretty', 'yaml'] },
  quiet: { type: 'boolean' },
};

function specOf(spec: Verb, name: string): Spec | undefined {
  const direct = Object.hasOwn(spec.options, name) ? spec.options[name] : undefined;
  if (direct) return direct;
  // A positional is also an option of its name; the positional wins (vm-create-refused).
  if (Object.hasOwn(spec.args, name)) return spec.args[name];
  if (spec.prints && Object.hasOwn(formatOptions, name)) return formatOptions[name];
  const indexed = /^([a-z]+)(\d+)$/.exec(name);
  const family = indexed && spec.options[`${indexed[1]}[n]`];
  if (!indexed || !family || (indexed[2] ?? '').replace(/^0(?=\d)/, '') !== indexed[2]) return undefined;
  return Number(indexed[2]) <= (spec.highest?.[indexed[1] ?? ''] ?? 255) ? family : undefined;
}

interface Split {
  given: Map<string, string>;
  positionals: string[];
  rest: string[];
  unknown: string[];
}

/** Getopt::Long with abbreviations and mixed positionals. */
function split(spec: Verb, argv: readonly string[]): Split {
  const found: Split = { given: new Map(), positionals: [], rest: [], unknown: [] };
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (word === '--') {
      found[spec.rest ? 'rest' : 'positionals'].push(...argv.slice(at + 1));
      break;
    }
    const option = /^--?([^=]+)(?:=([\s\S]*))?$/.exec(word);
    if (!option || word === '-') {
      found.positionals.push(word);
      continue;
    }
    const name = resolve(spec, option[1] ?? '', found.unknown);
    if (name === undefined) continue;
    let value = option[2];
    if (value === '' && specOf(spec, name)?.type !== 'boolean') {
      found.unknown.push(`Option ${name} requires an argument`);
      continue;
    }
    if (value === undefined) {
      const next = argv[at + 1];
      if (specOf(spec, name)?.type === 'boolean') {
        value = next !== undefined && !next.startsWith('-') ? next : '';
        if (value !== '') at++;
      } else if (next === undefined) {
        found.unknown.push(`Option ${name} requires an argument`);
        continue;
      } else {
        value = next;
        at++;
      }
    }
    const before = found.given.get(name);
    const one = specOf(spec, name);
    const separator = one?.type === 'array' ? '\0' : one?.format?.endsWith('-list') ? ',' : undefined;
    found.given.set(
      name,
      separator !== undefined && before !== undefined ? before + separator + value : value,
    );
  }
  return found;
}

/** The full name of a possibly shortened option; unknown and ambiguous ones are noted. */
function resolve(spec: Verb, word: string, unknown: string[]): string | undefined {
  if (specOf(spec, word)) return word;
  const lower = word.toLowerCase();
  const names = Object.keys(spec.options).filter((name) => !name.includes('['));
  const exact = names.find((name) => name.toLowerCase() === lower);
  if (exact) return exact;
  if (specOf(spec, lower)) return lower;
  const fitting = names.filter((name) => name.toLowerCase().startsWith(lower)).sort();
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only;
  unknown.push(
    fitting.length > 1 ? `Option ${lower} is ambiguous (${fitting.join(', ')})` : `Unknown option: ${lower}`,
  );
  return undefined;
}
