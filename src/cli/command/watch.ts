/** `phx watch`: shows after each edit what a run would do, and does it when somebody presses Enter, or at once. */

import type { ExitName } from '../../core/error.ts';
import { paint } from '../../report/words.ts';
import { explain } from '../explain.ts';
import type { Io } from '../io.ts';
import { selectOf } from '../left-out.ts';
import { findProject, openNode } from '../open.ts';
import { type PlanDocument, planDocument } from '../plan-document.ts';
import { watchProject } from '../project-watch.ts';
import { planText } from './plan.ts';
import { type RunOptions, run } from './run.ts';

export interface WatchOptions extends RunOptions {
  /** Runs what an edit makes stale without being asked. */
  readonly auto?: boolean;
}

const afterRun = 'after the run';

type Happening =
  | { readonly what: 'edited'; readonly paths: readonly string[] }
  | { readonly what: 'enter' | 'end' };

export async function watch(io: Io, words: readonly string[], options: WatchOptions): Promise<ExitName> {
  const targets = words.length > 0 ? words : ['all'];
  const { file, root } = await findProject(io, options);
  const happenings = new Happenings();
  const watching = watchProject(root, file, (paths) => happenings.add({ what: 'edited', paths }));
  io.stop.drain.addEventListener('abort', () => happenings.add({ what: 'end' }), { once: true });
  void listenTo(io, happenings);
  let why = 'as it stands';
  let wanted = options.auto ?? false;
  try {
    for (;;) {
      const stale = await show(io, targets, options, why);
      if (stale > 0 && wanted) {
        // Who pressed Enter has seen the plan; who said --auto has said it for a real node, too, or is asked once.
        await bring(io, targets, options.auto ? options : { ...options, yes: true });
        happenings.forget();
        if (io.stop.drain.aborted) return 'interrupted';
        why = afterRun;
        // What failed is not tried again before somebody has mended something.
        wanted = false;
        continue;
      }
      io.out.write(`${footer(stale, options.auto ?? false)}\n`);
      const next = await happenings.next();
      if (next.what === 'end') return 'ok';
      wanted = next.what === 'enter' || (options.auto ?? false);
      why = next.what === 'edited' ? `${next.paths.join(', ')} changed` : 'asked for';
    }
  } finally {
    watching.close();
  }
}

/** Shows what a run would do; answers how many tasks it would run. */
async function show(io: Io, targets: readonly string[], options: WatchOptions, why: string): Promise<number> {
  const [clear, look] = [io.out.isTTY ? '\u001b[2J\u001b[3J\u001b[H' : '', paint(io.out.colour)];
  const time = new Date(io.clock()).toTimeString().slice(0, 8);
  try {
    const document = await planned(io, targets, options);
    io.out.write(
      `${clear}${look.bold(`phx watch ${targets.join(' ')}`)} · ${time} · ${why}\n${planText(document)}`,
    );
    return document.tasks.filter(({ verdict }) => verdict === 'stale').length;
  } catch (error) {
    io.out.write(`${clear}${look.bold(`phx watch ${targets.join(' ')}`)} · ${time} · ${why}\n`);
    explain(io, error, []);
    return 0;
  }
}

async function planned(io: Io, targets: readonly string[], options: WatchOptions): Promise<PlanDocument> {
  const opened = await openNode(io, options, targets);
  try {
    return await planDocument(io, opened, selectOf(opened, { ...options, targets }));
  } finally {
    await opened.history.close();
    await opened.host.close();
  }
}

async function bring(io: Io, targets: readonly string[], options: WatchOptions): Promise<void> {
  try {
    await run(io, targets, options);
  } catch (error) {
    explain(io, error, []);
  }
}

function footer(stale: number, auto: boolean): string {
  if (stale === 0) return 'nothing to run · waiting for an edit · q and Enter ends';
  return auto
    ? 'waiting for an edit · q and Enter ends'
    : 'Enter runs it · waiting for an edit · q and Enter ends';
}

/** Lines that somebody types: an empty one asks for a run, `q` ends. No terminal, no lines: edits alone count. */
async function listenTo(io: Io, happenings: Happenings): Promise<void> {
  for await (const line of io.lines('')) {
    const word = line.trim().toLowerCase();
    if (word === '') happenings.add({ what: 'enter' });
    else if (word === 'q' || word === 'quit' || word === 'exit') happenings.add({ what: 'end' });
  }
}

/** What happened and was not looked at yet. */
class Happenings {
  #waiting: Happening[] = [];
  #wake: () => void = () => {};

  add(happening: Happening): void {
    this.#waiting.push(happening);
    this.#wake();
  }

  /** Whoever pressed Enter during a run did not see the plan that comes after it. */
  forget(): void {
    this.#waiting = this.#waiting.filter(({ what }) => what !== 'enter');
  }

  /** The next one; edits that came one after the other are one. */
  async next(): Promise<Happening> {
    while (this.#waiting.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const all = this.#waiting;
    this.#waiting = [];
    const end = all.find(({ what }) => what === 'end');
    const edits = all.flatMap((one) => (one.what === 'edited' ? one.paths : []));
    if (end) return end;
    return edits.length > 0 ? { what: 'edited', paths: [...new Set(edits)].sort() } : { what: 'enter' };
  }
}
