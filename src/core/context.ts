/** The context that a task's run is handed: every command recorded, journalled, bounded by a deadline. Knows no Proxmox. */

import { digest } from './digest.ts';
import { CommandError, LostError, PhxError } from './error.ts';
import type { Ran } from './event.ts';
import type { Outcome } from './host.ts';
import type { Journal } from './journal.ts';
import { type Placed, type Sites, siteOf } from './site.ts';
import { guardSlice } from './slice.ts';
import type { StampStore } from './stamp.ts';
import type { Release, RunSettings, Task, TaskContext, Wait, WriteSettings } from './task.ts';
import type { Terms } from './terms.ts';
import type { Time } from './time.ts';

const defaultDeadline = 10 * 60_000;

/** Everything of a run that contexts share. */
export interface RunScope<Facts> {
  readonly sites: Sites<Facts>;
  readonly stamps: StampStore;
  readonly journal: Journal;
  readonly clock: () => number;
  /** What waits pass in; `clock` is for records. */
  readonly time: Time;
  readonly env: (name: string) => string | undefined;
  readonly random: () => string;
  readonly terms: Terms;
  readonly abort: AbortSignal;
  readonly shared: Map<string, unknown>;
  readonly leases: Map<string, Lease<Facts>>;
  readonly line: (task: string, stream: 'stdout' | 'stderr' | 'log', text: string) => void;
}

export interface Lease<Facts> {
  /** That of the task which took it. */
  readonly target: string;
  readonly release: Release<Facts>;
  readonly whereabouts?: Task<Facts>['whereabouts'];
}

export interface RecordingContext<Facts> extends TaskContext<Facts> {
  /** The changing commands and file writes so far. */
  readonly ran: readonly Ran[];
}

export function createContext<Facts>(
  task: Task<Facts>,
  scope: RunScope<Facts>,
  unsettled: () => boolean = () => false,
  forced = false,
): RecordingContext<Facts> {
  const ran: Ran[] = [];
  return contextAt(task, { task, scope, unsettled, forced, ran });
}

interface Setting<Facts> {
  readonly task: Task<Facts>;
  readonly scope: RunScope<Facts>;
  readonly unsettled: () => boolean;
  readonly forced: boolean;
  readonly ran: Ran[];
}

/** The context as it is where `placed` is. */
function contextAt<Facts>(placed: Placed<Facts>, setting: Setting<Facts>): RecordingContext<Facts> {
  const { task, scope, unsettled, forced, ran } = setting;
  const { journal, clock, terms } = scope;
  // Asked for at each step: what the task is about may move while it is at work.
  const site = () => siteOf(scope.sites, placed);
  const secrets = guardSlice(task.secrets ?? {}, task.id);

  const execute = async (
    argv: readonly string[],
    settings: RunSettings = {},
    repeatable = false,
  ): Promise<Outcome> =>
    site().host.run({
      argv,
      deadline: settings.deadline ?? defaultDeadline,
      signal: scope.abort,
      ...(settings.hidden ? {} : { onLine: (stream, text) => scope.line(task.id, stream, text) }),
      ...(settings.detached ? { detached: true } : {}),
      ...(repeatable ? { repeatable } : {}),
      ...(settings.stdin === undefined ? {} : { stdin: settings.stdin }),
    });

  const run = async (argv: readonly string[], settings?: RunSettings): Promise<Outcome> => {
    const undo = settings?.undo ? { undo: settings.undo } : {};
    await journal.write({ at: clock(), entry: 'intent', task: task.id, argv, ...undo });
    const outcome = await execute(argv, settings).catch((error: unknown) => {
      if (error instanceof LostError) journal.write({ at: clock(), entry: 'lost', task: task.id, argv });
      throw error;
    });
    const { exit, ms, ended } = outcome;
    const cut = ended === undefined ? {} : { ended };
    journal.write({ at: clock(), entry: 'outcome', task: task.id, argv, exit, ms, ...cut });
    ran.push({ argv, exit, ms });
    if (exit !== 0) throw new CommandError(argv, outcome);
    return outcome;
  };

  /** Takes down what a file said before and says now, so that it can be put back; then changes it. */
  const change = async (
    verb: 'write' | 'remove',
    path: string,
    text: string | null,
    settings: WriteSettings,
  ) => {
    const { host } = site();
    if (settings.scratch) {
      const shown = 'nothing';
      await (text === null
        ? host.removeFile(path, { shown })
        : host.writeFile(path, text, { mode: settings.mode ?? 0o600, shown }));
      return;
    }
    const before = settings.hidden ? {} : { before: (await host.readFile(path)) ?? null };
    const after = settings.hidden || text === null ? {} : { after: digest(text) };
    const mode = settings.mode === undefined ? {} : { mode: settings.mode };
    await journal.write({ at: clock(), entry: 'wrote', task: task.id, path, ...mode, ...before, ...after });
    const started = clock();
    const shown = settings.hidden ? { shown: 'name' as const } : {};
    if (text === null) await host.removeFile(path, shown);
    else await host.writeFile(path, text, { mode: settings.mode ?? 0o644, ...shown });
    ran.push({ argv: [verb, path], exit: 0, ms: clock() - started });
  };

  return {
    ran,
    task: task.id,
    config: guardSlice(task.config, task.id),
    initial: guardSlice(task.initial ?? {}, task.id),
    texts: guardSlice(task.texts ?? {}, task.id),
    unsettled,
    forced,
    secret: (name) => terms.secrets.reveal(secrets[name] ?? ''),
    env: guardSlice(Object.fromEntries((task.env ?? []).map((name) => [name, scope.env(name)])), task.id),
    facts: () => site().facts.current(),
    refresh: (scopes) => site().facts.refresh(scopes),
    run,
    ask: (argv, settings) => execute(argv, settings, true),
    readFile: async (path) => site().host.readFile(path),
    writeFile: (path, text, settings = {}) => change('write', path, text, settings),
    removeFile: (path, settings = {}) => change('remove', path, null, settings),
    elsewhere: () => contextAt(task.elsewhere ? { whereabouts: task.elsewhere } : task, setting),
    reach: async () => site().host.reach(),
    until: (wait) => waitUntil(wait, scope),
    log: (text) => scope.line(task.id, 'log', text),
    stamp: (id) => scope.stamps.get(id),
    intended: (words) =>
      journal.intended(words, (id, at) => {
        const stamp = scope.stamps.get(id);
        return stamp?.state === 'done' && stamp.at > at;
      }),
    shared: <T>(name: string, make: () => T): T => {
      const key = `${site().name ?? ''} ${name}`;
      if (!scope.shared.has(key)) scope.shared.set(key, make());
      return scope.shared.get(key) as T;
    },
    lease: (name, release) => {
      const { target } = task;
      const { whereabouts } = placed;
      if (release) scope.leases.set(name, { target, release, ...(whereabouts ? { whereabouts } : {}) });
      else scope.leases.delete(name);
    },
    permits: terms.permits,
    operator: terms.operator,
    reboot: terms.reboot,
    commit: () => scope.stamps.commit(),
    random: scope.random,
  };
}

async function waitUntil<T, Facts>(wait: Wait<T>, { time, abort }: RunScope<Facts>): Promise<T> {
  const end = time.now() + wait.deadline;
  for (let pause = wait.interval; ; pause = Math.min(2 * pause, wait.longest ?? pause)) {
    const look = await wait.look();
    if ('answer' in look) return look.answer;
    if (time.now() + pause > end) {
      throw new PhxError('deadline', {
        title: `Waited ${Math.round(wait.deadline / 1000)}s in vain for ${wait.what}`,
        facts: [['last seen', look.seen]],
        ...(wait.hint === undefined ? {} : { hint: wait.hint }),
      });
    }
    await time.sleep(pause, abort);
  }
}
