/** The context that a task's run is handed: every command recorded, journalled, bounded by a deadline. Knows no Proxmox. */

import { CommandError, PhxError } from './error.ts';
import type { Ran } from './event.ts';
import type { FactsSource } from './examine.ts';
import type { Host, Outcome } from './host.ts';
import type { Journal } from './journal.ts';
import { guardSlice } from './slice.ts';
import type { StampStore } from './stamp.ts';
import type { RunSettings, Task, TaskContext, Wait } from './task.ts';

const defaultDeadline = 10 * 60_000;

/** Everything of a run that contexts share. */
export interface RunScope<Facts> {
  readonly host: Host;
  readonly facts: FactsSource<Facts>;
  readonly stamps: StampStore;
  readonly journal: Journal;
  readonly clock: () => number;
  /** Ends early, by rejecting, when the signal is aborted. */
  readonly env: (name: string) => string | undefined;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => string;
  readonly mayReboot: boolean;
  readonly abort: AbortSignal;
  readonly shared: Map<string, unknown>;
  readonly leases: Map<string, (context: TaskContext<Facts>) => Promise<void>>;
  readonly line: (task: string, stream: 'stdout' | 'stderr' | 'log', text: string) => void;
}

export interface RecordingContext<Facts> extends TaskContext<Facts> {
  /** The changing commands and file writes so far. */
  readonly ran: readonly Ran[];
}

export function createContext<Facts>(task: Task<Facts>, scope: RunScope<Facts>): RecordingContext<Facts> {
  const ran: Ran[] = [];
  const { host, journal, clock } = scope;

  const execute = async (argv: readonly string[], settings: RunSettings = {}): Promise<Outcome> =>
    host.run({
      argv,
      deadline: settings.deadline ?? defaultDeadline,
      signal: scope.abort,
      onLine: (stream, text) => scope.line(task.id, stream, text),
      ...(settings.detached ? { detached: true } : {}),
      ...(settings.stdin === undefined ? {} : { stdin: settings.stdin }),
    });

  const run = async (argv: readonly string[], settings?: RunSettings): Promise<Outcome> => {
    journal.write({ at: clock(), entry: 'intent', task: task.id, argv });
    const outcome = await execute(argv, settings);
    journal.write({ at: clock(), entry: 'outcome', task: task.id, argv, exit: outcome.exit, ms: outcome.ms });
    ran.push({ argv, exit: outcome.exit, ms: outcome.ms });
    if (outcome.exit !== 0) throw new CommandError(argv, outcome);
    return outcome;
  };

  return {
    ran,
    task: task.id,
    config: guardSlice(task.config, task.id),
    initial: guardSlice(task.initial ?? {}, task.id),
    texts: guardSlice(task.texts ?? {}, task.id),
    env: guardSlice(Object.fromEntries((task.env ?? []).map((name) => [name, scope.env(name)])), task.id),
    facts: () => scope.facts.current(),
    refresh: (scopes) => scope.facts.refresh(scopes),
    run,
    ask: execute,
    readFile: (path) => host.readFile(path),
    writeFile: async (path, text, mode = 0o644) => {
      journal.write({ at: clock(), entry: 'wrote', task: task.id, path });
      const started = clock();
      await host.writeFile(path, text, { mode });
      ran.push({ argv: ['write', path], exit: 0, ms: clock() - started });
    },
    removeFile: async (path) => {
      journal.write({ at: clock(), entry: 'wrote', task: task.id, path });
      const started = clock();
      await host.removeFile(path);
      ran.push({ argv: ['remove', path], exit: 0, ms: clock() - started });
    },
    until: (wait) => waitUntil(wait, scope),
    log: (text) => scope.line(task.id, 'log', text),
    stamp: (id) => scope.stamps.get(id),
    intended: (words) =>
      journal.intended(words, (id, at) => {
        const stamp = scope.stamps.get(id);
        return stamp?.state === 'done' && stamp.at > at;
      }),
    shared: <T>(name: string, make: () => T): T => {
      if (!scope.shared.has(name)) scope.shared.set(name, make());
      return scope.shared.get(name) as T;
    },
    lease: (name, release) => {
      if (release) scope.leases.set(name, release);
      else scope.leases.delete(name);
    },
    mayReboot: scope.mayReboot,
    random: scope.random,
  };
}

async function waitUntil<T, Facts>(wait: Wait<T>, scope: RunScope<Facts>): Promise<T> {
  const end = scope.clock() + wait.deadline;
  for (;;) {
    const look = await wait.look();
    if ('answer' in look) return look.answer;
    if (scope.clock() + wait.interval > end) {
      throw new PhxError('deadline', {
        title: `Waited ${Math.round(wait.deadline / 1000)}s in vain for ${wait.what}`,
        facts: [['last seen', look.seen]],
      });
    }
    await scope.sleep(wait.interval, scope.abort);
  }
}
