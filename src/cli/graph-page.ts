/** Gathers what the page of a graph shows: tasks with verdicts, inputs and last runs, and who reads which file. It changes nothing. */

import { join } from 'node:path';
import type { LoadedConfig } from '../config/load.ts';
import { printArgv } from '../core/error.ts';
import { type PastRun, pastRun } from '../core/history.ts';
import type { Verdict } from '../core/judge.ts';
import type { GraphPage, GraphPageTask, PastTask } from '../page/graph-page.ts';
import { reasonWords } from '../report/reason.ts';
import { type GraphDocument, ordered, stepName } from '../view/document.ts';
import { endOfLog } from './command-log.ts';
import { editsOf } from './edits.ts';
import { examinerOf } from './examiner.ts';
import { graphDocument } from './graph-document.ts';
import type { GlobalOptions, Io } from './io.ts';
import { type Opened, openNode } from './open.ts';

/** The graph of everything, as it stands now. */
export async function currentGraph(io: Io, options: GlobalOptions): Promise<GraphPage> {
  const opened = await openNode(io, options);
  try {
    const all = new Set(opened.graph.order);
    return await graphPage(io, opened, graphDocument(io, opened, all));
  } finally {
    await opened.history.close();
    await opened.host.close();
  }
}

export async function graphPage(io: Io, opened: Opened, document: GraphDocument): Promise<GraphPage> {
  const examiner = examinerOf(io, opened);
  const nodes = [...ordered(document).values()].flat();
  const places = new Map(nodes.map(({ id }, at) => [id, at]));
  const waits = nodes.map((): { task: number; kind: GraphPageTask['waits'][number]['kind'] }[] => []);
  for (const { from, to, kind } of document.edges) {
    const [before, after] = [places.get(from), places.get(to)];
    if (before !== undefined && after !== undefined) waits[after]?.push({ task: before, kind });
  }
  const past = await pastRuns(
    opened,
    nodes.map(({ id }) => id),
  );
  const tasks = nodes.map((node, at): GraphPageTask => {
    const { id, title, target, verdict } = node;
    const index = opened.graph.index.get(id);
    const examined = index === undefined ? undefined : examiner.examine(index);
    const last = lastRun(opened, id, past);
    return {
      ...{ id, title, target, verdict, step: stepName(node), waits: waits[at] ?? [] },
      because: examined ? becauseOf(examined.verdict) : [],
      reads: examined?.fingerprint ?? {},
      leaves: examined?.outputs ?? {},
      ...(last ? { last } : {}),
    };
  });
  return {
    ...{ name: opened.phoenix.name, host: opened.host.label, at: io.clock(), tasks },
    names: namesOf(opened.config),
    edits: await editsOf(opened.config, tasks),
  };
}

function namesOf({ fleet }: LoadedConfig): Record<string, string> {
  const names = Object.values(fleet.guests).flatMap((guest) => {
    const name = guest.kind === 'ct' ? guest.hostname : guest.name;
    return name === undefined
      ? []
      : [[`${guest.kind === 'ct' ? 'ctid' : 'vmid'}:${guest.id}`, name] as const];
  });
  return Object.fromEntries(names);
}

function becauseOf(verdict: Verdict): string[] {
  if (verdict.verdict === 'fresh') return [];
  if (verdict.verdict === 'stale') return verdict.because.map(reasonWords);
  if (verdict.verdict === 'outdated') return [verdict.message];
  const { title, facts, hint, command } = verdict.problem;
  return [
    title,
    ...facts.map(([label, value]) => `${label}: ${value}`),
    ...(hint ? [hint] : []),
    ...(command ? [command] : []),
  ];
}

/** The runs that the records of these tasks tell of, as far as their journals are still there. */
async function pastRuns(
  { stamps, history }: Opened,
  ids: readonly string[],
): Promise<ReadonlyMap<string, PastRun>> {
  const names = new Set(ids.flatMap((id) => stamps.get(id)?.run ?? []));
  const runs = new Map<string, PastRun>();
  for (const run of names) {
    const entries = await history.read(run);
    if (entries) runs.set(run, pastRun(run, entries));
  }
  return runs;
}

function lastRun(
  { stamps, cacheDir }: Opened,
  id: string,
  past: ReadonlyMap<string, PastRun>,
): PastTask | undefined {
  const stamp = stamps.get(id);
  if (stamp === undefined) return undefined;
  const { run, state, at, ms, error } = stamp;
  const commands = past.get(run)?.tasks.find(({ task }) => task === id)?.commands ?? [];
  return {
    ...{ run, state, at, ms },
    ...(error ? { error: error.title } : {}),
    commands: commands.map(({ argv, exit, ms: took }) => ({
      words: printArgv(argv),
      ...(exit === undefined ? {} : { exit }),
      ...(took === undefined ? {} : { ms: took }),
    })),
    said: endOfLog(join(cacheDir, 'log', run), id),
  };
}
