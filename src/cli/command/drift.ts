/** `phx drift`: what is otherwise on the node than phx left it, who was at it, and, when asked, the way back. */

import type { ExitName } from '../../core/error.ts';
import { selectTasks } from '../../core/target.ts';
import type { NodeTask } from '../../proxmox/node-tasks.ts';
import { paint } from '../../report/words.ts';
import { apisOf } from '../api.ts';
import { type DriftRow, driftRows } from '../drift.ts';
import { driftText } from '../drift-text.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { findTasks } from '../node-tasks.ts';
import { type Opened, openNode } from '../open.ts';
import { type RunOptions, run } from './run.ts';

export interface DriftOptions extends GlobalOptions, Pick<RunOptions, 'yes' | 'jobs' | 'wait'> {
  readonly json?: boolean;
  /** Exit 6 when something is otherwise. */
  readonly check?: boolean;
  /** Runs the steps that it was found in. */
  readonly putBack?: boolean;
}

export async function drift(io: Io, words: readonly string[], options: DriftOptions): Promise<ExitName> {
  const { rows, tasks } = await found(io, words, options);
  if (options.json) {
    const since = Object.fromEntries(tasks);
    io.out.write(`${JSON.stringify({ drift: rows, tasks: since }, undefined, 2)}\n`);
  } else io.out.write(driftText(rows, tasks, paint(io.out.colour)));
  if (rows.length === 0) return 'ok';
  if (!options.putBack) return options.check ? 'changes' : 'ok';
  const steps = [...new Set(rows.map(({ task }) => task))];
  // A guest that says drift: 'ask' or 'report' is put back by whoever says so.
  return run(io, steps, { ...options, force: rows.some(({ next }) => next !== 'mended') });
}

async function found(io: Io, words: readonly string[], options: DriftOptions) {
  const opened = await openNode(io, options, words);
  try {
    const shown = selectTasks(opened.graph, words.length > 0 ? words : ['all'], opened.tags);
    const rows = driftRows(io, opened, shown);
    return { rows, tasks: await sinceThen(io, opened, rows, options) };
  } finally {
    await opened.history.close();
    await opened.host.close();
  }
}

/** What Proxmox did with each guest since phx left it; a node that cannot be asked keeps nobody from the rest. */
async function sinceThen(io: Io, opened: Opened, rows: readonly DriftRow[], options: GlobalOptions) {
  const told = new Map<string, readonly NodeTask[]>();
  const apis = apisOf(io, opened.phoenix, options);
  try {
    for (const target of new Set(rows.map((row) => row.target))) {
      const [, id] = /^(?:ctid|vmid):(\d+)$/.exec(target) ?? [];
      if (id === undefined) continue;
      const since = Math.max(...rows.filter((row) => row.target === target).map((row) => row.since));
      const node = opened.facts.current().guests.get(Number(id))?.node;
      const names = [
        opened.phoenix.cluster && node !== undefined ? node : (options.host ?? opened.phoenix.host ?? 'twin'),
      ];
      const { tasks } = await findTasks(io, opened, names, { guest: Number(id), limit: 20 }, options, apis);
      told.set(
        target,
        tasks.filter(({ began }) => began >= wholeSecond(since)),
      );
    }
  } finally {
    await apis.close();
  }
  return told;
}

/** Proxmox knows the second of a task, and no more: one of the same second may have come after. */
function wholeSecond(at: number): number {
  return Math.floor(at / 1000) * 1000;
}
