/** A task graph as a document that every rendering starts from. It knows no task and no engine. */

/** How a task stands; `unknown` where nobody has asked. */
export type NodeVerdict = 'fresh' | 'stale' | 'outdated' | 'blocked' | 'unknown';

export interface GraphNode {
  /** Task id, such as `ctid:950/configure`. */
  readonly id: string;
  readonly title: string;
  /** What the task belongs to, such as `ctid:950`. */
  readonly target: string;
  readonly verdict: NodeVerdict;
}

export interface GraphEdge {
  /** The task that must come first. */
  readonly from: string;
  /** The task that waits for it. */
  readonly to: string;
  /** `result`: what `from` left is an input of `to`; `order`: it only comes first; `after`: only where both run. */
  readonly kind: 'result' | 'order' | 'after';
}

/** The document; `phx graph --format json` prints it as it is. */
export interface GraphDocument {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** A mark for each verdict; they differ in shape, so that no colour is needed. */
export const verdictMarks: Readonly<Record<NodeVerdict, string>> = {
  fresh: '✓',
  stale: '●',
  outdated: '~',
  blocked: '!',
  unknown: '?',
};

/** What each verdict means, for the legends. */
export const verdictWords: Readonly<Record<NodeVerdict, string>> = {
  fresh: 'fresh',
  stale: 'stale, a run would do it',
  outdated: 'outdated, kept',
  blocked: 'blocked, needs a person',
  unknown: 'not judged',
};

/** The verdicts, worst last. */
export const verdicts: readonly NodeVerdict[] = ['unknown', 'fresh', 'stale', 'outdated', 'blocked'];

/** The document as text; its keys have a fixed order. */
export function jsonView(document: GraphDocument): string {
  const nodes = document.nodes.map(({ id, title, target, verdict }) => ({ id, title, target, verdict }));
  const edges = document.edges.map(({ from, to, kind }) => ({ from, to, kind }));
  return `${JSON.stringify({ nodes, edges }, undefined, 2)}\n`;
}

/** The step of a task, as its target shows it: the id without the target. */
export function stepName(node: GraphNode): string {
  return node.id.startsWith(`${node.target}/`) ? node.id.slice(node.target.length + 1) : node.id;
}

/**
 * The nodes of each target, both in an order in which what must come first stands first wherever that is possible;
 * among equals in the order of the document. An edge to a node that is not in the document is left out, a circle is
 * broken at its earliest node.
 */
export function ordered(document: GraphDocument): Map<string, GraphNode[]> {
  const groups = new Map<string, GraphNode[]>();
  const nodes = new Map(document.nodes.map((node) => [node.id, node]));
  const targets = [...new Set(document.nodes.map(({ target }) => target))];
  const between: (readonly [string, string])[] = [];
  for (const { from, to } of document.edges) {
    const [a, b] = [nodes.get(from)?.target, nodes.get(to)?.target];
    if (a !== undefined && b !== undefined && a !== b) between.push([a, b]);
  }
  const ids = topological(
    document.nodes.map(({ id }) => id),
    document.edges.map(({ from, to }) => [from, to]),
  );
  for (const target of topological(targets, between)) groups.set(target, []);
  for (const id of ids) {
    const node = nodes.get(id);
    if (node) groups.get(node.target)?.push(node);
  }
  return groups;
}

/** Kahn's order, stable; when only circles are left, the earliest name of them goes next. */
function topological(names: readonly string[], edges: readonly (readonly [string, string])[]): string[] {
  const rank = new Map(names.map((name, at) => [name, at]));
  const waits = names.map(() => 0);
  const after: number[][] = names.map(() => []);
  for (const key of new Set(edges.map((edge) => JSON.stringify(edge)))) {
    const [from, to] = JSON.parse(key) as [string, string];
    const [a, b] = [rank.get(from), rank.get(to)];
    if (a === undefined || b === undefined || a === b) continue;
    after[a]?.push(b);
    waits[b] = (waits[b] ?? 0) + 1;
  }
  const done = names.map(() => false);
  const result: string[] = [];
  const ready = names.map((_, at) => at).filter((at) => waits[at] === 0);
  let earliest = 0;
  while (result.length < names.length) {
    let at = ready.shift();
    if (at === undefined) {
      while (done[earliest]) earliest++;
      at = earliest;
    }
    if (done[at]) continue;
    done[at] = true;
    result.push(names[at] ?? '');
    for (const next of after[at] ?? []) {
      waits[next] = (waits[next] ?? 0) - 1;
      if (waits[next] === 0 && !done[next]) ready.splice(insertAt(ready, next), 0, next);
    }
  }
  return result;
}

function insertAt(ascending: readonly number[], value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
