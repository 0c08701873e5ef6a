/** `phx graph`: the tasks and what they wait for, marked by verdict. It looks and never writes. */

import { type ExitName, PhxError } from '../../core/error.ts';
import { selectTasks } from '../../core/target.ts';
import type { GraphDocument } from '../../view/document.ts';
import { graphDocument } from '../graph-document.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { type Opened, openNode } from '../open.ts';
import { writeText } from '../write-text.ts';

export interface GraphOptions extends GlobalOptions {
  readonly format: string;
  /** A file for it, instead of the standard output. */
  readonly output?: string;
}

type View = (document: GraphDocument) => string | Promise<string>;

/** `phx graph [targets]`: the tasks with what they rest on, marked by verdict. */
export async function graph(io: Io, targets: readonly string[], options: GraphOptions): Promise<ExitName> {
  const { format, output } = options;
  if (output === undefined && io.out.isTTY && ['html', 'svg'].includes(format)) throw notForATerminal(format);
  const opened = await openNode(io, options);
  const view = await viewOf(io, opened, format);
  const named = selectTasks(opened.graph, targets.length > 0 ? targets : ['all'], opened.tags);
  const text = await view(graphDocument(io, opened, opened.graph.closure(named)));
  if (output === undefined) io.out.write(text);
  else writeText(io, output, text);
  return 'ok';
}

async function viewOf(io: Io, opened: Opened, format: string): Promise<View> {
  if (format === 'text') return (await import('../../view/text.ts')).textView;
  if (format === 'mermaid') return (await import('../../view/mermaid.ts')).mermaidView;
  if (format === 'dot') return (await import('../../view/dot.ts')).dotView;
  if (format === 'svg') return (await import('../../view/svg.ts')).svgView;
  if (format === 'html') return htmlView(io, opened);
  if (format === 'json') return (await import('../../view/document.ts')).jsonView;
  throw new PhxError('usage', {
    title: `There is no graph format ${format}`,
    hint: 'Formats: text, html, svg, mermaid, dot, json.',
    command: 'phx graph --format html -o graph.html',
  });
}

async function htmlView(io: Io, opened: Opened): Promise<View> {
  const [{ graphPage }, { assetsOf, pageText }] = await Promise.all([
    import('../graph-page.ts'),
    import('../page-assets.ts'),
  ]);
  return async (document) => {
    const data = await graphPage(io, opened, document);
    return pageText({ title: `${data.name}: graph`, data, ...assetsOf('graph') });
  };
}

function notForATerminal(format: string): PhxError {
  return new PhxError('usage', {
    title: `A graph as ${format} is not for a terminal`,
    hint: 'Say which file it is to be written to.',
    command: `phx graph --format ${format} -o graph.${format}`,
  });
}
