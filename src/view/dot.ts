/** A graph in the DOT language of Graphviz, one cluster a target. Pure; it knows DOT's quoting, and nothing else. */
import { type GraphDocument, ordered, stepName, verdictMarks, verdicts, verdictWords } from './document.ts';

const styles: Readonly<Record<(typeof verdicts)[number], string>> = {
  unknown: 'style="rounded,dotted"',
  fresh: 'style="rounded,filled", fillcolor="#e6f4ea", color="#1e7e34"',
  stale: 'style="rounded,filled,bold", fillcolor="#fff4ce", color="#9a6700"',
  outdated: 'style="rounded,filled,dashed", fillcolor="#e7e7f7", color="#5a5aa8"',
  blocked: 'style="filled,bold", peripheries=2, fillcolor="#fde7e9", color="#b3261e"',
};

const arrowStyle = {
  result: '',
  order: ' [style=dashed]',
  after: ' [style=dotted constraint=false]',
} as const;

/** The text of a graph; solid arrows for results, dashed ones for mere order, dotted ones for what holds nothing up. The legend is the graph's label. */
export function dotView(document: GraphDocument): string {
  const known = new Set(document.nodes.map(({ id }) => id));
  const legend = [
    verdicts.map((verdict) => `${verdictMarks[verdict]} ${verdictWords[verdict]}`).join('    '),
    'solid arrow: its result is read by    dashed arrow: comes before',
  ];
  const lines = [
    'digraph phx {',
    '  rankdir=LR;',
    `  graph [fontname="sans-serif", labelloc=b, labeljust=l, label="${legend.map(escaped).join('\\l')}\\l"];`,
    '  node [shape=box, fontname="sans-serif"];',
  ];
  for (const [target, nodes] of ordered(document)) {
    lines.push(`  subgraph ${dotId(`cluster_${target}`)} {`, `    label=${dotId(target)};`);
    for (const node of nodes) {
      const label = dotId(`${verdictMarks[node.verdict]} ${stepName(node)}`);
      lines.push(
        `    ${dotId(node.id)} [label=${label}, tooltip=${dotId(node.title)}, ${styles[node.verdict]}];`,
      );
    }
    lines.push('  }');
  }
  for (const { from, to, kind } of document.edges) {
    if (!known.has(from) || !known.has(to)) continue;
    lines.push(`  ${dotId(from)} -> ${dotId(to)}${arrowStyle[kind]};`);
  }
  return `${[...lines, '}'].join('\n')}\n`;
}

/** A quoted DOT name or label for any text; different texts have different names. */
export function dotId(text: string): string {
  return `"${escaped(text)}"`;
}

/** The text that a name of `dotId` was made from. */
export function dotText(quoted: string): string {
  return quoted
    .slice(1, -1)
    .replace(/\\u([0-9a-f]{4});|\\(.)/g, (_, code: string | undefined, char: string) => {
      if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
      return char === 'n' ? '\n' : char;
    });
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is written out
const control = /[\u0000-\u001f]/g;

function escaped(text: string): string {
  const line = text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
  return line.replace(control, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')};`);
}
