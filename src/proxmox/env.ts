/**
 * The environment of an application container. In its conf it stands as raw `lxc.environment.runtime` lines, first those
 * that the image brought (F30); `--env` replaces all of them, so what is sent is always the whole. Pure.
 */

import type { ConfSection } from './conf.ts';

const runtimeKey = 'lxc.environment.runtime';

/** Raw lines that an OCI image brought: no drift, and a clone of the container needs them as well. */
export function isOfImage(key: string): boolean {
  return /^lxc\.(environment\.runtime|init\.(cwd|uid|gid|groups)|signal\.halt)$/.test(key);
}

/** The variables that a conf holds, in their order; of a name that stands twice the last one counts. */
export function envOf({ keys, lxc }: Pick<ConfSection, 'keys' | 'lxc'>): Map<string, string> {
  const lines = lxc.filter(({ key }) => key === runtimeKey).map(({ value }) => value);
  const variables = new Map<string, string>();
  for (const text of [...lines, ...(keys.get('env') ?? '').split('\0')]) {
    const equals = text.indexOf('=');
    if (equals <= 0) continue;
    variables.delete(text.slice(0, equals));
    variables.set(text.slice(0, equals), text.slice(equals + 1));
  }
  return variables;
}

/**
 * The configuration's variables laid over those that are there: what the image brought stays unless it is named.
 * `former` are names that the configuration had before; those that it no longer names go.
 */
export function layEnv(
  present: ReadonlyMap<string, string>,
  wanted: Readonly<Record<string, string>>,
  former: readonly string[] = [],
): Map<string, string> {
  const gone = new Set(former.filter((name) => !Object.hasOwn(wanted, name)));
  const kept = [...present].filter(([name]) => !gone.has(name));
  return new Map([...kept, ...Object.entries(wanted)]);
}

/** As `lxc.environment.runtime` lines. */
export function envLines(variables: ReadonlyMap<string, string>): { key: string; value: string }[] {
  return [...variables].map(([name, value]) => ({ key: runtimeKey, value: `${name}=${value}` }));
}

/** As `--env` takes it: separated by NUL, which no argument of a program can hold, but a document of the API can. */
export function printEnv(variables: ReadonlyMap<string, string>): string {
  return [...variables].map(([name, value]) => `${name}=${value}`).join('\0');
}
