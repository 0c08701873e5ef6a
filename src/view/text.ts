/**
 * A graph as a tree for the terminal: one branch a guest, its steps in the order in which they run, and by name what
 * each waits for elsewhere. What is all fresh, or very long, is folded. Pure; colour is left to others.
 */
import {
  type GraphDocument,
  type GraphNode,
  ordered,
  stepName,
  verdictMarks,
  verdicts,
  verdictWords,
} from './document.ts';

export interface TextOptions {
  /** Width that folded lines are cut to. */
  readonly columns?: number;
  /** Shows every step of every target. */
  readonly all?: boolean;
}

/** Above so many tasks, targets whose steps all stand alike are folded, whatever their verdict. */
const many = 60;
const mostNamed = 3;
const arrows = { result: '⇐', order: '←', after: '⇠' } as const;

/** The text of a graph, ending in a line break. */
export function textView(document: GraphDocument, options: TextOptions = {}): string {
  const columns = options.columns ?? 100;
  const groups = ordered(document);
  const before = incoming(document);
  const known = new Map(document.nodes.map((node) => [node.id, node]));
  const lines: string[] = [];
  for (const [target, nodes] of groups) {
    const alike = new Set(nodes.map(({ verdict }) => verdict)).size === 1;
    const first = nodes[0];
    const fold =
      first && alike && (first.verdict === 'fresh' || document.nodes.length > many) && nodes.length > 1;
    if (fold && !options.all) {
      const steps = nodes.map((node) => label(stepName(node))).join(', ');
      const elsewhere = otherTargets(nodes, before, known);
      const after = elsewhere.length > 0 ? `  ← ${cutList(elsewhere, mostNamed)}` : '';
      const head = `${verdictMarks[first.verdict]} ${label(target)}  ${nodes.length} ${first.verdict}: `;
      lines.push(`${head}${cut(steps, Math.max(12, columns - head.length - after.length))}${after}`);
      continue;
    }
    lines.push(`  ${label(target)}  ${counts(nodes)}`);
    for (const [at, node] of nodes.entries()) {
      const branch = at === nodes.length - 1 ? '└─' : '├─';
      const waits = named(node, nodes[at - 1], before.get(node.id) ?? [], known);
      lines.push(`  ${branch} ${verdictMarks[node.verdict]} ${label(stepName(node))}${waits}`);
    }
  }
  if (lines.length === 0) lines.push('  no tasks');
  return `${[...lines, '', legend(document)].join('\n')}\n`;
}

/** The marks that occur, and the arrows, with their meaning. */
function legend(document: GraphDocument): string {
  const present = verdicts.filter((verdict) => document.nodes.some((node) => node.verdict === verdict));
  const marks = present.map((verdict) => `${verdictMarks[verdict]} ${verdictWords[verdict]}`);
  const weak = document.edges.some(({ kind }) => kind === 'after') ? ['⇠ after, where both run'] : [];
  const edges = document.edges.length > 0 ? ['⇐ reads the result of', '← comes after', ...weak] : [];
  return `  ${[...marks, ...edges].join('   ')}`.trimEnd();
}

interface Wait {
  readonly id: string;
  readonly kind: GraphDocument['edges'][number]['kind'];
}

function incoming(document: GraphDocument): Map<string, Wait[]> {
  const before = new Map<string, Wait[]>();
  for (const { from, to, kind } of document.edges) {
    const waits = before.get(to) ?? [];
    if (!waits.some((wait) => wait.id === from && wait.kind === kind)) waits.push({ id: from, kind });
    before.set(to, waits);
  }
  return before;
}

/** What a step waits for, other than the line above it in its own tree. */
function named(
  node: GraphNode,
  above: GraphNode | undefined,
  waits: readonly Wait[],
  known: ReadonlyMap<string, GraphNode>,
): string {
  const inside = waits.filter(({ id }) => known.get(id)?.target === node.target);
  const outside = waits.filter(({ id }) => known.get(id)?.target !== node.target);
  const branches = inside.some(({ id }) => id === above?.id) ? [] : inside;
  const texts = (['result', 'order', 'after'] as const).map((kind) => {
    const names = [
      ...branches.filter((wait) => wait.kind === kind).map(({ id }) => stepName(known.get(id) ?? node)),
      ...outside.filter((wait) => wait.kind === kind).map(({ id }) => id),
    ];
    return names.length === 0 ? '' : `  ${arrows[kind]} ${cutList(names.map(label), mostNamed)}`;
  });
  return texts.join('');
}

function otherTargets(
  nodes: readonly GraphNode[],
  before: ReadonlyMap<string, readonly Wait[]>,
  known: ReadonlyMap<string, GraphNode>,
): string[] {
  const targets = new Set<string>();
  for (const node of nodes) {
    for (const { id } of before.get(node.id) ?? []) {
      const target = known.get(id)?.target ?? id;
      if (target !== node.target) targets.add(label(target));
    }
  }
  return [...targets];
}

function counts(nodes: readonly GraphNode[]): string {
  const words = [...verdicts].reverse().flatMap((verdict) => {
    const number = nodes.filter((node) => node.verdict === verdict).length;
    return number === 0
      ? []
      : [`${number} ${verdict === 'unknown' ? (number === 1 ? 'task' : 'tasks') : verdict}`];
  });
  return words.join(' · ');
}

function cutList(names: readonly string[], most: number): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} +${names.length - most}` : shown;
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

function label(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a name must not steer the terminal
  return text.replace(/[\u0000-\u001f\u007f]/g, ' ');
}
