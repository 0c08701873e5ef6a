/** Refusals of `qm` and `pvesm` beyond the recordings, in the words and the order of their source (Proxmox VE 8.4). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordedNode } from '../conformance/node.ts';
import { run } from './node.ts';
import { type Scene, tell } from './story.ts';

const node = () => recordedNode({ local: 'dir', 'local-btrfs': 'btrfs', tank: 'btrfs' });

/** A parameter that is refused: its name and the reason. */
const wrong = (line: string, ...reasons: string[]): Scene => [
  line,
  {
    exit: 255,
    err: new RegExp(`^400 Parameter verification failed\\.\\n${reasons.map(literal).join('\\n+')}`),
  },
];
const no = (line: string, err: string): Scene => [line, { exit: 255, err: `${err}\n` }];

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

test('property strings that cannot be read are told before their sub-options', async () => {
  await tell(await node(), [
    wrong(
      'qm create 100 --net0 virtio,bridge=',
      'net0: invalid format - missing key in comma-separated list property',
    ),
    wrong(
      'qm create 100 --net0 virtio,bridge=a,bridge=b',
      'net0: invalid format - duplicate key in comma-separated list property: bridge',
    ),
    wrong(
      'qm create 100 --net0 virtio,e1000=BC:24:11:00:00:01',
      "net0: invalid format - key alias 'model' is already defined",
    ),
    wrong(
      'qm create 100 --ipconfig0 10.0.0.1',
      'ipconfig0: invalid format - value without key, but schema does not define a default key',
    ),
    wrong(
      'qm create 100 --cpu host,flags=+foo',
      'cpu: invalid format - VM-specific CPU flags must be a subset of: pcid, ',
    ),
    wrong('qm create 100 --cpu custom-x', "cpu: invalid format - Custom cputype 'x' not found"),
    wrong('qm create 100 --hotplug disk,bogus', "hotplug: invalid format - invalid hotplug feature 'bogus'"),
    wrong('qm create 100 --affinity 3-1', 'affinity: invalid format - unable to parse cpuset option'),
    wrong(
      'qm create 100 --cores 0 --ipconfig0 ip=10.0.0.1/4 --memory 8',
      'cores: value must have a minimum value of 1',
      'ipconfig0: invalid format - format error',
      'ipconfig0.ip: invalid format - value does not look like a valid ipv4 network configuration',
      'memory: invalid format - format error',
    ),
    [
      'qm create 100 --name=',
      { exit: 255, err: /^Option name requires an argument\n400 unable to parse option\n/ },
    ],
  ]);
});

test('drives are looked at before anything is done', async () => {
  await tell(await node(), [
    ['qm create 100 --scsi0 local:1'],
    wrong('qm set 100 --scsi1 /srv/x.img', "scsi1: unable to associate path '/srv/x.img' to any storage"),
    wrong('qm set 100 --ide0 local:iso/x.iso', "ide0: explicit 'media=cdrom' is required for iso images"),
    wrong('qm set 100 --virtio0 none,media=cdrom', 'virtio0: unable to parse drive options'),
    no('qm set 100 --scsi1 local:100/x.foo', "unable to parse volume filename 'x.foo'"),
    no('qm set 100 --scsi1 local:iso/x', "unable to parse directory volume name 'iso/x'"),
    no(
      'qm set 100 --scsi0 local:100/vm-100-disk-0.raw,format=qcow2',
      "drive 'scsi0' - volume 'local:100/vm-100-disk-0.raw' - 'format=qcow2' option different from storage format 'raw'",
    ),
    ['qm set 100 --scsi0 local:100/vm-100-disk-0.raw,ssd=yes --net0 virtio=bc:24:11:00:00:01,firewall=on'],
    ['qm config 100', { out: /net0: virtio=bc:24:11:00:00:01,firewall=1\nscsi0: \S+\.raw,size=1G,ssd=1\n/ }],
  ]);
});

test('what is set, deleted and reverted at once, and what counts as nothing', async () => {
  await tell(await node(), [
    ['qm create 100 --memory 64 --cdrom none --bootdisk scsi0'],
    no('qm set 100 --skiplock 1', 'no options specified'),
    wrong(
      'qm set 100 --memory 80 --revert memory',
      "delete: you can't use '-memory' and -revert memory' at the same time",
    ),
    wrong(
      'qm set 100 --delete memory --revert memory',
      "revert: you can't use '-delete memory' and -revert memory' at the same time",
    ),
    wrong('qm set 100 --delete net32', "delete: unknown option 'net32'"),
    wrong(
      'qm set 100 --hookscript local:snippets/none.sh',
      "hookscript: script 'local:snippets/none.sh' does not exist",
    ),
    wrong(
      'qm config 100 --current 1 --snapshot a1',
      "current: cannot use 'snapshot' parameter with 'current'",
      "snapshot: cannot use 'snapshot' parameter with 'current'",
    ),
    no('qm snapshot 100 Pending', "unable to use snapshot name 'pending' (reserved name)"),
    ['qm set 100 --boot order=ide2', { out: 'update VM 100: -boot order=ide2\n' }],
    ['qm set 100 --delete cdrom', { out: 'update VM 100: -delete cdrom\n' }],
    ['qm config 100', { out: /^boot: *\nmemory: 64\nmeta: / }],
  ]);
});

test('a paused VM does not hear a shutdown; a backup hinders neither pause nor resume', async () => {
  await tell(await node(), [
    ['qm create 100 --memory 64'],
    ['qm set 100 --lock clone'],
    ['qm reset 100', { exit: 2, err: 'VM 100 not running\n' }],
    ['qm unlock 100'],
    ['qm start 100'],
    ['qm suspend 100'],
    no('qm shutdown 100', 'VM is paused - cannot shutdown'),
    no('qm reboot 100', 'VM is paused - cannot shutdown'),
    ['qm set 100 --lock backup'],
    ['qm start 100'],
    ['qm suspend 100'],
    ['qm resume 100'],
    ['qm unlock 100'],
    ['qm suspend 100'],
    ['qm shutdown 100 --forceStop 1', { err: 'VM is paused - stop instead of shutdown\n' }],
    ['qm status 100', { out: 'status: stopped\n' }],
  ]);
});

test('a disk moves to another VM under a name of that one', async () => {
  const twin = await node();
  await tell(twin, [
    ['qm create 100 --scsi0 local:1,format=qcow2'],
    ['qm create 101 --memory 64'],
    wrong(
      'qm disk move 100 scsi0',
      "storage: both 'storage' and 'target-vmid' missing, either needs to be set",
      "target-vmid: both 'storage' and 'target-vmid' missing, either needs to be set",
    ),
    no('qm disk move 100 scsi0 local', "you can't move to the same storage with same format"),
    no('qm disk move 100 scsi1 tank', "disk 'scsi1' does not exist"),
    no(
      'qm disk move 100 scsi0 tank --digest abc',
      'detected modified configuration - file changed by other user? Try again.',
    ),
    [
      'qm disk move 100 scsi0 --target-vmid 101 --target-disk virtio1',
      {
        out: "moving disk 'scsi0' from VM '100' to '101'\nremoving disk 'scsi0' from boot order config\nremoving disk 'scsi0' from VM '100' config\nupdate VM 101: -virtio1 local:101/vm-101-disk-0.qcow2,size=1G\n",
      },
    ],
    no('qm disk move 100 scsi0 --target-vmid 101', "Disk 'scsi0' for VM '100' does not exist"),
  ]);
  const { stdout } = await run(twin, 'qm config 101');
  assert.match(stdout, /\nvirtio1: local:101\/vm-101-disk-0\.qcow2,size=1G\n/);
});

test('a storage takes the options of its type, and volumes have their names', async () => {
  await tell(await node(), [
    no('pvesm add dir store --path /srv/store --pool x', "unexpected property 'pool'"),
    ['pvesm add dir store --path /srv/store'],
    no('pvesm set store --server 10.0.0.1', "update storage failed: unexpected property 'server'"),
    no('pvesm set store --delete path', "update storage failed: unable to delete required option 'path'"),
    no('pvesm set store --delete pool', "update storage failed: no such option 'pool'"),
    no(
      'pvesm set store --shared 1 --delete shared',
      "update storage failed: cannot set and delete property 'shared' at the same time!",
    ),
    [
      'pvesm alloc store 100 vm-100-disk-0.qcow2 2G',
      { out: /^Formatting .*\nsuccessfully created 'store:100\/vm-100-disk-0\.qcow2'\n$/ },
    ],
    wrong(
      'pvesm alloc store 100 x.raw 2G --format qcow2',
      'format: different storage formats (qcow2 != raw)',
    ),
    no('pvesm alloc store 100 x 2G', "unable to parse volume filename 'x'"),
    no('pvesm path store:nonsense', "unable to parse directory volume name 'nonsense'"),
    wrong('pvesm free vm-100-disk-0.qcow2', 'volume: no storage specified - incomplete volume ID'),
    [
      'pvesm free 100/vm-100-disk-0.qcow2 --storage store',
      { out: "Removed volume 'store:100/vm-100-disk-0.qcow2'\n" },
    ],
    [
      'pvesm free store:100/vm-100-disk-0.qcow2',
      {
        out: "disk image '/srv/store/images/100/vm-100-disk-0.qcow2' does not exist\nRemoved volume 'store:100/vm-100-disk-0.qcow2'\n",
      },
    ],
  ]);
});

test('through pvesh some refusals come before there is a task, and are an exit code', async () => {
  await tell(await node(), [
    ['qm create 100 --memory 64 --protection 1'],
    ['pvesh create /nodes/pve/qemu/100/status/reboot', { exit: 2, out: '', err: /^VM 100 not running\n/ }],
    ['pvesh create /nodes/pve/qemu/100/status/reset', { exit: 2, out: '', err: 'VM 100 not running\n' }],
    no('pvesh delete /nodes/pve/qemu/100', "can't remove VM 100 - protection mode enabled"),
    no(
      'pvesh create /nodes/pve/qemu/100/snapshot --snapname current',
      "unable to use snapshot name 'current' (reserved name)",
    ),
    [
      'pvesh set /nodes/pve/qemu/100/resize --disk scsi0 --size 1G',
      { out: /^UPID:.*:resize:100:root@pam:\n$/, err: "disk 'scsi0' does not exist\n" },
    ],
    ['pvesh create /nodes/pve/qemu/100/template', { out: /^UPID:.*:qmtemplate:100:root@pam:\n$/ }],
    no('pvesh create /nodes/pve/qemu/100/template', "you can't convert a template to a template"),
  ]);
});
