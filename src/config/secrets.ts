/**
 * References to secrets and the values behind them. A value has no text form: it leaves only by `reveal`. It knows no
 * configuration file and runs nothing by itself.
 */
import { createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import type { SecretRef } from './fleet.ts';

const shown = '<secret>';

/** A secret value. However it is printed, it prints `<secret>`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself: for standard input or a file with mode 0600, never for an argument or a message. */
  reveal(): string {
    return this.#value;
  }

  /** HMAC-SHA256 of the value as hexadecimal digits: what a fingerprint holds in its place. */
  digest(key: string | Uint8Array): string {
    return createHmac('sha256', key).update(this.#value).digest('hex');
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [Symbol.toPrimitive](): string {
    return shown;
  }

  [inspect.custom](): string {
    return shown;
  }
}

/** Where secrets are read from; handed in, so that nothing here touches the process. */
export interface SecretSources {
  /** An environment variable. */
  env(name: string): string | undefined;
  /** The text of a file; undefined when there is none. */
  readFile(path: string): Promise<string | undefined> | string | undefined;
  /** Runs a program, without a shell. */
  run(argv: readonly string[]): Promise<{ readonly exit: number; readonly stdout: string }>;
}

/** A secret that could not be had. The message names the reference, never a value. */
export class SecretError extends Error {
  readonly ref: SecretRef;
  readonly hint: string;

  constructor(ref: SecretRef, message: string, hint: string) {
    super(message);
    this.name = 'SecretError';
    this.ref = ref;
    this.hint = hint;
  }
}

/** Whether a configuration value is a reference to a secret. */
export function isSecretRef(value: unknown): value is SecretRef {
  if (value === null || typeof value !== 'object') return false;
  const { secret } = value as { secret?: unknown };
  return typeof secret === 'string' && Object.keys(value).length === 1 && /^(env|file|exec):/.test(secret);
}

/** Fetches the value behind a reference. One line break at its end is not part of it. */
export async function resolveSecret(ref: SecretRef, sources: SecretSources): Promise<Secret> {
  const [, kind, rest = ''] = /^(env|file|exec):([\s\S]+)$/.exec(ref.secret) ?? [];
  const value = await fetchValue(ref, kind, rest, sources);
  const text = value.replace(/\r?\n$/, '');
  if (text === '') throw new SecretError(ref, `the secret ${ref.secret} is empty`, 'give it a value');
  return new Secret(text);
}

async function fetchValue(
  ref: SecretRef,
  kind: string | undefined,
  rest: string,
  sources: SecretSources,
): Promise<string> {
  if (kind === 'env') {
    const value = sources.env(rest);
    if (value !== undefined) return value;
    throw new SecretError(
      ref,
      `the secret ${ref.secret} is not there: ${rest} is not set`,
      `export ${rest}=… before`,
    );
  }
  if (kind === 'file') {
    const value = await sources.readFile(rest);
    if (value !== undefined) return value;
    const hint = `write the secret to ${rest} with mode 0600`;
    throw new SecretError(ref, `the secret ${ref.secret} is not there: there is no file ${rest}`, hint);
  }
  const argv = kind === 'exec' ? words(rest) : undefined;
  if (argv === undefined || argv.length === 0) {
    const hint = 'write env:NAME, file:/path or exec:program args';
    throw new SecretError(ref, 'a reference to a secret cannot be understood', hint);
  }
  const { exit, stdout } = await sources.run(argv);
  if (exit === 0) return stdout;
  const hint = 'run it by hand to see why';
  throw new SecretError(
    ref,
    `the secret ${ref.secret} is not there: the program ended with exit code ${exit}`,
    hint,
  );
}

/** Splits a command line into words; quotes keep blanks, nothing else has a meaning. Undefined: a quote is open. */
function words(line: string): string[] | undefined {
  const parts: string[] = [];
  const word = /\s*((?:"[^"]*"|'[^']*'|[^\s"'])+)/y;
  let match = word.exec(line);
  let end = 0;
  while (match !== null) {
    parts.push(
      (match[1] ?? '').replace(/"([^"]*)"|'([^']*)'/g, (_, double = '', single = '') => double + single),
    );
    end = word.lastIndex;
    match = word.exec(line);
  }
  return line.slice(end).trim() === '' ? parts : undefined;
}

/** A text in which no secret is left standing; long ones go first, since one may hold another. */
export function maskSecrets(text: string, secrets: Iterable<Secret>): string {
  return [...secrets]
    .map((secret) => secret.reveal())
    .filter((value) => value !== '')
    .sort((a, b) => b.length - a.length)
    .reduce((masked, value) => masked.replaceAll(value, shown), text);
}
