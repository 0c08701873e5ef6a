/** `phx graph`: the tasks and what they wait for, marked by verdict. It looks and never writes. */

import { type ExitName, PhxError } from '../../core/error.ts';
import { selectTasks } from '../../core/target.ts';
import type { GraphDocument } from '../../view/document.ts';
import { examinerOf } from '../examiner.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { type Opened, openNode } from '../open.ts';

export interface GraphOptions extends GlobalOptions {
  readonly format: string;
}

/** `phx graph [targets]`: the tasks with what they rest on, marked by verdict. */
export async function graph(io: Io, targets: readonly string[], options: GraphOptions): Promise<ExitName> {
  const opened = await openNode(io, options);
  const named = selectTasks(opened.graph, targets.length > 0 ? targets : ['all'], opened.tags);
  const document = graphDocument(io, opened, opened.graph.closure(named));
  const draw = await viewOf(options.format);
  io.out.write(await draw(document));
  return 'ok';
}

type View = (document: GraphDocument) => string | Promise<string>;

async function viewOf(format: string): Promise<View> {
  if (format === 'text') return (await import('../../view/text.ts')).textView;
  if (format === 'mermaid') return (await import('../../view/mermaid.ts')).mermaidView;
  if (format === 'dot') return (await import('../../view/dot.ts')).dotView;
  if (format === 'svg') return (await import('../../view/svg.ts')).svgView;
  if (format === 'json') return (await import('../../view/document.ts')).jsonView;
  throw new PhxError('usage', {
    title: `There is no graph format ${format}`,
    hint: 'Formats: text, svg, mermaid, dot, json.',
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
    edges: within.edges().map(({ v, w }) => ({
      from: v,
      to: w,
      kind: within.edge(v, w) as GraphDocument['edges'][number]['kind'],
    })),
  };
}
