/** Conformance: the twin answers these recordings of Proxmox VE 8.4 alike. Steps left out are named with the reason. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadRecording, type ReplayOptions, replay } from './replay.ts';

/** Recording → steps left out, and why. */
const scenarios: Readonly<Record<string, ReplayOptions & { readonly why?: string }>> = {
  'backup-jobs': {
    skip: [22, 23],
    exitOnly: [21, 30],
    why: 'when a job runs next, which guests are in none: the twin has no calendar of them',
  },
  'backup-restore': {},
  'clone-full': {},
  'clone-linked': {},
  'conf-snapshot-sections': {},
  'ct-create-basic': {},
  'ct-create-full': { skip: [9, 10, 11, 12, 13], why: 'tools and files inside the guest' },
  'ct-create-mounts': { skip: [6, 7, 8, 9, 18], why: 'tools and files inside the guest, ls -l on the node' },
  'ct-create-odd-rootfs': {},
  'ct-create-refused-options': {},
  'ct-create-refused-target': {},
  'ct-create-start': { skip: [3, 4, 5, 7], why: 'tools inside the guest' },
  'ct-create-start-fails': {},
  'ct-destroy': {},
  'ct-formats': { skip: [13, 15, 16], why: 'pct df, pvesh' },
  'ct-power': { skip: [4, 5, 18], why: 'suspend and resume without criu, lxc debug log' },
  'ct-power-missing': { skip: [20, 21, 22, 23, 24, 25], why: 'verbs that phx never sends' },
  'ct-start-fails': {},
  'ct-hookscript': { skip: [6, 7, 8, 9, 10, 12], why: 'the twin runs no hookscript' },
  'ct-resize-errors': { exitOnly: [14], why: 'words of resize2fs' },
  'crash-create-kill': {},

  'create-parallel': {},

  'create-visible-during': {},
  'move-volume': {},
  digest: { skip: [1, 6, 7, 8, 11], why: 'pvesh' },
  'exec-env-stdin': { skip: [3, 5, 6, 9, 10, 11, 13, 14, 15, 16], why: 'shells and tools inside the guest' },
  'exec-exit-codes': {},
  'exec-parallel': {},
  'flow-gpu-raw-config': { skip: [3, 7, 10], why: 'ls and sh inside the guest' },
  'flow-two-nets-one-mistake': {},
  'flow-recreate': {},
  'fw-by-hand': {
    skip: [5, 6, 7, 14, 15, 17, 18, 20],
    errOnly: [4, 13],
    why: 'pvesh; of the ruleset the twin prints the rules only',
  },
  'lock-each': {},
  'push-basics': { skip: [7, 10, 12, 14, 17, 18, 20, 22, 24], why: 'ls, ln and scripts inside the guest' },
  'push-errors': { skip: [15, 18], why: 'ls -l on the node' },
  pveam: { skip: [5, 6, 8], exitOnly: [0, 10, 16], why: 'the recorded node is offline, sizes' },
  'pvesm-config': {},
  'pvesm-config-types': {},
  'pveum-acl': {
    instead: {
      12: 'pveum user permissions tool@pve --path /vms/901 --output-format json',
      13: 'pveum user permissions missing@pve --output-format json',
    },
  },
  'pveum-groups-roles': { skip: [12, 13, 21], why: 'pvesh' },
  'pveum-tokens': {
    skip: [19],
    why: 'pvesh',
    instead: {
      20: 'pveum user token add tool@pve api --privsep 1 --output-format json',
      24: 'pveum acl list --output-format json',
    },
  },
  'pveum-users': {
    skip: [20, 21],
    why: 'pvesh',
    instead: { 29: 'pveum passwd withpass@pve --password another-horse' },
  },
  'set-bad-bridge-stopped': {},
  'set-delete-keys': {},
  'set-idempotency': {},
  'set-mp-stopped': {},
  'set-nameserver-running': {},
  'raw-lxc-lines': { skip: [12, 13, 15, 16, 17, 18, 19], why: 'values of a wrong type by hand' },
  'set-net-bad-bridge': {},
  'set-net-bad-bridge-replug': {},
  'set-net-running': { skip: [5], why: 'ip inside the guest' },
  'set-rootfs-literal': {},
  'set-running-hotplug': { skip: [7], why: 'grep inside the guest' },
  'set-running-pending': { skip: [13], why: 'grep inside the guest' },
  'set-stopped': {},
  'set-tags-description': { skip: [10], why: 'pvesh' },
  'snap-errors': {},
  'snap-running': {},
  'snap-stopped': {},
  'start-parallel-same': {},
  'pvesm-status': {
    exitOnly: [5, 12, 13],
    why: 'sizes of templates and of qcow2 files',
  },
  'storage-zfs-lvm': {
    skip: [10, 12],
    exitOnly: [0, 3, 6, 9, 11, 13, 22],
    instead: { 3: 'pvesm add lvmthin thin --vgname other --thinpool data', 12: 'true' },
    why: 'the recorded machine has neither zpool nor LVM; the twin has pve/data',
  },
  'storage-dir-options': { skip: [39], why: 'pvesh' },
  'template-refusals': {},
  'vm-cloudinit-dump': {},
  'vm-cloudinit-update': {},
  'vm-crash': { instead: { 2: 'true' }, why: 'dd fills the image that is to be imported' },
  'vm-create-refused': {},
  'vm-disks': {},
  'vm-guest-exec': {
    skip: [0, 1, 5, 6, 8],
    exitOnly: [13],
    files: {
      '/var/lib/phx/images/guest.img': 'phx-twin download https://example.org/debian-12.img\n',
      '/var/lib/vz/snippets/guest.yaml': '#cloud-config\nhostname: guest\npackages: [qemu-guest-agent]\n',
    },
    instead: {
      0: 'qm create 100 --memory 256 --agent 1 --scsi0 local:0,import-from=/var/lib/phx/images/guest.img --ide2 local:cloudinit --cicustom user=local:snippets/guest.yaml',
    },
    why: 'the recorded guest is a kernel with a RAM disk of its own; shells inside; what its agent can do',
  },
  'vm-import': {},
  'vm-locks': {},
  'vm-power': { exitOnly: [15], why: 'the lock that a shutdown in vain waits for' },
  'vm-resize': {},
  'vm-snapshots': {},
  'vm-template-clone': {},
  'vzdump-modes': { skip: [25], why: 'pvesh' },
  'vzdump-snapshot': {
    skip: [7],
    instead: { 11: 'rm /var/lib/vz/dump/vzdump-lxc-900-<TIME>.tar.zst.protected' },
    why: 'the table of a dry prune',
  },
};

for (const [name, options] of Object.entries(scenarios)) {
  test(`recording ${name}`, async () => {
    assert.deepEqual(await replay(loadRecording(name), options), []);
  });
}
