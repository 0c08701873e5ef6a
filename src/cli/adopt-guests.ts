/**
 * Makes guests ours whose files are written: tried on a copy of the node first, and done only where that sends nothing but
 * our mark. Nothing that they rest on is run.
 */

import { join } from 'node:path';
import type { PhxTask } from '../config/project.ts';
import { targetOf } from '../config/task-names.ts';
import type { ExitName } from '../core/error.ts';
import type { RunEvent } from '../core/event.ts';
import { TaskGraph } from '../core/graph.ts';
import type { StampStore } from '../core/stamp.ts';
import type { GuestFacts } from '../proxmox/facts.ts';
import { createReporter } from '../report/create.ts';
import { CommandLog } from './command-log.ts';
import { exitOf, runOn } from './engine.ts';
import type { Io } from './io.ts';
import type { OpenedAlone } from './locked.ts';
import { type PlannedTask, planDocument } from './plan-document.ts';

export interface Outcome {
  readonly target: string;
  readonly exit: ExitName;
  /** What the next run would still do. */
  readonly remains: readonly PlannedTask[];
  /** What holds from its next start on, and its like: nothing that a run would do. */
  readonly waiting: readonly string[];
}

type Place = Omit<OpenedAlone, 'lock'>;

export async function adoptGuests(
  io: Io,
  opened: Place,
  guests: readonly GuestFacts[],
  words: readonly string[],
  options: { readonly json?: boolean; readonly verbose?: boolean },
): Promise<readonly Outcome[]> {
  const ids = guests.map(({ id }) => id);
  const marks = opened.phoenix.plugins.flatMap(
    (plugin) =>
      plugin.actions?.(
        { project: opened.phoenix.name, fleet: opened.config.fleet },
        { verb: 'adopt', guests: ids },
        opened.facts.current(),
      ) ?? [],
  );
  const targets = guests.map(targetOf);
  const foreseen = await plansOf(io, opened, targets, marks);
  const good = targets.filter((target) => foreseen.get(target)?.remains.length === 0);
  if (good.length === 0) return outcomesOf(targets, foreseen, 'ok');
  const exit = await run(io, opened, good, marks, words, options);
  const proven = await plansOf(io, opened, good, []);
  return outcomesOf(targets, new Map([...foreseen, ...proven]), exit);
}

function outcomesOf(targets: readonly string[], plans: ReadonlyMap<string, Plan>, exit: ExitName): Outcome[] {
  return targets.map((target) => {
    const { remains = [], waiting = [] } = plans.get(target) ?? {};
    return { target, remains, waiting, exit: remains.length > 0 && exit === 'ok' ? 'blocked' : exit };
  });
}

interface Plan {
  readonly remains: readonly PlannedTask[];
  readonly waiting: readonly string[];
}

/** What a run of these guests alone would do, besides marking them. */
async function plansOf(
  io: Io,
  opened: Place,
  targets: readonly string[],
  marks: readonly PhxTask[],
): Promise<Map<string, Plan>> {
  const graph = graphOf(opened, targets, marks);
  const all = new Set(graph.order);
  const place = { ...opened, lock: undefined, graph };
  const { tasks } = await planDocument(io, place, { shown: all, demanded: all, forced: new Set() });
  const own = new Set(marks.map(({ id }) => id));
  const targetOfTask = (task: string) => task.replace(/\/.*$/, '');
  return new Map(
    targets.map((target) => {
      const ours = tasks.filter(({ task }) => targetOfTask(task) === target && !own.has(task));
      const remains = ours.filter((task) => isWork(task, marks.length === 0));
      const waiting = ours.flatMap(({ verdict, message }) =>
        verdict === 'outdated' && message ? [message] : [],
      );
      return [target, { remains, waiting }];
    }),
  );
}

/** Before the records are there (`strict` is false), a step that only looks is no work. */
function isWork({ verdict, commands, files, refusals }: PlannedTask, strict: boolean): boolean {
  if (verdict === 'blocked') return true;
  return verdict === 'stale' && (strict || commands.length + files.length + refusals.length > 0);
}

/** The guests' own steps, after their marks; what they rest on is taken as it stands. */
function graphOf(opened: Place, targets: readonly string[], marks: readonly PhxTask[]) {
  const named = new Set(targets);
  const tasks = [...marks.filter(({ target }) => named.has(target)), ...opened.graph.tasks].filter(
    ({ target }) => named.has(target),
  );
  const known = new Set(tasks.map(({ id }) => id));
  return new TaskGraph(
    tasks.map((task) => {
      const mark = marks.find(({ target, id }) => target === task.target && id !== task.id);
      const first = mark !== undefined && task.id === `${task.target}/define`;
      const before = task.dependencies.filter((edge) => known.has(edge.task));
      return {
        ...task,
        dependencies: first ? [...before, { task: mark.id, kind: 'order' as const }] : before,
      };
    }),
  );
}

async function run(
  io: Io,
  opened: Place,
  targets: readonly string[],
  marks: readonly PhxTask[],
  words: readonly string[],
  options: { readonly json?: boolean; readonly verbose?: boolean },
): Promise<ExitName> {
  const graph = graphOf(opened, targets, marks);
  const all = new Set(graph.order);
  const kind = options.json ? 'quiet' : options.verbose ? 'plain' : 'quiet';
  const reporter = await createReporter(kind, options.json ? io.err : io.out, { now: io.clock });
  const log = new CommandLog(join(opened.cacheDir, 'log'), opened.run);
  const emit = (event: RunEvent) => {
    log.event(event);
    // What came of it the plan says; here only what went wrong is told.
    if (event.type === 'summary' && event.failed + event.blocked === 0 && kind === 'quiet') return;
    reporter.event(event, io.clock());
  };
  try {
    const jobs = opened.phoenix.jobs ?? 4;
    const tasks = graph.order.map((at) => {
      const { id, target, title } = graph.at(at);
      return { task: id, target, title };
    });
    const { label: host, kind: hostKind } = opened.host;
    emit({ type: 'planned', run: opened.run, host, hostKind, jobs, tasks });
    const engine = { run: opened.run, words: ['adopt', ...words], jobs, keepGoing: true };
    const selection = { shown: all, demanded: all, forced: new Set<number>() };
    const place = { ...opened, graph, stamps: withoutMarks(opened.stamps, marks) };
    return exitOf(await runOn(io, place, selection, engine, emit));
  } finally {
    reporter.close();
    log.close();
  }
}

/** That a guest was marked is seen in it: nothing to record. */
function withoutMarks(below: StampStore, marks: readonly PhxTask[]): StampStore {
  const own = new Set(marks.map(({ id }) => id));
  return {
    get: (task) => (own.has(task) ? undefined : below.get(task)),
    put: (stamp) => {
      if (!own.has(stamp.task)) below.put(stamp);
    },
    all: () => below.all(),
    commit: () => below.commit(),
  };
}
