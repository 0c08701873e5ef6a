/** Runs tasks that are none of the project's graph: what a person does to guests, or takes away from the node. They leave no stamp. */

import { join } from 'node:path';
import type { PhxTask } from '../config/project.ts';
import type { ExitName } from '../core/error.ts';
import type { RunEvent } from '../core/event.ts';
import { TaskGraph } from '../core/graph.ts';
import { StampOverlay, type StampStore } from '../core/stamp.ts';
import type { Facts } from '../proxmox/facts.ts';
import { createReporter } from '../report/create.ts';
import { CommandLog } from './command-log.ts';
import { exitOf, runOn } from './engine.ts';
import type { Io } from './io.ts';
import type { OpenedAlone } from './locked.ts';
import { type ReportOptions, reporterKind } from './reporter-kind.ts';

/** `words`: what was typed, for the journal. `afterwards` is called when all has ended, and answers what a person should know. */
export async function runTasks(
  io: Io,
  opened: OpenedAlone,
  tasks: readonly PhxTask[],
  words: readonly string[],
  options: ReportOptions & { readonly jobs?: number },
  afterwards: () => readonly string[],
): Promise<ExitName> {
  const graph = new TaskGraph<Facts>(tasks);
  const all = new Set(graph.order);
  const { run } = opened;
  const reporter = await createReporter(reporterKind(io, options), io.out, {
    verbose: options.verbose ?? false,
    now: io.clock,
  });
  const log = new CommandLog(join(opened.cacheDir, 'log'), run);
  const emit = (event: RunEvent) => {
    log.event(event);
    reporter.event(event, io.clock());
  };
  try {
    const jobs = options.jobs ?? opened.phoenix.jobs ?? 4;
    const shown = graph.order
      .map((at) => graph.at(at))
      .map(({ id, target, title }) => ({ task: id, target, title }));
    const { label: host, kind: hostKind } = opened.host;
    emit({ type: 'planned', run, host, hostKind, jobs, tasks: shown });
    const ended = await runOn(
      io,
      { ...opened, graph, stamps: unstamped(opened.stamps, tasks) },
      { shown: all, demanded: all, forced: new Set<number>() },
      { run, words, jobs, keepGoing: false },
      emit,
    );
    for (const text of afterwards()) emit({ type: 'notice', text });
    return exitOf(ended);
  } finally {
    reporter.close();
    log.close();
  }
}

/** Actions leave no stamp, and one of the same name (`start` is a step, too) tells nothing about them. */
export function unstamped(below: StampStore, tasks: readonly PhxTask[]): StampStore {
  const own = new Set(tasks.map(({ id }) => id));
  return new StampOverlay({
    get: (task) => (own.has(task) ? undefined : below.get(task)),
    put: (stamp) => below.put(stamp),
    all: () => below.all(),
    commit: () => below.commit(),
  });
}
