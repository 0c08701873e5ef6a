/** The secrets that a VM's cloud-init names, and the same configuration with their values in their places. Pure. */

import type { SecretRef } from '../../src/config/fleet.ts';
import { isSecretRef } from '../../src/config/secrets.ts';

/** A value with texts where references stood. */
export type Revealed<T> = T extends SecretRef
  ? string
  : T extends readonly (infer U)[]
    ? readonly Revealed<U>[]
    : T extends object
      ? { readonly [K in keyof T]: Revealed<T[K]> }
      : T;

/** References by the path that they stand at, such as `users.0.password`. */
export function secretsIn(value: unknown, path = ''): Record<string, string> {
  if (isSecretRef(value)) return { [path]: value.secret };
  if (value === null || typeof value !== 'object') return {};
  const under = (key: string) => (path === '' ? key : `${path}.${key}`);
  return Object.assign({}, ...Object.entries(value).map(([key, child]) => secretsIn(child, under(key))));
}

/** A copy in which each reference is replaced by what `valueAt` answers for its path. */
export function reveal<T>(value: T, valueAt: (path: string) => string, path = ''): Revealed<T> {
  const walk = (at: unknown, where: string): unknown => {
    if (isSecretRef(at)) return valueAt(where);
    if (Array.isArray(at)) return at.map((child, index) => walk(child, `${where}.${index}`));
    if (at === null || typeof at !== 'object') return at;
    const under = (key: string) => (where === '' ? key : `${where}.${key}`);
    return Object.fromEntries(Object.entries(at).map(([key, child]) => [key, walk(child, under(key))]));
  };
  return walk(value, path) as Revealed<T>;
}
