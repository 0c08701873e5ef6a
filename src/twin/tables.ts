/** What Proxmox's tools print for data: a framed table, or JSON with sorted keys (B122, B159). It knows no command. */

import { sorted } from '../proxmox/conf.ts';
import { printYaml } from '../template/yaml.ts';
import type { Call } from './call.ts';
import type { Given } from './options.ts';

/** A column; whatever is a number stands to the right. */
export interface Column {
  readonly name: string;
  readonly number?: true;
  /** For a person: 2.02 MiB, 6s. */
  readonly as?: 'bytes' | 'duration';
}

export type DataRow = Readonly<Record<string, unknown>>;

const marks = {
  '#': { number: true },
  '%': { number: true, as: 'bytes' },
  '@': { number: true, as: 'duration' },
} as const;

/** Names of columns: with `#` behind it a number, with `%` bytes, with `@` seconds. */
export function columns(...names: readonly string[]): Column[] {
  return names.map((text) => {
    const mark = text.at(-1) as keyof typeof marks;
    return Object.hasOwn(marks, mark) ? { name: text.slice(0, -1), ...marks[mark] } : { name: text };
  });
}

/** JSON as Perl's tools print it: keys sorted. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const record = value as DataRow;
  const fields = sorted(Object.keys(record)).filter((key) => record[key] !== undefined);
  return `{${fields.map((key) => `${JSON.stringify(key)}:${canonical(record[key])}`).join(',')}}`;
}

/** Prints rows in the format that was asked for. */
export function printRows(
  call: Call,
  given: Given,
  shown: readonly Column[],
  rows: readonly DataRow[],
  sortedBy = shown[0]?.name,
): void {
  if (isQuiet(given)) return;
  const text = printed(given, rows);
  if (text !== undefined) call.out(text);
  else if (rows.length > 0) call.out(framed(given, columnsOf(shown, rows), rows, sortedBy));
}

/** Where Proxmox does not describe what it answers, a table shows all that there is. */
function columnsOf(shown: readonly Column[], rows: readonly DataRow[]): readonly Column[] {
  return shown.length > 0 ? shown : columns(...sorted(new Set(rows.flatMap((row) => Object.keys(row)))));
}

/**
 * Prints one object: JSON, or a table of its keys and values. `described` are the keys that Proxmox's own description of
 * the answer has: a table shows no others.
 */
export function printObject(
  call: Call,
  given: Given,
  value: DataRow,
  described: readonly string[] = Object.keys(value),
): void {
  if (isQuiet(given)) return;
  const text = printed(given, value);
  if (text !== undefined) call.out(text);
  else {
    const there = described.filter((key) => value[key] !== undefined && value[key] !== null);
    const rows = sorted(there).map((key) => ({ key, value: value[key] }));
    call.out(framed(given, columns('key', 'value'), rows));
  }
}

/** Prints a single value. */
export function printValue(call: Call, given: Given, value: string | number): void {
  if (isQuiet(given)) return;
  call.out(printed(given, value) ?? `${value}\n`);
}

function isQuiet({ values }: Given): boolean {
  return values.get('quiet') === '1';
}

/** The value in the format that was asked for; undefined where that is text. */
function printed({ values }: Given, value: unknown): string | undefined {
  switch (values.get('output-format')) {
    case 'json':
      return `${canonical(value)}\n`;
    case 'json-pretty':
      return `${pretty(value, '')}\n`;
    case 'yaml':
      return `---\n${printYaml(JSON.parse(canonical(value)), { singleQuote: true })}`;
    default:
      return undefined;
  }
}

/** As Perl's JSON library lays it out. */
function pretty(value: unknown, margin: string): string {
  const inner = `${margin}   `;
  const block = (open: string, lines: readonly string[], close: string) =>
    lines.length === 0
      ? `${open}${close}`
      : `${open}\n${lines.map((line) => inner + line).join(',\n')}\n${margin}${close}`;
  if (Array.isArray(value))
    return block(
      '[',
      value.map((item) => pretty(item, inner)),
      ']',
    );
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const record = value as DataRow;
  const keys = sorted(Object.keys(record)).filter((key) => record[key] !== undefined);
  return block(
    '{',
    keys.map((key) => `${JSON.stringify(key)} : ${pretty(record[key], inner)}`),
    '}',
  );
}

function framed(
  given: Given,
  shown: readonly Column[],
  rows: readonly DataRow[],
  sortedBy = shown[0]?.name,
): string {
  const { values } = given;
  const byNumber = shown.find(({ name }) => name === sortedBy)?.number === true;
  const first = (row: DataRow) => cell(row[sortedBy ?? '']);
  const ordered = [...rows].sort((a, b) => {
    const [one, other] = [first(a), first(b)];
    if (byNumber) return Number(one) - Number(other);
    return one < other ? -1 : one > other ? 1 : 0;
  });
  // A cell may have several lines.
  const cells = ordered.map((row) => shown.map(({ name, as }) => linesOf(cell(row[name], as))));
  const heads = shown.map(({ name }) => [name]);
  const widths = shown.map((_, at) =>
    Math.max(...[heads, ...cells].flatMap((line) => (line[at] ?? []).map((text) => [...text].length))),
  );
  const lines = (parts: readonly (readonly string[])[], head: boolean): string[][] => {
    const height = Math.max(1, ...parts.map((part) => part.length));
    return Array.from({ length: height }, (_, row) =>
      parts.map((part, at) =>
        shown[at]?.number && !head
          ? (part[row] ?? '').padStart(widths[at] ?? 0)
          : (part[row] ?? '').padEnd(widths[at] ?? 0),
      ),
    );
  };
  const noHeader = values.get('noheader') === '1';
  const tables = [...(noHeader ? [] : [lines(heads, true)]), ...cells.map((parts) => lines(parts, false))];
  if (values.get('noborder') === '1')
    return tables.map((row) => row.map((parts) => `${parts.join(' ').trimEnd()}\n`).join('')).join('');
  const rule = (left: string, bar: string, cross: string, right: string) =>
    `${left}${widths.map((width) => bar.repeat(width + 2)).join(cross)}${right}\n`;
  const between = (at: number) =>
    at === 0 ? '' : at === 1 && !noHeader ? rule('╞', '═', '╪', '╡') : rule('├', '─', '┼', '┤');
  const framedRow = (row: readonly string[][]) => row.map((parts) => `│ ${parts.join(' │ ')} │\n`).join('');
  return (
    rule('┌', '─', '┬', '┐') +
    tables.map((row, at) => between(at) + framedRow(row)).join('') +
    rule('└', '─', '┴', '┘')
  );
}

/** As Perl splits a text: what is empty at its end is no line. */
function linesOf(text: string): string[] {
  return text.replace(/\n+$/, '').split('\n');
}

function cell(value: unknown, as?: Column['as']): string {
  if (value === undefined || value === null) return '';
  if (as === 'bytes') return bytes(Number(value));
  if (as === 'duration') return duration(Number(value));
  return typeof value === 'object' ? canonical(value) : String(value);
}

function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let at = 0;
  let left = value;
  for (; left >= 1024 && at < units.length - 1; at++) left /= 1024;
  return `${left.toFixed(2)} ${units[at]}`;
}

function duration(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [Math.floor(seconds) % 60, 's'],
  ] as const;
  const said = parts.filter(([count], at) => count > 0 || at === 3);
  return said.map(([count, unit]) => `${count}${unit}`).join(' ');
}
