/** What Proxmox's tools print for data: a framed table, or JSON with sorted keys (B122, B159). It knows no command. */

import { sorted } from '../proxmox/conf.ts';
import type { Call } from './call.ts';
import type { Given } from './options.ts';

/** Name of a column; a number stands to the right. */
export interface Column {
  readonly name: string;
  readonly number?: true;
}

export type DataRow = Readonly<Record<string, unknown>>;

export function columns(...names: readonly string[]): Column[] {
  return names.map((name) => (name.endsWith('#') ? { name: name.slice(0, -1), number: true } : { name }));
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
  if (isJson(given)) call.out(`${canonical(rows)}\n`);
  else if (rows.length > 0) call.out(framed(given, shown, rows));
}

/** Prints one object: JSON, or a table of its keys and values. */
export function printObject(call: Call, given: Given, value: DataRow): void {
  if (isJson(given)) call.out(`${canonical(value)}\n`);
  else {
    const rows = sorted(Object.keys(value)).map((key) => ({ key, value: value[key] }));
    call.out(framed(given, columns('key', 'value'), rows));
  }
}

function isJson({ values }: Given): boolean {
  return (values.get('output-format') ?? 'text').startsWith('json');
}

function framed({ values }: Given, shown: readonly Column[], rows: readonly DataRow[]): string {
  const cells = rows.map((row) => shown.map(({ name }) => cell(row[name])));
  const heads = shown.map(({ name }) => name);
  const widths = shown.map((_, at) =>
    Math.max(...[heads, ...cells].map((line) => [...(line[at] ?? '')].length)),
  );
  const line = (parts: readonly string[], head: boolean) =>
    parts.map((part, at) =>
      shown[at]?.number && !head ? part.padStart(widths[at] ?? 0) : part.padEnd(widths[at] ?? 0),
    );
  if (values.get('noborder') === '1')
    return [heads, ...cells].map((parts, at) => `${line(parts, at === 0).join(' ')}\n`).join('');
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

function cell(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? canonical(value) : String(value);
}
