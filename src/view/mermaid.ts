/** A graph as Mermaid text, for a README or an issue. Pure; it knows how Mermaid reads names, and nothing else. */
import { type GraphDocument, ordered, stepName, verdictMarks, verdicts, verdictWords } from './document.ts';

const styles: Readonly<Record<(typeof verdicts)[number], string>> = {
  unknown: 'stroke-dasharray:2 2',
  fresh: 'fill:#e6f4ea,stroke:#1e7e34,color:#111',
  stale: 'fill:#fff4ce,stroke:#9a6700,stroke-width:2px,color:#111',
  outdated: 'fill:#e7e7f7,stroke:#5a5aa8,stroke-dasharray:4 2,color:#111',
  blocked: 'fill:#fde7e9,stroke:#b3261e,stroke-width:3px,color:#111',
};

/** The text of a graph; one subgraph a target, solid arrows for results and dotted ones for mere order. */
export function mermaidView(document: GraphDocument): string {
  const lines = ['flowchart LR'];
  const known = new Set(document.nodes.map(({ id }) => id));
  for (const [target, nodes] of ordered(document)) {
    lines.push(`  subgraph ${mermaidId('t', target)}["${text(target)}"]`);
    for (const node of nodes) {
      const label = `${verdictMarks[node.verdict]} ${text(stepName(node))}`;
      lines.push(`    ${mermaidId('n', node.id)}["${label}"]:::${node.verdict}`);
    }
    lines.push('  end');
  }
  for (const { from, to, kind } of document.edges) {
    if (!known.has(from) || !known.has(to)) continue;
    lines.push(`  ${mermaidId('n', from)} ${kind === 'result' ? '-->' : '-.->'} ${mermaidId('n', to)}`);
  }
  lines.push('  subgraph legend["legend"]');
  for (const verdict of verdicts)
    lines.push(
      `    legend_${verdict}["${verdictMarks[verdict]} ${text(verdictWords[verdict])}"]:::${verdict}`,
    );
  lines.push('    legend_a["a"] -->|"its result is read by"| legend_b["b"]');
  lines.push('    legend_c["a"] -.->|"comes before"| legend_d["b"]');
  lines.push('  end');
  for (const verdict of verdicts) lines.push(`  classDef ${verdict} ${styles[verdict]}`);
  return `${lines.join('\n')}\n`;
}

/**
 * A name that Mermaid takes for any text: letters and digits stay, all else becomes its code between underscores
 * (`ctid:950` → `n_ctid_3a_950`). Different texts have different names.
 */
export function mermaidId(prefix: string, id: string): string {
  return `${prefix}_${id.replace(/[^A-Za-z0-9]/g, (char) => `_${char.charCodeAt(0).toString(16)}_`)}`;
}

/** The text that a name of `mermaidId` was made from. */
export function mermaidText(name: string): string {
  return name
    .slice(name.indexOf('_') + 1)
    .replace(/_([0-9a-f]+)_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

function text(label: string): string {
  return label.replace(/[^A-Za-z0-9 .:,/_✓●~!?-]/gu, (char) => {
    const code = char.codePointAt(0) ?? 32;
    return code < 32 ? ' ' : `#${code};`;
  });
}
