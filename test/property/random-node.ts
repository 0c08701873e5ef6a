/** A small node for random guests: built once on the twin, copied for each of them. */

import assert from 'node:assert/strict';
import type { Fleet } from '../../src/config/fleet.ts';
import { Bench, tasksOf } from '../bench.ts';
import { load } from '../config/project.ts';
import type { GuestText } from './random-guest.ts';

/** `config/hypervisor.json5`. */
export const nodeText = JSON.stringify({
  network: {
    bridges: {
      vmbr0: { address: '10.0.0.13/24', gateway: '10.0.0.1', ports: ['eno1'], vlanAware: true },
      vmbr1: {},
    },
  },
  zfs: {
    pools: { tank: { raid: 'single', disks: ['/dev/disk/by-id/a'] } },
    datasets: { 'tank/ct': {}, 'tank/vm': {}, 'tank/files': {} },
  },
  storage: {
    ct: { type: 'zfspool', pool: 'tank/ct', content: ['rootdir'] },
    vm: { type: 'zfspool', pool: 'tank/vm', content: ['images'] },
    files: { type: 'dir', path: '/tank/files', content: ['rootdir', 'images'] },
    iso: { type: 'dir', path: '/tank/files/iso', content: ['vztmpl', 'iso', 'snippets'] },
  },
  templates: { 'ubuntu-24.04-standard_24.04-2_amd64.tar.zst': { storage: 'iso' } },
  images: { noble: { url: 'https://example.org/noble.img' } },
  firewall: { enabled: true, policyIn: 'ACCEPT' },
});

/** The node with one guest, or with none. */
export async function fleetWith(guest?: GuestText): Promise<Fleet> {
  const file =
    guest === undefined ? {} : { [`config/guests/${guest.id}-random.json5`]: JSON.stringify(guest) };
  return (await load({ 'config/hypervisor.json5': nodeText, ...file })).fleet;
}

/** The node, built, without a guest. */
export async function builtNode(): Promise<Bench> {
  const fleet = await fleetWith();
  // The newest Proxmox VE, so that no key is refused; with cards to hand through.
  const bench = Bench.fresh(fleet, { pve: '9.2', gpus: 2 });
  const { troubles } = await bench.run(await tasksOf(fleet), ['all']);
  assert.deepEqual(troubles, []);
  for (const name of ['a', 'b'])
    await bench.twin.writeFile(`/tank/files/iso/snippets/${name}.sh`, '#!/bin/sh\n', { mode: 0o755 });
  await bench.twin.writeFile('/tank/files/iso/template/iso/x.iso', 'iso\n');
  return bench;
}
