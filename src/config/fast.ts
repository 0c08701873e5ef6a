/** The ordinary reader: JSON5 text to a value without positions. Only this file imports json5; it knows no schema. */
import JSON5 from 'json5';
import type { Json } from '../core/json.ts';

/** What the reader says of a text it cannot take. */
export interface ReadFailure {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** A value, and whether some object in the text names a key twice (JSON5 itself lets the last one win). */
export type FastRead =
  | { readonly ok: true; readonly value: Json; readonly duplicates: boolean }
  | { readonly ok: false; readonly failure: ReadFailure };

/** Reads JSON5. */
export function readFast(text: string): FastRead {
  try {
    const value: Json = JSON5.parse(text);
    return { ok: true, value, duplicates: countMembers(text) !== countKeys(value) };
  } catch (error) {
    return { ok: false, failure: failureOf(error) };
  }
}

/** The value of a text given on the command line: JSON5 where it is that, else the text itself. */
export function readLoose(text: string): Json {
  const read = readFast(text);
  return read.ok ? read.value : text;
}

function failureOf(error: unknown): ReadFailure {
  const { lineNumber, columnNumber, message } = error as SyntaxError & {
    lineNumber?: number;
    columnNumber?: number;
  };
  return {
    message: message.replace(/^JSON5: /, '').replace(/ at \d+:\d+$/, ''),
    line: lineNumber ?? 1,
    column: Math.max(1, columnNumber ?? 1),
  };
}

const skipped = /\/\*[\s\S]*?\*\/|\/\/[^\n\r\u2028\u2029]*|"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|:/g;

/** Members written in a valid text: outside of strings and comments each has exactly one colon. */
function countMembers(text: string): number {
  let members = 0;
  for (const [token] of text.matchAll(skipped)) if (token === ':') members++;
  return members;
}

function countKeys(value: Json): number {
  if (value === null || typeof value !== 'object') return 0;
  let keys = Array.isArray(value) ? 0 : Object.keys(value).length;
  for (const child of Object.values(value)) keys += countKeys(child);
  return keys;
}
