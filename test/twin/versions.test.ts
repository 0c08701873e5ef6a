/** Proxmox's interface takes of a guest what the tools of the same version take. */

import { test } from 'node:test';
import { recordedNode } from '../conformance/node.ts';
import { type Scene, tell } from './story.ts';

const storages = { local: 'dir', 'local-btrfs': 'btrfs' };
const path = '/nodes/pve';
const unknown = (line: string, name: string): Scene => [
  line,
  { exit: 255, err: new RegExp(`^Unknown option: ${name}\n400 unable to parse option\n`) },
];

test('what came with 9.2 is unknown to the paths of an older node, and taken by those of a newer one', async () => {
  const make = [
    'pct create 900 local:vztmpl/alpine-3.20-default_20240908_amd64.tar.gz --rootfs local-btrfs:1',
    'qm create 100',
  ].map((line): Scene => [line]);
  await tell(await recordedNode(storages), [
    ...make,
    unknown(`pvesh set ${path}/lxc/900/config --entrypoint /init`, 'entrypoint'),
    unknown(`pvesh create ${path}/lxc --vmid 901 --ostemplate x --ha-managed 1`, 'ha-managed'),
    unknown(`pvesh set ${path}/qemu/100/config --allow-ksm 0`, 'allow-ksm'),
  ]);
  await tell(await recordedNode(storages, { 'pve-manager': '9.2.3' }), [
    ...make,
    [`pvesh set ${path}/lxc/900/config --entrypoint /init`],
    [`pvesh get ${path}/lxc/900/config --output-format json`, { out: /"entrypoint":"\/init"/ }],
    [`pvesh set ${path}/qemu/100/config --allow-ksm 0`],
    [`pvesh get ${path}/qemu/100/config --output-format json`, { out: /"allow-ksm":0/ }],
  ]);
});
