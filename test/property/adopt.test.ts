/** Any guest that stands can be adopted: its file says what the node has, and then there is nothing to do. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { groupOf } from '../../src/config/families.ts';
import { parseConf } from '../../src/proxmox/conf.ts';
import { tasksOf } from '../bench.ts';
import { everything, seed } from '../faults/seed.ts';
import { type Adopted, adoptAll, unmark } from './adopting.ts';
import { containers } from './random-containers.ts';
import type { GuestText } from './random-guest.ts';
import { builtNode, fleetWith, nodeText } from './random-node.ts';
import { vms } from './random-vms.ts';

const built = await builtNode();
const conf = { ct: '/etc/pve/lxc/950.conf', vm: '/etc/pve/qemu-server/950.conf' } as const;

async function prove(
  kind: 'ct' | 'vm',
  guest: GuestText,
  ours: boolean,
  defaults: GuestText | undefined,
): Promise<void> {
  const bench = built.copy();
  const target = kind === 'ct' ? 'ctid:950' : 'vmid:950';
  const { troubles } = await bench.run(await tasksOf(await fleetWith(guest)), [target]);
  assert.deepEqual(troubles, []);
  if (!ours) await unmark(bench, 950);
  const before = await bench.twin.readFile(conf[kind]);
  const adopted = await adoptAll(bench, [950], {
    'config/hypervisor.json5': nodeText,
    ...(defaults ? { 'config/defaults.json5': JSON.stringify({ [kind]: shared(defaults) }) } : {}),
  });
  const text = adopted.proposal.drafts[0]?.printed.text ?? `refused: ${adopted.proposal.refused.get(950)}`;
  assert.deepEqual(
    { troubles: adopted.troubles, sent: adopted.sent, again: adopted.again },
    { troubles: [], sent: [], again: [] },
    `${before}\n${text}`,
  );
  assert.equal(adopted.marked.length, ours ? 0 : 1);
  assert.deepEqual(lost(before ?? '', kind, adopted), [], text);
  const after = await bench.twin.readFile(conf[kind]);
  const bare = (value: string | undefined) => value?.replace(/^#phx.*\n/gm, '');
  assert.equal(bare(after), bare(before), 'nothing of it was changed but its description');
}

/** What files of several guests may have in common. */
function shared({ id: _id, kind: _kind, ...rest }: GuestText): GuestText {
  return rest;
}

/** Keys of the conf that neither the file says nor the report. */
function lost(text: string, kind: 'ct' | 'vm', { fleet, proposal }: Adopted): string[] {
  const guest = fleet.guests['950'] as unknown as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  const { disk } = guest;
  const root = `${disk?.bus ?? 'scsi'}0`;
  const left = proposal.drafts.flatMap((draft) => draft.left.map(({ key }) => key));
  return [...parseConf(text, kind).keys.keys()].filter((key) => {
    if (['meta', 'vmgenid', 'lock', 'parent'].includes(key) || (kind === 'vm' && key === root)) return false;
    const group = groupOf(kind, key);
    const said = group === undefined ? guest[key] : guest[group]?.[key];
    return said === undefined && !left.some((name) => name === key || name.startsWith(`${key}.`));
  });
}

for (const [kind, guests, runs] of [
  ['ct', containers, 25],
  ['vm', vms, 20],
] as const) {
  test(`any ${kind === 'ct' ? 'container' : 'VM'} that stands is adopted as it is`, () =>
    fc.assert(
      fc.asyncProperty(guests, fc.boolean(), fc.option(guests, { nil: undefined }), (guest, ours, defaults) =>
        prove(kind, guest, ours, defaults),
      ),
      { numRuns: everything ? runs * 20 : runs, seed },
    ));
}
