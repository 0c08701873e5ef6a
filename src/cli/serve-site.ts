/** What `phx serve` answers: each page made anew from what stands now, one look at the node at a time. */

import { pastRun } from '../core/history.ts';
import type { Live, RunLine, Running, RunsPage } from '../page/live.ts';
import type { Answer, Routes } from '../serve/server.ts';
import { openHistory, told } from './command/history.ts';
import { reportPage } from './command/report.ts';
import type { RunOptions } from './command/run.ts';
import { explain } from './explain.ts';
import { currentGraph } from './graph-page.ts';
import type { GlobalOptions, Io } from './io.ts';
import { assetsOf, pageText } from './page-assets.ts';
import { readRun, typedWords } from './runs.ts';

/** So many runs are listed. */
const listed = 100;

export class Site implements Routes {
  readonly #io: Io;
  readonly #options: GlobalOptions & { readonly allowRun?: boolean };
  readonly #changed: () => void;
  #looking: Promise<unknown> = Promise.resolve();
  #atWork: Promise<unknown> | undefined;

  /** `changed` is called when a run that was asked for here has ended. */
  constructor(io: Io, options: GlobalOptions & { readonly allowRun?: boolean }, changed: () => void) {
    this.#io = io;
    this.#options = options;
    this.#changed = changed;
  }

  async get(path: string): Promise<Answer | undefined> {
    try {
      if (path === '/') return this.#page('graph', 'graph', `graph`, await this.#graph());
      if (path === '/graph.json') return json(await this.#graph());
      if (path === '/runs') return this.#page('runs', 'runs', 'runs', await this.#runs());
      if (path.startsWith('/runs/')) return await this.#run(path.slice('/runs/'.length));
      return undefined;
    } catch (error) {
      const text = this.#explained(error);
      if (path.endsWith('.json')) return json({ problem: text });
      const here = path === '/' ? 'graph' : 'runs';
      return this.#page('problem', here, 'phx', { title: 'There is nothing to show yet', text });
    }
  }

  async post(path: string, body: unknown): Promise<Answer | undefined> {
    if (path !== '/run') return undefined;
    const targets = targetsOf(body);
    if (targets === undefined) return refused(400, 'A run has targets: { "targets": ["ctid:950"] }');
    if (this.#atWork) return refused(409, 'A run that was asked for here is still at work.');
    this.#atWork = this.#bring(targets).finally(() => {
      this.#atWork = undefined;
      this.#changed();
    });
    return { status: 202, ...json({ targets }) };
  }

  /** The newest run of all, if it is at work, or as it has just ended. */
  async running(): Promise<Running | undefined> {
    const { store } = await openHistory(this.#io, this.#options);
    try {
      const run = (await store.runs()).at(-1);
      if (run === undefined) return undefined;
      const { tasks, exit } = pastRun(run, await readRun(store, run));
      const states = tasks.map(
        ({ task, state }) => [task, state === 'unfinished' ? 'running' : state] as const,
      );
      return { run, tasks: Object.fromEntries(states), ...(exit === undefined ? {} : { exit }) };
    } finally {
      await store.close();
    }
  }

  /** When what was asked for has come to its end. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.#looking, this.#atWork]);
  }

  #graph() {
    // Each opens the node: one after the other, however many windows there are.
    const next = this.#looking.catch(() => {}).then(() => currentGraph(this.#io, this.#options));
    this.#looking = next;
    return next;
  }

  async #runs(): Promise<RunsPage> {
    const { store, name } = await openHistory(this.#io, this.#options);
    try {
      const runs: RunLine[] = [];
      for (const run of [...(await store.runs())].reverse().slice(0, listed)) {
        const { words, host, who, began, last, ending, tasks } = await told(store, run);
        const of = (state: string) => tasks.filter((task) => task.state === state).length;
        runs.push({
          ...{ run, typed: typedWords(words), host, began, ms: last - began, ending },
          ...{ done: of('done'), failed: of('failed') },
          ...(who === undefined ? {} : { who }),
        });
      }
      return { name, runs };
    } finally {
      await store.close();
    }
  }

  async #run(run: string): Promise<Answer> {
    const { store, cacheDir, name } = await openHistory(this.#io, this.#options);
    try {
      const page = await reportPage(store, { run, cacheDir, name });
      return this.#page('report', 'run', page.typed, page);
    } finally {
      await store.close();
    }
  }

  async #bring(targets: readonly string[]): Promise<void> {
    const { run } = await import('./command/run.ts');
    // Whoever pressed the button has seen the plan; what would destroy something has no button.
    const options: RunOptions = { ...this.#options, yes: true, plain: true };
    await run(this.#io, targets, options).catch((error: unknown) => explain(this.#io, error, []));
  }

  #page(name: Parameters<typeof assetsOf>[0], here: Live['here'], title: string, data: unknown): Answer {
    const live = { here, runs: this.#options.allowRun ?? false };
    return { type: 'text/html', body: pageText({ title, data, live, ...assetsOf(name) }) };
  }

  #explained(error: unknown): string {
    let text = '';
    const err = { ...this.#io.err, write: (more: string) => (text += more), colour: false };
    explain({ ...this.#io, err }, error, []);
    return text;
  }
}

function json(data: unknown): Answer {
  return { type: 'application/json', body: JSON.stringify(data) };
}

function refused(status: number, why: string): Answer {
  return { status, type: 'text/plain', body: `${why}\n` };
}

function targetsOf(body: unknown): readonly string[] | undefined {
  const { targets } = (typeof body === 'object' && body !== null ? body : {}) as { targets?: unknown };
  if (!Array.isArray(targets) || targets.length === 0) return undefined;
  return targets.every((target): target is string => typeof target === 'string' && !target.startsWith('-'))
    ? targets
    : undefined;
}
