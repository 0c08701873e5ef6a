/** The tasks of an opened project with what they wait for, marked by verdict, as the views draw them. It changes nothing. */

import type { GraphDocument } from '../view/document.ts';
import { examinerOf } from './examiner.ts';
import type { Io } from './io.ts';
import type { Opened } from './open.ts';

/** `shown`: indices of tasks. */
export function graphDocument(io: Io, opened: Opened, shown: ReadonlySet<number>): GraphDocument {
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
