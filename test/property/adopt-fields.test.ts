/** Every field that a guest's file can have comes back when it is adopted: the file is forgotten, and made of what stands. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Fleet } from '../../src/config/fleet.ts';
import { ConfigError } from '../../src/config/problem.ts';
import { Bench, repository, sampleOf, tasksOf } from '../bench.ts';
import { everything, seed } from '../faults/seed.ts';
import { adoptAll, unmark } from './adopting.ts';
import type { FieldEdit } from './fields.ts';
import { edits } from './guest-fields.ts';
import { richVm } from './rich-vm.ts';
import { edits as vmEdits } from './vm-fields.ts';

const secrets = {
  digest: (reference: string) => `hmac:${reference}`,
  reveal: (reference: string) => `secret of ${reference}`,
};

/** The sample's node and defaults, without a guest, and without what speaks of one. */
const files = Object.fromEntries(
  ['hypervisor', 'defaults'].map((name) => {
    const text = readFileSync(join(repository, 'config', `${name}.json5`), 'utf8');
    return [`config/${name}.json5`, text.replace(/guests: \[[\d, ]+\]/, "guests: 'all'")];
  }),
);

/** What a run without records waits for in vain, of a guest that runs all the same: it is told so. */
const unreachable = ['net0.link_down'];

async function prove(
  id: number,
  edit: FieldEdit,
  load: (set: readonly string[]) => Promise<Fleet>,
  built: Bench,
): Promise<void> {
  if (edit.set.some((path) => /^(guests|hypervisor)\./.test(path))) return;
  if ([edit.field].flat().some((field) => unreachable.includes(field))) return;
  let fleet: Fleet;
  try {
    fleet = await load(edit.set.map((path) => `guests.${id}.${path}`));
  } catch (error) {
    if (error instanceof ConfigError) return;
    throw error;
  }
  const bench = built.copy();
  const { troubles } = await bench.run(await tasksOf(fleet), [id < 8000 ? `ctid:${id}` : `vmid:${id}`], {
    terms: { secrets },
  });
  if (troubles.length > 0) return;
  proven++;
  await unmark(bench, id);
  const adopted = await adoptAll(bench, [id], files);
  const text = adopted.proposal.drafts[0]?.printed.text ?? `refused: ${adopted.proposal.refused.get(id)}`;
  assert.deepEqual(
    { troubles: adopted.troubles, sent: adopted.sent, again: adopted.again },
    { troubles: [], sent: [], again: [] },
    text,
  );
}

let proven = 0;

const tables = [
  [952, edits, (set: readonly string[] = []) => sampleOf([900, 902, 952, 953], set), { pve: '9.2' }],
  [8001, vmEdits, richVm, { pve: '9.2' }],
] as const;

for (const [id, rows, load, hardware] of tables) {
  const fleet = await load();
  const built = Bench.fresh(fleet, hardware);
  const first = await built.run(await tasksOf(fleet), ['all'], { terms: { secrets } });
  assert.deepEqual(first.troubles, []);
  await built.twin.writeFile('/fastData/shared-iso/snippets/hook.sh', '#!/bin/sh\n', { mode: 0o755 });
  // Each of them by PHX_FAULTS=all.
  for (const row of rows.filter((_, at) => everything || (at + seed) % 3 === 0))
    test(`${id} with ${[row.field].flat().join(', ').slice(0, 60)}: ${row.set.join(' ').slice(0, 80)}`, () =>
      prove(id, row, load, built));
}

test('most rows lead to a guest that is built, and so can be adopted', () => assert.ok(proven > 50));
