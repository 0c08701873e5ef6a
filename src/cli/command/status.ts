/** `phx status`: a line for each target. It looks and never writes. */

import { type ExitName, PhxError, UnreachableError } from '../../core/error.ts';
import type { Problem } from '../../core/event.ts';
import { selectTasks } from '../../core/target.ts';
import type { Heard } from '../../host/api/absent.ts';
import { type Apis, apisOf, OnlyLooked } from '../api.ts';
import { guestWords, hearOfAway, nodeWords, statesByApi } from '../api-words.ts';
import { examinerOf } from '../examiner.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { type Opened, openGraph, openNode, openProject, type Project } from '../open.ts';
import { orphansOf } from '../orphans.ts';

interface Page {
  readonly host: string;
  readonly rows: readonly Row[];
  readonly orphans: readonly string[];
  /** By the nodes whose API was asked in vain. */
  readonly problems: ReadonlyMap<string, Problem>;
}

interface Row {
  readonly target: string;
  readonly state: string;
  readonly tasks: readonly { readonly task: string; readonly verdict: string }[];
}

/** `phx status [targets]`: a line a target, with what is not fresh. */
export async function status(
  io: Io,
  targets: readonly string[],
  options: GlobalOptions & { json?: boolean },
): Promise<ExitName> {
  const project = await openProject(io, options);
  const apis = apisOf(io, project.phoenix, options);
  try {
    const page = await pageOf(io, project, targets, options, apis);
    if (options.json) io.out.write(`${JSON.stringify(documentOf(page), null, 2)}\n`);
    else print(io, page);
    return 'ok';
  } finally {
    await apis.close();
  }
}

async function pageOf(
  io: Io,
  project: Project,
  targets: readonly string[],
  options: GlobalOptions,
  apis: Apis,
): Promise<Page> {
  const words = targets.length > 0 ? targets : ['all'];
  try {
    const opened = await openNode(io, options, [], project);
    return pageOfNodes(io, opened, words, await hearOfAway(opened, apis));
  } catch (error) {
    const isAway = error instanceof UnreachableError || error instanceof OnlyLooked;
    if (!isAway || apis.all.size === 0) throw error;
    return pageByApi(io, project, words, apis, error);
  }
}

function pageOfNodes(io: Io, opened: Opened, words: readonly string[], heard: Heard): Page {
  const selected = selectTasks(opened.graph, words, opened.tags);
  const examiner = examinerOf(io, opened);
  const rows = [...opened.graph.targets].flatMap(([target, tasks]) => {
    const own = tasks.filter((at) => selected.has(at));
    if (own.length === 0) return [];
    const judged = own.map((at) => ({
      task: opened.graph.at(at).id,
      verdict: examiner.examine(at).verdict.verdict,
    }));
    return [{ target, state: stateOf(target, opened, heard), tasks: judged }];
  });
  const orphans = orphansOf(opened, opened.facts.current());
  return { host: opened.host.label, rows, orphans, problems: heard.problems };
}

/** No node can be looked at: what an API tells is all that there is. */
async function pageByApi(
  io: Io,
  project: Project,
  words: readonly string[],
  apis: Apis,
  unseen: UnreachableError | OnlyLooked,
): Promise<Page> {
  const planned = await openGraph(project);
  const { states, heard } = await statesByApi(planned, apis);
  if (!states) {
    const [first, ...others] = [...heard.problems.values()];
    if (unseen instanceof OnlyLooked && first && others.length === 0) throw new PhxError('failed', first);
    for (const problem of heard.problems.values()) io.err.write(`${inOneLine(problem)}\n`);
    throw unseen;
  }
  const selected = selectTasks(planned.graph, words, planned.tags);
  const rows = [...planned.graph.targets].flatMap(([target, tasks]) =>
    tasks.some((at) => selected.has(at))
      ? [{ target, state: states.get(target) ?? 'unknown', tasks: [] }]
      : [],
  );
  const by = [...new Set([...heard.told.values()].map((told) => told.by))].join(', ');
  const why = unseen instanceof OnlyLooked ? 'there is no other way' : unseen.problem.title;
  const host = `by the API of ${by}: ${why}`;
  return { host, rows, orphans: [], problems: heard.problems };
}

function documentOf({ host, rows, orphans, problems }: Page) {
  const vain = [...problems].map(([node, error]) => ({ node, error }));
  return { host, targets: rows, orphans, ...(vain.length === 0 ? {} : { apis: vain }) };
}

function print(io: Io, { host, rows, orphans, problems }: Page): void {
  io.out.write(`phx · ${host}\n`);
  const width = Math.max(...rows.map(({ target }) => target.length));
  const wide = Math.max(7, ...rows.map(({ state }) => state.length));
  for (const { target, state, tasks } of rows) {
    const fresh = tasks.filter(({ verdict }) => verdict === 'fresh').length;
    const rest = tasks.filter(({ verdict }) => verdict !== 'fresh');
    const listed = rest.slice(0, 4).map(({ task, verdict }) => `${task.slice(target.length + 1)} ${verdict}`);
    const more = rest.length > 4 ? [`${rest.length - 4} more`] : [];
    // By an API alone nobody knows what is fresh.
    const told =
      tasks.length === 0
        ? ''
        : `  ${`${fresh}/${tasks.length} fresh`.padEnd(11)}  ${[...listed, ...more].join(', ')}`;
    io.out.write(`  ${target.padEnd(width)}  ${state.padEnd(told === '' ? 0 : wide)}${told}\n`);
  }
  for (const orphan of orphans) io.out.write(`  ${orphan}  left the configuration; it stays as it is\n`);
  for (const problem of problems.values()) io.out.write(`  ${inOneLine(problem)}\n`);
}

function inOneLine({ title, facts }: Problem): string {
  return `${title} (${facts.map(([name, value]) => `${name} ${value}`).join(', ')})`;
}

/** `running`, in a cluster `running on pve2`. */
function stateOf(target: string, { facts, cluster, phoenix }: Opened, heard: Heard): string {
  const [kind, name = ''] = target.split(':');
  if (kind === 'hypervisor') {
    if (!cluster?.away.has(name)) return 'up';
    const words = nodeWords(name, heard);
    const node = phoenix.nodes?.[name];
    const looked = typeof node === 'object' && node.ssh === undefined;
    return words === undefined ? 'out of reach' : looked ? words : `out of reach, ${words}`;
  }
  const guest = facts.current().guests.get(Number(name));
  if (!guest) return 'absent';
  const told = guest.unknown ? guestWords(guest.id, guest.node ?? '', heard) : undefined;
  if (told !== undefined) return told;
  const state = guest.unknown ? 'unknown' : guest.running ? 'running' : 'stopped';
  return guest.node === undefined ? state : `${state} on ${guest.node}`;
}
