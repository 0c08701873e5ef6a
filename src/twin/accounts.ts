/** Linux accounts of the node: /etc/passwd, /etc/group and what names and numbers mean. It knows no command. */

import { nodeFile, writeNodeFile } from './node-files.ts';
import type { TwinState } from './state.ts';

export const passwdFile = '/etc/passwd';
export const groupFile = '/etc/group';

/** Lines of a colon-separated file as fields. */
export function rows(state: TwinState, path: string): string[][] {
  return (nodeFile(state, path) ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(':'));
}

export function storeRows(state: TwinState, path: string, lines: readonly (readonly string[])[]): void {
  writeNodeFile(state, path, lines.map((line) => `${line.join(':')}\n`).join(''));
}

/** The row of a name or number. */
export function findRow(state: TwinState, path: string, name: string): string[] | undefined {
  const found = rows(state, path);
  return found.find((row) => row[0] === name) ?? found.find((row) => row[2] === name);
}

/** The next free number. */
export function freeId(state: TwinState, path: string, system: boolean): string {
  const used = new Set(rows(state, path).map((row) => Number(row[2])));
  let id = system ? 999 : 1000;
  while (used.has(id)) id += system ? -1 : 1;
  return String(id);
}

/** Members that a group's row names. */
export function membersOf(row: readonly string[]): string[] {
  return (row[3] ?? '').split(',').filter((member) => member !== '');
}

/** Changes who is in which group; rows that stay the same are kept as they are. */
export function changeMembers(
  state: TwinState,
  change: (group: string, members: readonly string[]) => readonly string[],
): void {
  const changed = rows(state, groupFile).map((row) => [
    ...[row[0] ?? '', row[1] ?? '', row[2] ?? ''],
    change(row[0] ?? '', membersOf(row)).join(','),
  ]);
  storeRows(state, groupFile, changed);
}

/** The number of a user or group given by name or number; undefined when there is none of this name. */
export function numberOf(state: TwinState, path: string, word: string): string | undefined {
  const found = rows(state, path).find((row) => row[0] === word)?.[2];
  return found ?? (/^\d+$/.test(word) ? word : undefined);
}

/** The name of a number; `UNKNOWN` as `stat` prints it. */
export function nameOf(state: TwinState, path: string, id: string): string {
  return rows(state, path).find((row) => row[2] === id)?.[0] ?? 'UNKNOWN';
}
