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
): void {
  const text = printed(given, rows);
  if (text !== undefined) call.out(text);
  else if (rows.length > 0) call.out(framed(given, shown, rows));
}

/** Prints one object: JSON, or a table of its keys and values. */
export function printObject(call: Call, given: Given, value: DataRow): void {
  const text = printed(given, value);
  if (text !== undefined) call.out(text);
  else {
    const rows = sorted(Object.keys(value)).map((key) => ({ key, value: value[key] }));
    call.out(framed(given, columns('key', 'value'), rows));
  }
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

function framed({ values }: Given, shown: readonly Column[], rows: readonly DataRow[]): string {
  const first = (row: DataRow) => cell(row[shown[0]?.name ?? '']);
  const ordered = [...rows].sort((a, b) => (first(a) < first(b) ? -1 : first(a) > first(b) ? 1 : 0));
  const cells = ordered.map((row) => shown.map(({ name, as }) => cell(row[name], as)));
  const heads = shown.map(({ name }) => name);
  const widths = shown.map((_, at) =>
    Math.max(...[heads, ...cells].map((line) => [...(line[at] ?? '')].length)),
  );
  const line = (parts: readonly string[], head: boolean) =>
    parts.map((part, at) =>
      shown[at]?.number && !head ? part.padStart(widths[at] ?? 0) : part.padEnd(widths[at] ?? 0),
    );
  const noHeader = values.get('noheader') === '1';
  if (values.get('noborder') === '1')
    return [...(noHeader ? [] : [heads]), ...cells]
      .map(
        (parts) =>
          `${line(parts, parts === heads)
            .join(' ')
            .trimEnd()}\n`,
      )
      .join('');
  const rule = (left: string, bar: string, cross: string, right: string) =>
    `${left}${widths.map((width) => bar.repeat(width + 2)).join(cross)}${right}\n`;
  const framedLine = (parts: readonly string[], head: boolean) => `│ ${line(parts, head).join(' │ ')} │\n`;
  return (
    rule('┌', '─', '┬', '┐') +
    framedLine(heads, true) +
    rule('╞', '═', '╪', '╡') +
    cells.map((parts) => framedLine(parts, false)).join(rule('├', '─', '┼', '┤')) +
    rule('└', '─', '┴', '┘')
  );
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
