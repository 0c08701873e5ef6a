/** `phx check`: asks guests how they are, whatever was recorded of them. It looks and never writes. */

import type { CheckRequest, Finding } from '../../config/project.ts';
import type { ExitName } from '../../core/error.ts';
import type { RunEvent } from '../../core/event.ts';
import { TaskGraph } from '../../core/graph.ts';
import type { Facts } from '../../proxmox/facts.ts';
import { oneLine, paint } from '../../report/words.ts';
import { type CheckRow, endedRow, rowOf } from '../check-rows.ts';
import { checkSummary, rowLines, widthsOf } from '../check-text.ts';
import { targetsAsked } from '../guest-words.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { lookOn } from '../look.ts';
import { type Opened, openNode } from '../open.ts';
import { projectText } from '../plugin-input.ts';
import { refuseUnbuilt } from '../select.ts';

export interface CheckOptions extends GlobalOptions {
  readonly integration?: boolean;
  readonly jobs?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** Exit 0 when all are well or stopped as wanted, 1 otherwise. */
export async function check(io: Io, words: readonly string[], options: CheckOptions): Promise<ExitName> {
  const opened = await openNode(io, options);
  try {
    const { fleet } = opened.config;
    refuseUnbuilt(opened.graph, words, fleet.guests);
    const targets = targetsAsked(opened, words.length > 0 ? words : ['all']);
    const rows = targets.map((target) => rowOf(target, fleet, opened.facts.current()));
    const started = io.clock();
    const page = options.json ? silent : printer(io, opened, rows, options);
    const ended = new Map<string, CheckRow>();
    const tell = (row: CheckRow) => {
      ended.set(row.target, row);
      page.row(row);
    };
    for (const { asked, ...row } of rows) if (!asked) tell(row);
    const asked = rows.filter((row) => row.asked);
    const interrupted = await askAll(io, opened, asked, options, tell, page.busy);
    for (const row of asked) if (!ended.has(row.target)) tell(endedRow(row, [], undefined));
    const all = rows.map(({ target, asked: _, ...row }) => ended.get(target) ?? { target, ...row });
    page.close();
    if (options.json) {
      const host = opened.host.label;
      const document = { host, integration: options.integration ?? false, guests: all };
      io.out.write(`${JSON.stringify(document, null, 2)}\n`);
    } else io.out.write(`${checkSummary(all, io.clock() - started)}\n`);
    if (interrupted) return 'interrupted';
    return all.some(({ result }) => result === 'failed') ? 'failed' : 'ok';
  } finally {
    opened.stamps.close();
    await opened.host.close();
  }
}

/** Asks side by side; `tell` is told of each as it ends. Answers whether Ctrl-C ended it. */
async function askAll(
  io: Io,
  opened: Opened,
  rows: readonly CheckRow[],
  options: CheckOptions,
  tell: (row: CheckRow) => void,
  busy: (targets: readonly string[]) => void,
): Promise<boolean> {
  const byTarget = new Map(
    rows.map((row) => [row.target, { row, checks: [] as CheckRow['checks'][number][] }]),
  );
  const since = new Map<string, number>();
  const found = ({ target, ...finding }: Finding) => {
    const now = io.clock();
    byTarget.get(target)?.checks.push({ ...finding, ms: now - (since.get(target) ?? now) });
    since.set(target, now);
  };
  const request: CheckRequest = {
    targets: rows.map(({ target }) => target),
    integration: options.integration ?? false,
    found,
  };
  const { phoenix, config, root } = opened;
  const input = { project: phoenix.name, fleet: config.fleet, text: projectText(root) };
  const tasks = phoenix.plugins.flatMap((plugin) => plugin.checks?.(input, request) ?? []);
  const emit = (event: RunEvent) => {
    if (!('task' in event)) return;
    const target = event.task.replace(/\/.*$/, '');
    const { row, checks } = byTarget.get(target) ?? {};
    if (event.type === 'started') since.set(target, io.clock());
    else if (event.type !== 'line' && row && checks) {
      since.delete(target);
      if (event.type === 'done') tell(endedRow(row, checks, {}));
      // What Ctrl-C cut off says nothing about the guest.
      else if ((event.type === 'failed' || event.type === 'blocked') && !io.stop.drain.aborted)
        tell(endedRow(row, checks, { problem: event.error }));
    }
    busy([...since.keys()]);
  };
  const graph = new TaskGraph<Facts>(tasks);
  const jobs = options.jobs ?? phoenix.jobs ?? 4;
  const { interrupted } = await lookOn(io, { ...opened, graph }, jobs, emit);
  return interrupted;
}

interface Page {
  readonly row: (row: CheckRow) => void;
  /** Who is being asked right now. */
  readonly busy: (targets: readonly string[]) => void;
  readonly close: () => void;
}

const silent: Page = { row: () => {}, busy: () => {}, close: () => {} };

/** Rows in the order of the targets, each as soon as it and all before it are known; on a terminal also who is being asked. */
function printer(io: Io, opened: Opened, rows: readonly CheckRow[], options: CheckOptions): Page {
  const { out } = io;
  const known = new Map<string, CheckRow>();
  const style = paint(out.colour);
  const shown = { verbose: options.verbose ?? false, quiet: options.quiet ?? false };
  let next = 0;
  const clear = () => {
    if (out.isTTY) out.write('\r\u001b[K');
  };
  out.write(`phx · ${opened.host.label} · check of ${rows.length}\n`);
  return {
    row: (row) => {
      known.set(row.target, row);
      clear();
      for (let at = known.get(rows[next]?.target ?? ''); at; at = known.get(rows[++next]?.target ?? ''))
        for (const line of rowLines(at, widthsOf(rows), style, shown)) out.write(`${line}\n`);
    },
    busy: (targets) => {
      if (!out.isTTY || targets.length === 0) return;
      out.write(`\r\u001b[K${oneLine(`  asking ${targets.join(', ')}`, out.columns - 1)}`);
    },
    close: clear,
  };
}
