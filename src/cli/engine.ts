/** Starts the engine on an opened project: for real, or on a copy of the host that forgets everything. */

import { readFileSync } from 'node:fs';
import { digest } from '../core/digest.ts';
import { type ExitName, PhxError, problemOf, whyOf } from '../core/error.ts';
import type { RunEvent } from '../core/event.ts';
import { execute, type RunResult, type RunSetup, type Selection } from '../core/execute.ts';
import { type Journal, type JournalEntry, silentJournal } from '../core/journal.ts';
import type { Sites } from '../core/site.ts';
import { StampOverlay, type StampStore } from '../core/stamp.ts';
import type { Time } from '../core/time.ts';
import type { Lease } from '../host/lease.ts';
import type { Facts } from '../proxmox/facts.ts';
import { diagnose } from '../proxmox/messages.ts';
import type { Io } from './io.ts';
import type { Opened } from './open.ts';
import { maskedIn } from './secret-box.ts';

export interface EngineOptions {
  /** What was asked for, for the journal. */
  readonly words: readonly string[];
  readonly run: string;
  readonly jobs: number;
  readonly keepGoing: boolean;
}

/** What of an opened project a run needs. */
export type Runnable = Pick<Opened, 'graph' | 'phoenix' | 'host' | 'sites' | 'time' | 'terms' | 'history'> & {
  readonly stamps: StampStore;
  /** The run stops when it is lost. */
  readonly lease?: Pick<Lease, 'lost'> | undefined;
};

/** Runs what is stale; the caller holds the run lock. */
export async function runOn(
  io: Io,
  opened: Runnable,
  selection: Selection,
  options: EngineOptions,
  emit: (event: RunEvent) => void,
): Promise<RunResult> {
  await opened.terms.secrets.makeKey(opened.host);
  const host = await opened.host.identity();
  const { run, words } = options;
  const journal = await opened.history.begin({ at: io.clock(), run, words, host }, (text) =>
    emit({ type: 'notice', text }),
  );
  // How something came out is history: that it cannot be noted is said, and hides nothing.
  const note = (entry: JournalEntry) => {
    try {
      journal.write(entry);
    } catch (error) {
      emit({ type: 'notice', text: `how it came out is not noted: ${noteOf(error)}` });
    }
  };
  const { stamps, terms, lease } = opened;
  lease?.lost.addEventListener('abort', () =>
    emit({ type: 'notice', text: 'another run has taken over from this one: nothing further is started' }),
  );
  const told = (plain: RunEvent) => {
    const event = maskedIn(plain, terms.secrets);
    emit(event);
    if (event.type === 'done' || event.type === 'failed') note(endingOf(event, io.clock()));
  };
  const result = await execute({
    ...commonSetup(io, opened, selection, options, told),
    sites: opened.sites,
    // Where nobody else writes, the stamps say as much.
    ...(opened.phoenix.history === undefined ? {} : { took: await opened.history.durations(host) }),
    // A stamp keeps the last lines of what failed.
    stamps: {
      get: (id) => stamps.get(id),
      put: ({ error, ...stamp }) =>
        stamps.put(error ? { ...stamp, error: maskedIn(error, terms.secrets) } : stamp),
      all: () => stamps.all(),
      commit: () => stamps.commit(),
    },
    journal,
    time: opened.time,
    stop: lease ? { ...io.stop, drain: AbortSignal.any([io.stop.drain, lease.lost]) } : io.stop,
    terms: opened.terms,
  }).catch(async (error: unknown) => {
    await journal.close();
    throw error;
  });
  note({ at: io.clock(), entry: 'ended', exit: exitOf(result) });
  await journal.close();
  return result;
}

function noteOf(error: unknown): string {
  const { title, facts } = problemOf(error);
  return [title, ...facts.map((fact) => fact.join(' '))].join(', ');
}

function endingOf(event: Extract<RunEvent, { type: 'done' | 'failed' }>, at: number): JournalEntry {
  const { type: state, task, ms, course } = event;
  return {
    at,
    entry: 'task',
    task,
    state,
    ms,
    ...(course ? { course } : {}),
    ...(event.type === 'failed' ? { title: event.error.title } : {}),
  };
}

/** Where a run is tried out. */
export interface Stage {
  readonly sites: Sites<Facts>;
  readonly time: Time;
  /** What was recorded there; without: what is recorded of the host. */
  readonly stamps?: StampStore;
  readonly journal?: Journal;
}

/** The same run on a copy of the host: exact commands, nothing changed; time passes on the copy alone. */
export async function rehearseOn(
  io: Io,
  opened: Opened,
  selection: Selection,
  { sites, time, stamps = new StampOverlay(opened.stamps), journal }: Stage,
  emit: (event: RunEvent) => void,
): Promise<RunResult> {
  const never = new AbortController().signal;
  let made = 0;
  return execute({
    ...commonSetup(io, opened, selection, { run: 'plan', words: [], jobs: 1, keepGoing: true }, (event) =>
      emit(maskedIn(event, opened.terms.secrets)),
    ),
    // The same in each plan, so that two of them can be compared.
    random: () => `made${String(++made).padStart(8, '0')}`,
    sites,
    stamps,
    clock: time.now,
    journal: journal ?? silentJournal(await pastOf(opened)),
    time,
    stop: { drain: never, abort: never },
    terms: opened.terms,
  });
}

/** What every way of running tasks is given alike. */
export function commonSetup(
  io: Io,
  { graph, phoenix }: Pick<Opened, 'graph' | 'phoenix'>,
  selection: Selection,
  options: EngineOptions,
  emit: (event: RunEvent) => void,
): Pick<
  RunSetup<Facts>,
  | 'graph'
  | 'selection'
  | 'run'
  | 'jobs'
  | 'keepGoing'
  | 'widths'
  | 'digestFile'
  | 'env'
  | 'diagnose'
  | 'emit'
  | 'clock'
  | 'random'
> {
  return {
    graph,
    selection,
    ...options,
    widths: new Map(Object.entries(phoenix.pools ?? {})),
    digestFile,
    env: (name) => io.env[name],
    diagnose: ({ outcome }) => diagnose(`${outcome.stderr}\n${outcome.stdout}`),
    emit,
    clock: io.clock,
    random: () => crypto.randomUUID().replaceAll('-', '').slice(0, 12),
  };
}

/** What interrupted runs meant to do on this host. */
export async function pastOf({ history, host }: Opened): Promise<Pick<Journal, 'intended'>> {
  return history.past(await host.identity());
}

/** Digest of a project file; undefined when there is none. */
export function digestFile(path: string): string | undefined {
  try {
    return digest(readFileSync(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new PhxError('config', {
      title: 'A file that a task reads cannot be read',
      facts: [
        ['file', path],
        ['why', whyOf(error)],
      ],
    });
  }
}

/** How the process ends after a run. */
export function exitOf(result: RunResult): ExitName {
  if (result.interrupted) return 'interrupted';
  if (result.failed > 0) return result.deadline ? 'deadline' : 'failed';
  if (result.gate) return 'gate';
  return result.blocked > 0 ? 'blocked' : 'ok';
}
