/** Drift as a person reads it: a table for each target, and what Proxmox knows of who was at it since. Pure. */

import type { NodeTask } from '../proxmox/node-tasks.ts';
import { count, oneLine, type Paint } from '../report/words.ts';
import type { DriftRow } from './drift.ts';

/** So many of Proxmox's tasks are told of a target. */
const told = 5;
const longest = 44;

/** `tasks`: of each target what Proxmox did there since phx last left it, newest first; nothing where nobody could say. */
export function driftText(
  rows: readonly DriftRow[],
  tasks: ReadonlyMap<string, readonly NodeTask[]>,
  look: Paint,
): string {
  if (rows.length === 0) return 'nothing is otherwise than phx left it\n';
  const targets = [...new Set(rows.map(({ target }) => target))];
  const parts = targets.map((target) => {
    const own = rows.filter((row) => row.target === target);
    return [look.bold(target), ...table(own, look), ...since(tasks.get(target) ?? [], look)].join('\n');
  });
  const mended = rows.filter(({ next }) => next === 'mended').length;
  const end = [
    `${count(rows.length, 'value')} in ${count(targets.length, 'target')}`,
    ...(mended > 0 ? [`the next run puts back ${mended === rows.length ? 'all of them' : mended}`] : []),
  ];
  return `${parts.join('\n\n')}\n\n${end.join(' · ')}\n`;
}

function table(rows: readonly DriftRow[], look: Paint): string[] {
  const cells = rows.map((row) => ({
    step: row.task.slice(row.target.length + 1),
    key: row.key,
    left: shown(row.left),
    live: shown(row.live),
    wanted:
      row.wanted === undefined
        ? 'only a run can tell'
        : row.wanted === row.left
          ? 'as it was left'
          : shown(row.wanted),
    next:
      row.wanted !== undefined && row.wanted === row.live ? 'as the configuration says' : nextWords[row.next],
  }));
  const heads = {
    step: 'step',
    key: 'key',
    left: 'phx left',
    live: 'now',
    wanted: 'wanted',
    next: 'next run',
  };
  const keys = Object.keys(heads) as (keyof typeof heads)[];
  const width = (key: keyof typeof heads) =>
    Math.max(heads[key].length, ...cells.map((cell) => cell[key].length));
  const line = (cell: typeof heads) =>
    `  ${keys.map((key, at) => (at === keys.length - 1 ? cell[key] : cell[key].padEnd(width(key)))).join('  ')}`;
  return [look.dim(line(heads)), ...cells.map(line)];
}

const nextWords = { mended: 'puts it back', kept: 'keeps it', asked: 'stops and asks' } as const;

function shown(value: string | undefined): string {
  if (value === undefined) return '(nothing)';
  return value === '' ? "''" : oneLine(value, longest);
}

function since(tasks: readonly NodeTask[], look: Paint): string[] {
  if (tasks.length === 0) return [];
  const lines = tasks.slice(0, told).map(({ began, type, user, status }) => {
    const when = new Date(began).toISOString().slice(0, 16).replace('T', ' ');
    return `  ${when} UTC  ${type} by ${user}  ${oneLine(status, longest)}`;
  });
  return [look.dim('  what Proxmox did there since'), ...lines];
}
