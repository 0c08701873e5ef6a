/** The text of an adopted guest's file, with comments for what it cannot say, and which line is about which key. Pure. */

import { isObject } from '../config/layer.ts';
import type { Json } from '../core/json.ts';
import type { Left } from './reading.ts';

export interface Printed {
  readonly text: string;
  /** Key of each line, counted from 1. */
  readonly keyAt: ReadonlyMap<number, string>;
}

/** A line that is longer goes on several ones. */
const width = 100;

export function printGuest(
  fields: ReadonlyMap<string, Json>,
  left: readonly Left[],
  comments: ReadonlyMap<string, string>,
): Printed {
  const lines: string[] = ['{'];
  const keyAt = new Map<number, string>();
  const gone = [...fields].find(([, value]) => value === null)?.[0];
  for (const [key, value] of fields) {
    const said = comments.get(key) ?? (key === gone ? 'What the defaults have, and it has not:' : undefined);
    const printed = [
      ...(said === undefined ? [] : [`  // ${said}`]),
      ...`  ${name(key)}: ${print(value, '  ')},`.split('\n'),
    ];
    for (const line of printed) {
      lines.push(line);
      keyAt.set(lines.length, key);
    }
  }
  if (left.length > 0) lines.push('', '  // Not said by this file, and left alone by phx:');
  for (const { key, value, why } of left) {
    const shown = value === undefined ? key : `${key}: ${visible(value)}`;
    lines.push(`  //   ${shown}   (${why})`);
  }
  return { text: `${[...lines, '}'].join('\n')}\n`, keyAt };
}

function print(value: Json, indent: string): string {
  const short = inline(value);
  if (short.length + indent.length <= width || typeof value !== 'object' || value === null) return short;
  const deeper = `${indent}  `;
  if (Array.isArray(value))
    return `[\n${value.map((one: Json) => `${deeper}${print(one, deeper)},\n`).join('')}${indent}]`;
  const members = Object.entries(value as Readonly<Record<string, Json>>);
  return `{\n${members.map(([key, one]) => `${deeper}${name(key)}: ${print(one, deeper)},\n`).join('')}${indent}}`;
}

function inline(value: Json): string {
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return `[${value.map((one: Json) => inline(one)).join(', ')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, one]) => `${name(key)}: ${inline(one)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

function name(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quote(key);
}

/** JSON's escapes are JSON5's, too; only the quotes are others. */
function quote(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inner.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`;
}

/** On one line, whatever it holds. */
export function visible(text: string): string {
  return JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replace(/[\u0085\u2028\u2029]/g, ' ');
}
