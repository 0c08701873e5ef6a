/** The renderings of a graph: by tables, and by random names read back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type GraphDocument,
  type GraphEdge,
  jsonView,
  type NodeVerdict,
  ordered,
  verdictMarks,
  verdicts,
} from '../../src/view/document.ts';
import { dotId, dotText, dotView } from '../../src/view/dot.ts';
import { mermaidId, mermaidText, mermaidView } from '../../src/view/mermaid.ts';
import { textView } from '../../src/view/text.ts';

const node = (id: string, verdict: NodeVerdict = 'fresh') => ({
  id,
  title: `does ${id}`,
  target: id.replace(/\/.*/, ''),
  verdict,
});
const edge = (from: string, to: string, kind: GraphEdge['kind'] = 'result'): GraphEdge => ({
  from,
  to,
  kind,
});

const small: GraphDocument = {
  nodes: [
    node('ctid:950/start'),
    node('ctid:950/configure', 'stale'),
    node('ctid:950/define'),
    node('ctid:900/snapshot:ready', 'outdated'),
    node('ctid:900/define', 'blocked'),
    node('hypervisor/zfs/dataset:quickOS/lxc'),
    node('hypervisor/nvidia'),
  ],
  edges: [
    edge('ctid:950/define', 'ctid:950/configure'),
    edge('ctid:950/configure', 'ctid:950/start', 'order'),
    edge('ctid:950/define', 'ctid:950/start'),
    edge('ctid:900/define', 'ctid:900/snapshot:ready'),
    edge('ctid:900/snapshot:ready', 'ctid:950/define', 'order'),
    edge('hypervisor/zfs/dataset:quickOS/lxc', 'ctid:900/define', 'order'),
    edge('hypervisor/nvidia', 'ctid:950/start', 'order'),
    edge('hypervisor/nvidia', 'ctid:950/start', 'result'),
  ],
};

test('text: a tree for each target, in the order of work', () => {
  assert.equal(
    textView(small),
    `✓ hypervisor  2 fresh: zfs/dataset:quickOS/lxc, nvidia
  ctid:900  1 blocked · 1 outdated
  ├─ ! define  ← hypervisor/zfs/dataset:quickOS/lxc
  └─ ~ snapshot:ready
  ctid:950  1 stale · 2 fresh
  ├─ ✓ define  ← ctid:900/snapshot:ready
  ├─ ● configure
  └─ ✓ start  ⇐ hypervisor/nvidia  ← hypervisor/nvidia

  ✓ fresh   ● stale, a run would do it   ~ outdated, kept   ! blocked, needs a person   ⇐ reads the result of   ← comes after
`,
  );
  assert.match(textView(small, { all: true }), / {2}hypervisor {2}2 fresh\n {2}├─ ✓ zfs/);
  assert.equal(textView({ nodes: [], edges: [] }), '  no tasks\n\n\n');
});

test('text: branches inside a target are named, and odd names steer nothing', () => {
  const text = textView({
    nodes: [
      node('h/a', 'stale'),
      node('h/b'),
      node('h/c'),
      node('x\u001b[2J/y', 'stale'),
      node('x\u001b[2J/z'),
    ],
    edges: [edge('h/a', 'h/b'), edge('h/a', 'h/c')],
  });
  assert.match(text, /├─ ✓ b\n {2}└─ ✓ c {2}⇐ a\n/);
  assert.equal(text.includes('\u001b'), false);
});

test('text: two hundred tasks fit a screen', () => {
  const steps = [
    'define',
    'configure',
    'volumes',
    'start',
    'network',
    'feature:base_setup',
    'feature:docker',
    'app',
    'health',
  ];
  const guests = Array.from({ length: 22 }, (_, at) => `ctid:${900 + at}`);
  const nodes = guests.flatMap((guest) => steps.map((step) => node(`${guest}/${step}`, 'unknown')));
  const edges = guests.flatMap((guest) =>
    steps.slice(1).map((step, at) => edge(`${guest}/${steps[at]}`, `${guest}/${step}`)),
  );
  edges.push(...guests.slice(1).map((guest) => edge('ctid:900/health', `${guest}/define`, 'order')));
  const lines = textView({ nodes, edges }, { columns: 80 }).split('\n');
  assert.equal(lines.length, guests.length + 3);
  for (const line of lines.slice(0, -3)) assert.ok(line.length <= 80, line);
  assert.match(lines[1] ?? '', /^\? ctid:901 {2}9 unknown: define, configure, .*… {2}← ctid:900$/);
  const stale = nodes.map((one) =>
    one.id === 'ctid:905/start' ? { ...one, verdict: 'stale' as const } : one,
  );
  assert.equal(textView({ nodes: stale, edges }).split('\n').length, guests.length + 3 + steps.length);
});

test('mermaid: subgraphs, two kinds of arrows, a legend', () => {
  const lines = mermaidView(small).split('\n');
  assert.equal(lines[0], 'flowchart LR');
  for (const line of [
    '  subgraph t_ctid_3a_950["ctid:950"]',
    '    n_ctid_3a_950_2f_configure["● configure"]:::stale',
    '  n_ctid_3a_950_2f_define --> n_ctid_3a_950_2f_configure',
    '  n_ctid_3a_950_2f_configure -.-> n_ctid_3a_950_2f_start',
    '  subgraph legend["legend"]',
    '  classDef stale fill:#fff4ce,stroke:#9a6700,stroke-width:2px,color:#111',
  ])
    assert.ok(lines.includes(line), line);
  assert.match(
    mermaidView({ nodes: [node('a/"q"<b>#`x`\n')], edges: [] }),
    /\["✓ a\/#34;q#34;#60;b#62;#35;#96;x#96; "\]/,
  );
});

test('dot: clusters, two kinds of arrows, a legend', () => {
  const text = dotView(small);
  for (const part of [
    'subgraph "cluster_ctid:950" {',
    'label="ctid:950";',
    '"ctid:950/configure" [label="● configure", tooltip="does ctid:950/configure", style=',
    '"ctid:950/define" -> "ctid:950/configure";',
    '"ctid:950/configure" -> "ctid:950/start" [style=dashed];',
    '✓ fresh    ● stale',
  ])
    assert.ok(text.includes(part), part);
  assert.match(dotView({ nodes: [node('a/"b\\')], edges: [] }), /"a\/\\"b\\\\" \[label="✓ \\"b\\\\"/);
});

test('json is the document itself', () => {
  assert.deepEqual(JSON.parse(jsonView(small)), small);
});

test('marks differ without colour', () => {
  assert.equal(new Set(verdicts.map((verdict) => verdictMarks[verdict])).size, verdicts.length);
});

const ids = fc.uniqueArray(
  fc.oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.stringMatching(/^[\\"n_a3:/-]{0,6}$/)),
  { maxLength: 12 },
);

test('any names are read back from mermaid and dot, each its own', () => {
  fc.assert(
    fc.property(ids, (names) => {
      const nodes = names.map((id) => ({ id, title: id, target: id.slice(0, 2), verdict: 'fresh' as const }));
      const document = { nodes, edges: names.slice(1).map((id, at) => edge(names[at] ?? '', id)) };
      const mermaid = [...mermaidView(document).matchAll(/^ {4}(n_\w*)\[/gm)].map((match) => match[1] ?? '');
      assert.equal(new Set(mermaid).size, names.length);
      assert.deepEqual(mermaid.map(mermaidText).sort(), [...names].sort());
      const dot = [...dotView(document).matchAll(/^ {4}("(?:[^"\\]|\\.)*") \[label=/gms)].map(
        (match) => match[1] ?? '',
      );
      assert.deepEqual(dot.map(dotText).sort(), [...names].sort());
      for (const name of names) {
        assert.equal(dotText(dotId(name)), name);
        assert.equal(mermaidText(mermaidId('n', name)), name);
        assert.match(mermaidId('n', name), /^\w+$/);
      }
    }),
  );
});

test('order: every node once, what comes first stands first, circles end', () => {
  const names = Array.from({ length: 9 }, (_, at) => `t${at % 3}/${at}`);
  const pair = fc.tuple(fc.nat(8), fc.nat(8));
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 20 }), fc.boolean(), (pairs, acyclic) => {
      const edges = pairs
        .map(([a, b]) => (acyclic ? [Math.min(a, b), Math.max(a, b)] : [a, b]) as [number, number])
        .filter(([a, b]) => a !== b)
        .map(([a, b]) => edge(names[a] ?? '', names[b] ?? ''));
      const document = {
        nodes: [...names].reverse().map((id) => node(id)),
        edges: [...edges, edge('gone/x', 't0/0')],
      };
      const groups = [...ordered(document).values()].map((group) => group.map(({ id }) => id));
      assert.deepEqual(groups.flat().sort(), [...names].sort());
      if (!acyclic) return;
      for (const group of groups)
        for (const { from, to } of edges)
          if (group.includes(from) && group.includes(to)) assert.ok(group.indexOf(from) < group.indexOf(to));
    }),
  );
});
