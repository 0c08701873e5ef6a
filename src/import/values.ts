/** Single values of the old files in the form that ours have: numbers that were text, names, addresses. It knows no key. */

import type { Path } from '../config/path.ts';
import {
  absolutePath,
  accountName,
  address,
  anyAddress,
  bridgeName,
  cidr,
  guestAddress,
  hostName,
  httpUrl,
  mac,
  singleLine,
  storageId,
} from '../config/schema/scalar.ts';
import type { Json } from '../core/json.ts';
import type { Draft, Target } from './draft.ts';
import type { Old } from './ledger.ts';

/** A value of ours, and what was done to it; or why it cannot be carried. */
export type Converted =
  | { readonly value: Json; readonly repaired?: string; readonly doubt?: string }
  | { readonly dropped: string };
/** Makes a value of ours of an old one. */
export type Convert = (value: Json) => Converted;

/** Puts a value into a draft and says what became of it; answers what stands there now. */
export function move(
  old: Old | undefined,
  draft: Draft,
  path: Path,
  convert: Convert,
  why?: string,
): Json | undefined {
  if (old === undefined) return undefined;
  const made = convert(old.value);
  if ('dropped' in made) {
    old.drop(made.dropped);
    return undefined;
  }
  settle(old, draft.set(path, made.value), made, why);
  return made.value;
}

/** Says what became of a value that stands at a place already. */
export function settle(old: Old, to: Target, made: Converted, why?: string): void {
  if ('dropped' in made) old.drop(made.dropped);
  else if (made.doubt !== undefined) old.doubt(to, made.doubt);
  else if (made.repaired !== undefined) old.repair(to, made.repaired);
  else old.carry(to, why);
}

/** Reads a value without putting it anywhere; what cannot be read is dropped. */
export function read<T extends Json>(old: Old | undefined, convert: Convert): T | undefined {
  if (old === undefined) return undefined;
  const made = convert(old.value);
  if (!('dropped' in made)) return made.value as T;
  old.drop(made.dropped);
  return undefined;
}

/** A whole number within bounds. */
export function whole(least: number, most = Number.MAX_SAFE_INTEGER): Convert {
  return (value) => {
    const isText = typeof value === 'string' && /^\s*[+-]?\d+(\.0+)?\s*$/.test(value);
    const number = typeof value === 'number' || isText ? Number(value) : Number.NaN;
    if (!Number.isFinite(number)) return { dropped: `${shown(value)} is no whole number` };
    const rounded = Math.ceil(number);
    if (rounded < least || rounded > most)
      return { dropped: `${shown(value)} is not between ${least} and ${most}` };
    if (rounded !== number) return { value: rounded, doubt: `it said ${number}: whole numbers only` };
    return { value: number, ...(isText ? { repaired: 'a number that was written as text' } : {}) };
  };
}

/** True or false. */
export const flag: Convert = (value) => {
  if (typeof value === 'boolean') return { value };
  const word = String(value).trim().toLowerCase();
  const known = ['true', 'yes', 'on', '1'].includes(word)
    ? true
    : ['false', 'no', 'off', '0'].includes(word)
      ? false
      : undefined;
  if (known === undefined) return { dropped: `${shown(value)} is neither true nor false` };
  return { value: known, repaired: `true or false, which was written as ${shown(value)}` };
};

interface Fits {
  safeParse(value: unknown): { readonly success: boolean };
}

/** Text of a form. */
export function text(schema: Fits, words: string): Convert {
  return (value) => {
    if (typeof value === 'object' || typeof value === 'boolean')
      return { dropped: `${shown(value)} is not ${words}` };
    const trimmed = String(value).trim();
    if (trimmed === '__proto__' || !schema.safeParse(trimmed).success)
      return { dropped: `${shown(value)} is not ${words}` };
    return {
      value: trimmed,
      ...(trimmed === value ? {} : { repaired: `it was written as ${shown(value)}` }),
    };
  };
}

export const anyText = text(singleLine.min(1), 'a line of text');
export const asPath = text(absolutePath, 'an absolute path');
export const asAccount = text(accountName, 'the name of an account');
export const asAddress = text(address, 'an IPv4 address');
export const asAnyAddress = text(anyAddress, 'an IP address');
export const asCidr = text(cidr, 'an IPv4 address with its prefix length');
export const asGuestAddress = text(guestAddress, "an IPv4 address with its prefix length, or 'dhcp'");
export const asBridge = text(bridgeName, 'the name of an interface');
export const asMac = text(mac, 'a unicast MAC address');
export const asStorage = text(storageId, 'the id of a storage');
export const asUrl = text(httpUrl, 'a URL that begins with https://');
export const asDomain = text(hostName, 'the name of a domain');

/** The name of a host; what Linux takes for no part of one becomes a hyphen. */
export const asHost: Convert = (value) => {
  const made = anyText(value);
  if ('dropped' in made) return made;
  const name = String(made.value);
  const safe = name
    .replace(/[^A-Za-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63)
    .replace(/-+$/, '');
  if (safe === '') return { dropped: `${shown(value)} is no name of a host` };
  if (safe === name) return made;
  const dot = name.includes('.')
    ? 'a dot would cut the name from its domain'
    : 'a host name has letters, digits and hyphens';
  return { value: safe, repaired: `it was ${shown(value)}: ${dot}` };
};

/** A short form of a value, for a sentence. */
export function shown(value: Json): string {
  const line = typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
  return line.length > 60 ? `${line.slice(0, 57)}…` : line;
}
