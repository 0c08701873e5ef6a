/** `phx graph`, `why`, `status` and `list`: what the one judge says now. They look and never write. */

import { type ExitName, PhxError } from '../../core/error.ts';
import type { Reason } from '../../core/event.ts';
import { Examiner } from '../../core/examine.ts';
import type { Verdict } from '../../core/judge.ts';
import { selectTasks } from '../../core/target.ts';
import { reasonWords } from '../../report/reason.ts';
import type { GraphDocument } from '../../view/document.ts';
import { digestFile } from '../engine.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { type Opened, openGraph, openNode, openProject } from '../open.ts';
import { orphansOf } from '../orphans.ts';

function examinerOf(io: Io, opened: Opened) {
  return new Examiner({ ...opened, digestFile, env: (name) => io.env[name], forced: new Set() });
}

export interface GraphOptions extends GlobalOptions {
  readonly format: string;
}

/** `phx graph [targets]`: the tasks with what they rest on, marked by verdict. */
export async function graph(io: Io, targets: readonly string[], options: GraphOptions): Promise<ExitName> {
  const opened = await openNode(io, options);
  const named = selectTasks(opened.graph, targets.length > 0 ? targets : ['all'], opened.tags);
  const document = graphDocument(io, opened, opened.graph.closure(named));
  const draw = await viewOf(options.format);
  io.out.write(draw(document));
  return 'ok';
}

async function viewOf(format: string): Promise<(document: GraphDocument) => string> {
  if (format === 'text') return (await import('../../view/text.ts')).textView;
  if (format === 'mermaid') return (await import('../../view/mermaid.ts')).mermaidView;
  if (format === 'dot') return (await import('../../view/dot.ts')).dotView;
  if (format === 'json') return (await import('../../view/document.ts')).jsonView;
  throw new PhxError('usage', {
    title: `There is no graph format ${format}`,
    hint: 'Formats: text, mermaid, dot, json.',
    command: 'phx graph --format mermaid',
  });
}

function graphDocument(io: Io, opened: Opened, shown: ReadonlySet<number>): GraphDocument {
  const examiner = examinerOf(io, opened);
  const { graph } = opened;
  const within = graph.toGraphlib(shown);
  return {
    nodes: graph.order
      .filter((at) => shown.has(at))
      .map((at) => {
        const { id, title, target } = graph.at(at);
        return { id, title, target, verdict: examiner.examine(at).verdict.verdict };
      }),
    edges: within
      .edges()
      .map(({ v, w }) => ({ from: v, to: w, kind: within.edge(v, w) as 'result' | 'order' })),
  };
}

/** `phx why <task>`: its verdict, every reason, what it reads, and when it last ran. */
export async function why(
  io: Io,
  words: readonly string[],
  options: GlobalOptions & { json?: boolean },
): Promise<ExitName> {
  const opened = await openNode(io, options);
  const selected = selectTasks(opened.graph, words, opened.tags);
  const examiner = examinerOf(io, opened);
  const answers = opened.graph.order
    .filter((at) => selected.has(at))
    .map((at) => {
      const { id, title } = opened.graph.at(at);
      const { verdict, fingerprint, outputs } = examiner.examine(at);
      const stamp = opened.stamps.get(id);
      return { task: id, title, ...verdict, reads: fingerprint, leaves: outputs, last: stamp };
    });
  if (options.json) {
    io.out.write(`${JSON.stringify(answers, null, 2)}\n`);
    return 'ok';
  }
  for (const { task, title, reads, leaves, last, ...verdict } of answers) {
    io.out.write(
      [
        `${task}  ${verdict.verdict}  (${title})`,
        ...verdictLines(verdict).map((line) => `  ${line}`),
        `  last run  ${last ? `${new Date(last.at).toISOString()}, ${last.state}, ${(last.ms / 1000).toFixed(1)}s` : 'never'}`,
        ...table('reads', reads),
        ...table('leaves', leaves),
        '',
      ].join('\n'),
    );
  }
  return 'ok';
}

function verdictLines(verdict: Verdict): string[] {
  if (verdict.verdict === 'stale')
    return verdict.because.map((reason: Reason) => `because  ${reasonWords(reason)}`);
  if (verdict.verdict === 'outdated') return [`because  ${verdict.message}`];
  if (verdict.verdict === 'fresh') return ['nothing that it reads has changed, and what it left stands'];
  const { title, facts, hint, command } = verdict.problem;
  return [
    `because  ${title}`,
    ...facts.map(([label, value]) => `         ${label}: ${value}`),
    ...(hint ? [hint] : []),
    ...(command ? [`→ type: ${command}`] : []),
  ];
}

function table(title: string, entries: Readonly<Record<string, string>>): string[] {
  const keys = Object.keys(entries);
  const width = Math.max(0, ...keys.map((key) => key.length));
  return keys.map(
    (key, at) => `  ${at === 0 ? title.padEnd(8) : ' '.repeat(8)}  ${key.padEnd(width)}  ${entries[key]}`,
  );
}

/** `phx status [targets]`: a line a target, with what is not fresh. */
export async function status(
  io: Io,
  targets: readonly string[],
  options: GlobalOptions & { json?: boolean },
): Promise<ExitName> {
  const opened = await openNode(io, options);
  const selected = selectTasks(opened.graph, targets.length > 0 ? targets : ['all'], opened.tags);
  const examiner = examinerOf(io, opened);
  const rows = [...opened.graph.targets].flatMap(([target, tasks]) => {
    const own = tasks.filter((at) => selected.has(at));
    if (own.length === 0) return [];
    const judged = own.map((at) => ({
      task: opened.graph.at(at).id,
      verdict: examiner.examine(at).verdict.verdict,
    }));
    const guest = opened.facts.current().guests.get(Number(target.split(':')[1]));
    const state = guest ? (guest.running ? 'running' : 'stopped') : target === 'hypervisor' ? 'up' : 'absent';
    return [{ target, state, tasks: judged }];
  });
  const orphans = orphansOf(opened, opened.facts.current());
  if (options.json) {
    io.out.write(`${JSON.stringify({ host: opened.host.label, targets: rows, orphans }, null, 2)}\n`);
    return 'ok';
  }
  io.out.write(`phx · ${opened.host.label}\n`);
  const width = Math.max(...rows.map(({ target }) => target.length));
  for (const { target, state, tasks } of rows) {
    const fresh = tasks.filter(({ verdict }) => verdict === 'fresh').length;
    const rest = tasks.filter(({ verdict }) => verdict !== 'fresh');
    const listed = rest.slice(0, 4).map(({ task, verdict }) => `${task.slice(target.length + 1)} ${verdict}`);
    const more = rest.length > 4 ? [`${rest.length - 4} more`] : [];
    io.out.write(
      `  ${target.padEnd(width)}  ${state.padEnd(7)}  ${`${fresh}/${tasks.length} fresh`.padEnd(11)}  ${[...listed, ...more].join(', ')}\n`,
    );
  }
  for (const orphan of orphans) io.out.write(`  ${orphan}  left the configuration; it stays as it is\n`);
  return 'ok';
}

/** `phx list [targets]`: what can be named; asks no host. */
export async function list(
  io: Io,
  targets: readonly string[],
  options: GlobalOptions & { json?: boolean },
): Promise<ExitName> {
  const planned = await openGraph(await openProject(io, options));
  const { graph, tags, config } = planned;
  const selected = selectTasks(graph, targets.length > 0 ? targets : ['all'], tags);
  const rows = [...graph.targets].flatMap(([target, tasks]) => {
    const own = tasks.filter((at) => selected.has(at)).map((at) => graph.at(at).id.slice(target.length + 1));
    const guest = config.fleet.guests[target.split(':')[1] ?? ''];
    const name = guest ? (guest.kind === 'ct' ? guest.hostname : guest.name) : '';
    return own.length > 0 ? [{ target, name, tags: guest?.tags ?? [], steps: own }] : [];
  });
  if (options.json) {
    io.out.write(`${JSON.stringify(rows, null, 2)}\n`);
    return 'ok';
  }
  const wide = (values: string[]) => Math.max(0, ...values.map((value) => value.length));
  const targetWidth = wide(rows.map(({ target }) => target));
  const nameWidth = wide(rows.map(({ name }) => name));
  for (const { target, name, tags: own, steps } of rows) {
    const labels = own.map((tag) => `tag:${tag}`).join(' ');
    io.out.write(
      `${target.padEnd(targetWidth)}  ${name.padEnd(nameWidth)}  ${String(steps.length).padStart(3)} tasks  ${labels}\n`,
    );
    if (targets.length > 0) for (const step of steps) io.out.write(`  ${target}/${step}\n`);
  }
  const unbuilt = Object.values(config.fleet.guests)
    .filter((guest) => guest.kind === 'vm')
    .map(({ id }) => `vmid:${id}`);
  if (unbuilt.length > 0 && !rows.some(({ target }) => target.startsWith('vmid:'))) {
    io.out.write(`checked, but not built by any plugin yet: ${unbuilt.join(', ')}\n`);
  }
  return 'ok';
}
