/** Digests and the canonical text of plain data. Pure; equal data gives equal text, whatever the order of its keys. */

import { createHash } from 'node:crypto';
import type { Json } from './json.ts';

/** JSON with sorted keys and without blanks: equal data, equal text. */
export function canonical(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonical(item)).join(',')}]`;
  const object = value as { readonly [key: string]: Json };
  const members: string[] = [];
  for (const key of Object.keys(object).sort()) {
    const member = object[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonical(member)}`);
  }
  return `{${members.join(',')}}`;
}

/** First 16 hex digits of the SHA-256: 64 bits, plenty to tell apart what one project holds. */
export function digest(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

const longestPrintable = 160;

/** The digest of a value that stays readable while it is short: its canonical JSON, else `sha256:` and a digest. */
export function printable(value: Json): string {
  const text = canonical(value);
  return text.length <= longestPrintable ? text : `sha256:${digest(text)}`;
}

/** What `printable` made, as a person reads it: a string without its quotes. */
export function readable(printed: string): string {
  return printed.startsWith('"') ? String(JSON.parse(printed)) : printed;
}

/** SHA-1 of a text, for whoever compares by it; nothing of our own rests on it. */
export function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

/** SHA-512 of several pieces, as bytes. */
export function sha512(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
