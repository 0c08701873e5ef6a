/** A run that is tried out on a copy of the host, with the time that it would take, and a failure where one is wished for. */

import type { RunEvent } from '../core/event.ts';
import type { Selection } from '../core/execute.ts';
import { type Host, inFrontOf } from '../core/host.ts';
import { type Simulation, simulate } from '../core/simulate.ts';
import { StampOverlay, type StampStore } from '../core/stamp.ts';
import { StageJournal } from '../core/unsettled.ts';
import type { Fault } from '../twin/twin.ts';
import { pastOf, rehearseOn } from './engine.ts';
import type { Io } from './io.ts';
import type { Opened } from './open.ts';

/** What became of one task. */
export interface Scene {
  readonly task: string;
  readonly event: Extract<RunEvent, { type: 'done' | 'failed' | 'blocked' | 'cancelled' | 'outdated' }>;
}

/** One run, told to its end. */
export interface Act {
  readonly scenes: readonly Scene[];
  /** phx was killed in it. */
  readonly died: boolean;
}

export interface Rehearsal {
  readonly first: Act;
  /** What the run after it would do, where a failure was asked for. */
  readonly next: Act | undefined;
  readonly times: Simulation;
  /** How many durations are those of this node's own runs. */
  readonly own: number;
}

export async function rehearsal(
  io: Io,
  opened: Opened,
  selection: Selection,
  { jobs, fault }: { readonly jobs: number; readonly fault: Fault | undefined },
): Promise<Rehearsal> {
  const death = mortal();
  const copy = opened.copy({ latency: 'real', killRun: death.die });
  if (fault) copy.addFault(fault);
  const stamps = new StampOverlay(opened.stamps);
  const journal = new StageJournal(await pastOf(opened));
  type Around = (host: Host) => Host;
  const play = async (around: Around, store: StampStore, alive: Promise<void> | undefined): Promise<Act> => {
    const scenes: Scene[] = [];
    const stage = { sites: await copy.sites(around), time: copy.time, stamps: store, journal };
    const ended = rehearseOn(io, opened, selection, stage, (event) => {
      const scene = sceneOf(event);
      if (scene) scenes.push(scene);
    });
    const died = await Promise.race([ended.then(() => false), ...(alive ? [alive.then(() => true)] : [])]);
    return { scenes, died };
  };
  const first = await play(death.host, death.store(stamps), death.died);
  copy.clearFaults();
  if (first.died) journal.interrupt();
  const next = fault ? await play((host) => host, stamps, undefined) : undefined;
  const durations = new Map<number, number>();
  let own = 0;
  // The twin's own commands take no time: what runs on it took says nothing of a node.
  const isTwin = opened.host.kind === 'twin';
  const asks = !isTwin && opened.phoenix.history !== undefined;
  const elsewhere = asks ? await opened.history.durations(await opened.host.identity()) : undefined;
  for (const { task, event } of first.scenes) {
    const at = opened.graph.index.get(task);
    if (at === undefined || (event.type !== 'done' && event.type !== 'failed')) continue;
    const stamp = isTwin ? undefined : opened.stamps.get(task);
    const ms = stamp?.state === 'done' ? stamp.ms : (elsewhere?.get(task) ?? 0);
    if (ms > 0) own++;
    durations.set(at, ms > 0 ? ms : event.ms);
  }
  const widths = new Map(Object.entries(opened.phoenix.pools ?? {}));
  return { first, next, own, times: simulate({ ...opened, durations, jobs, widths }) };
}

function sceneOf(event: RunEvent): Scene | undefined {
  switch (event.type) {
    case 'done':
    case 'failed':
    case 'blocked':
    case 'cancelled':
    case 'outdated':
      return { task: event.task, event };
    default:
      return undefined;
  }
}

/** phx itself, as far as it can die on a stage: from then on nothing is answered, and nothing is recorded. */
function mortal() {
  let dead = false;
  let die = () => {};
  const died = new Promise<void>((resolve) => {
    die = () => {
      dead = true;
      resolve();
    };
  });
  const unless = async <T>(act: () => Promise<T>): Promise<T> => {
    const answer = dead ? undefined : await act();
    return dead ? new Promise<T>(() => {}) : (answer as T);
  };
  return {
    die: () => die(),
    died,
    host: (host: Host) =>
      inFrontOf(host, {
        run: (command) => unless(() => host.run(command)),
        readFile: (path) => unless(() => host.readFile(path)),
        writeFile: (path, text, mode) => unless(() => host.writeFile(path, text, mode)),
        removeFile: (path, mode) => unless(() => host.removeFile(path, mode)),
        reach: () => unless(() => host.reach()),
      }),
    store: (store: StampStore): StampStore => ({
      get: (task) => store.get(task),
      all: () => store.all(),
      commit: () => store.commit(),
      put: (stamp) => (dead ? undefined : store.put(stamp)),
    }),
  };
}
