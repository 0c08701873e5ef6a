/** Turns what the schema library says into what a person reads: the key, what it must be, what was found, the way out. */
import type { Json } from '../core/json.ts';
import { legacyHint, shapeHint } from './hints.ts';
import { isObject } from './layer.ts';
import type { End } from './locate.ts';
import { isSecretName } from './mask.ts';
import { nearest, type Path } from './path.ts';
import type { Issue } from './schema/index.ts';

/** A complaint about a value, with the path to look it up by. */
export interface Finding {
  readonly path: Path;
  readonly end: End;
  readonly message: string;
  readonly hint?: string;
  /** The parts of the value that are unusable because of it. */
  readonly spoilt: readonly Path[];
}

/** What is known of the value that was checked. */
export interface Subject {
  readonly kind: 'hypervisor' | 'ct' | 'vm' | 'guest';
  readonly value: Json;
  /** How messages name a path. */
  readonly label: (path: Path) => string;
  readonly keysAt: (path: Path) => readonly string[];
  readonly secretAt: (path: Path) => boolean;
}

/** The findings behind one issue. */
export function findingsOf(issue: Issue, subject: Subject): Finding[] {
  const path = issue.path.map(plainPart);
  const value = at(subject.value, path);
  const label = subject.label(path);
  const last = String(path.at(-1) ?? '');
  const wrong = (must: string, hint?: string): Finding[] => {
    if (value === undefined) return [missing(path, label, must)];
    if (subject.secretAt(path)) return [literalSecret(path, label)];
    const found = path.some(isSecretName) ? 'a text' : describe(value);
    const way = hint ?? shapeHint(last, value);
    return [
      {
        path,
        end: 'value',
        message: `${label} must be ${must}; found ${found}`,
        spoilt: [path],
        ...(way === undefined ? {} : { hint: way }),
      },
    ];
  };
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey([...path, key], key, path, subject));
    case 'invalid_key': {
      const [inner] = issue.issues;
      const message = `${label}: '${last}' must be ${inner?.message ?? 'another name'}`;
      return [{ path, end: 'key', message, spoilt: [path] }];
    }
    case 'invalid_union':
      return union(issue, subject, wrong);
    case 'invalid_value': {
      const options = issue.values.map(String);
      const meant = typeof value === 'string' ? nearest(value, options) : undefined;
      return wrong(
        options.length === 1 ? `'${options[0]}'` : `one of ${options.join(', ')}`,
        meant && `did you mean '${meant}'?`,
      );
    }
    case 'invalid_type':
      return wrong(
        issue.message.startsWith('Invalid input')
          ? (nouns[issue.expected] ?? `a ${issue.expected}`)
          : issue.message,
      );
    case 'too_small':
      return wrong(
        issue.origin === 'array'
          ? 'a list with an entry at least'
          : issue.origin === 'string'
            ? 'not empty'
            : `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`,
      );
    case 'too_big':
      return wrong(
        issue.origin === 'string' ? `at most ${issue.maximum} characters` : `at most ${issue.maximum}`,
      );
    case 'invalid_format':
      return wrong(issue.message);
    case 'custom':
      return [
        {
          path,
          end: 'key',
          message: label === '' ? issue.message : `${label}: ${issue.message}`,
          spoilt: [],
        },
      ];
    default:
      return wrong(issue.message);
  }
}

const nouns: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

function missing(path: Path, label: string, must: string): Finding {
  return { path, end: 'key', message: `${label} is missing`, hint: `add it: it must be ${must}`, spoilt: [] };
}

function literalSecret(path: Path, label: string): Finding {
  return {
    path,
    end: 'value',
    message: `${label} must be a reference to a secret, never the secret itself`,
    hint: "write { secret: 'env:NAME' }, { secret: 'file:/path' } or { secret: 'exec:program args' }",
    spoilt: [path],
  };
}

function unknownKey(path: Path, key: string, parent: Path, subject: Subject): Finding {
  const known = subject.keysAt(parent);
  const meant = nearest(key, known);
  const few =
    known.length > 0 && known.length <= 12 ? `known are ${[...known].sort().join(', ')}` : undefined;
  const hint = legacyHint(subject.kind, key) ?? (meant === undefined ? few : `did you mean '${meant}'?`);
  const message = `unknown key '${subject.label(path)}'`;
  return { path, end: 'key', message, spoilt: [path], ...(hint === undefined ? {} : { hint }) };
}

/** Of several forms, the one that the value was evidently meant to be; else the words for all of them. */
function union(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  subject: Subject,
  wrong: (must: string) => Finding[],
): Finding[] {
  const path = issue.path.map(String);
  const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : undefined;
  if (options !== undefined) return wrong(`one of ${options.join(', ')}`);
  // No word is meant by an object or a list.
  const value = at(subject.value, issue.path.map(plainPart));
  const foreign = ['invalid_type', ...(value !== null && typeof value === 'object' ? ['invalid_value'] : [])];
  const meant = issue.errors.filter(
    (branch) => !branch.some((inner) => inner.path.length === 0 && foreign.includes(inner.code)),
  );
  if (meant.length !== 1) return wrong(issue.message === 'Invalid input' ? 'something else' : issue.message);
  return (meant[0] ?? []).flatMap((inner) =>
    inner.code === 'invalid_format' || inner.code === 'invalid_value'
      ? inner.path.length === 0
        ? wrong(issue.message)
        : findingsOf({ ...inner, path: [...path, ...inner.path] }, subject)
      : findingsOf({ ...inner, path: [...path, ...inner.path] }, subject),
  );
}

function plainPart(part: PropertyKey): string | number {
  return typeof part === 'number' ? part : String(part);
}

function at(value: Json, path: Path): Json | undefined {
  let here: Json | undefined = value;
  for (const part of path) {
    if (Array.isArray(here)) here = here[Number(part)];
    else if (isObject(here) && Object.hasOwn(here, part)) here = here[String(part)];
    else return undefined;
  }
  return here;
}

/** A value as a message shows it. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value !== null && typeof value === 'object') return 'an object';
  if (typeof value !== 'string') return String(value);
  return value.length > 60 ? `'${value.slice(0, 57)}…'` : `'${value}'`;
}
