/** Writes a draft as JSON5 for people: short things on one line, remarks above what they are about. It knows no key. */

import { formatPath, type Path } from '../config/path.ts';
import type { Json } from '../core/json.ts';
import type { Draft } from './draft.ts';

const widest = 120;
type Notes = ReadonlyMap<string, readonly string[]>;

/** The text of a file. `order` are the keys that stand first, in this order. */
export function json5Of(draft: Draft, order: readonly string[] = []): string {
  const notes = draft.notes();
  const head = [...draft.head, ...(notes.get('') ?? [])].flatMap((line) => comment(line, ''));
  const rank = (key: string) => (order.includes(key) ? order.indexOf(key) : order.length);
  const sorted = Object.entries(draft.root).sort(([a], [b]) => rank(a) - rank(b));
  return [...head, block(Object.fromEntries(sorted), [], '', notes), ''].join('\n');
}

function block(value: Json, path: Path, indent: string, notes: Notes): string {
  const inside = `${indent}  `;
  const list = Array.isArray(value);
  const lines = Object.entries(value as Record<string, Json>).flatMap(([key, child]) => {
    const at = [...path, list ? Number(key) : key];
    const start = list ? inside : `${inside}${keyOf(key)}: `;
    const remarks = (notes.get(formatPath(at)) ?? []).flatMap((text) => comment(text, inside));
    // The comma counts, too.
    return [...remarks, `${start}${layout(child, at, inside, notes, start.length + 1)},`];
  });
  const [open, close] = list ? ['[', ']'] : ['{', '}'];
  return lines.length === 0 ? `${open}${close}` : `${open}\n${lines.join('\n')}\n${indent}${close}`;
}

/** On one line where it fits and nothing inside is remarked. */
function layout(value: Json, path: Path, indent: string, notes: Notes, taken: number): string {
  const line = flat(value);
  if (value === null || typeof value !== 'object') return line;
  const own = formatPath(path);
  const isRemarked = [...notes.keys()].some(
    (key) => key.startsWith(own) && /^[.[]/.test(key.slice(own.length)),
  );
  return !isRemarked && taken + line.length <= widest ? line : block(value, path, indent, notes);
}

function flat(value: Json): string {
  if (typeof value === 'string') return quoted(value);
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(flat).join(', ')}]`;
  const members = Object.entries(value).map(([key, child]) => `${keyOf(key)}: ${flat(child as Json)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

/** A remark as sentences, in lines of a bearable length. */
function comment(said: string, indent: string): string[] {
  const text = /^(?!phx\b)[a-z]+[ ,:]/.test(said) ? said.charAt(0).toUpperCase() + said.slice(1) : said;
  const lines: string[] = [];
  let line = `${indent}//`;
  // Whatever some reader takes for the end of a line would end the remark.
  for (const word of text
    .replace(/[\s\u0085]+/g, ' ')
    .trim()
    .split(' ')) {
    if (line.length + word.length + 1 > widest && line !== `${indent}//`) {
      lines.push(line);
      line = `${indent}//`;
    }
    line += ` ${word}`;
  }
  return [...lines, /[.:!?…]$/.test(line) ? line : `${line}.`];
}

function keyOf(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key);
}

/** Single quotes, as everywhere in a configuration; double ones where that saves escapes. */
function quoted(text: string): string {
  const inner = JSON.stringify(text)
    .slice(1, -1)
    .replace(/[\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`);
  if (text.includes("'") && !text.includes('"')) return `"${inner}"`;
  return `'${inner.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
