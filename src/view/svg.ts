/** A graph as SVG, laid out by Graphviz compiled to WebAssembly: no system package is needed. Pure. */

import { Graphviz } from '@hpcc-js/wasm-graphviz';
import type { GraphDocument } from './document.ts';
import { dotView } from './dot.ts';

/** The picture of a graph. Graphviz takes seconds for thousands of tasks: the page (html) is made for those. */
export async function svgView(document: GraphDocument): Promise<string> {
  const graphviz = await Graphviz.load();
  return graphviz.layout(dotView(document), 'svg', 'dot');
}
