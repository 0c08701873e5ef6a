/** Whatever is asked of the twin, it answers: it never throws, its confs stay printable, its volumes are accounted for. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseConf, printConf } from '../../src/proxmox/conf.ts';
import { furnished, run, template } from './node.ts';

const ids = fc.constantFrom('900', '901', '902');
const names = fc.constantFrom('s1', 's2');
const settings = fc.constantFrom(
  '--memory 600',
  '--cores 2',
  '--delete cores',
  '--mp0 quickOS-lxc:1,mp=/d',
  '--delete mp0',
  '--delete unused0',
  '--features nesting=1',
  '--revert features',
  '--net0 name=eth0,bridge=vmbr0',
  '--net0 name=eth0,bridge=vmbr9',
  '--delete net0',
  '--protection 1',
  '--protection 0',
  '--lock backup',
  '--description a:b',
  '--tags b,a',
);

const vmSettings = fc.constantFrom(
  '--memory 600',
  '--delete memory',
  '--scsi1 quickOS-lxc:1',
  '--scsi1 local:1,format=qcow2',
  '--virtio0 quickOS-lxc:0,import-from=/var/lib/phx/images/noble.img',
  '--delete scsi1',
  '--delete unused0',
  '--delete unused0 --force 1',
  '--scsi0 none',
  '--ide2 quickOS-lxc:cloudinit',
  '--delete ide2',
  '--ciuser ops',
  '--cicustom user=local:snippets/none.yaml',
  '--delete cicustom',
  '--net0 virtio,bridge=vmbr0',
  '--net0 virtio,bridge=vmbr9',
  '--delete net0',
  '--revert scsi1,net0,memory',
  '--agent 1',
  '--lock backup',
  '--protection 1',
  '--protection 0',
  '--boot order=scsi0',
);

const vmCommands = fc.oneof(
  ids.map((id) => `qm create ${id} --scsi0 quickOS-lxc:0,import-from=/var/lib/phx/images/noble.img`),
  ids.map((id) => `qm create ${id} --scsi0 local:1,format=qcow2 --ide2 local:cloudinit --start 1`),
  fc.tuple(ids, vmSettings).map(([id, setting]) => `qm set ${id} ${setting}`),
  fc
    .tuple(
      ids,
      ids,
      fc.constantFrom('', ' --full 1', ' --full 0', ' --snapname s1', ' --full 1 --storage local'),
    )
    .map(([a, b, how]) => `qm clone ${a} ${b}${how}`),
  fc
    .tuple(
      fc.constantFrom(
        'start',
        'stop',
        'shutdown',
        'reboot',
        'reset',
        'suspend',
        'resume',
        'template',
        'unlock',
      ),
      ids,
    )
    .map((pair) => `qm ${pair.join(' ')}`),
  ids.map((id) => `qm suspend ${id} --todisk 1`),
  fc
    .tuple(fc.constantFrom('snapshot', 'rollback', 'delsnapshot'), ids, names)
    .map((words) => `qm ${words.join(' ')}`),
  ids.map((id) => `qm snapshot ${id} s1 --vmstate 1`),
  ids.map((id) => `qm destroy ${id} --skiplock 1`),
  ids.map((id) => `qm resize ${id} scsi0 +1G`),
  ids.map((id) => `qm move-disk ${id} scsi0 local`),
  ids.map((id) => `qm importdisk ${id} /var/lib/phx/images/noble.img quickOS-lxc`),
  ids.map((id) => `qm guest exec ${id} -- cloud-init status`),
  fc.constantFrom('qm list', 'qm rescan'),
);

const commands = fc.oneof(
  ids.map((id) => `pct create ${id} ${template} --rootfs quickOS-lxc:2 --unprivileged 1`),
  fc.tuple(ids, settings).map(([id, setting]) => `pct set ${id} ${setting}`),
  fc
    .tuple(ids, ids, fc.constantFrom('', ' --full', ' --snapname s1'))
    .map(([a, b, how]) => `pct clone ${a} ${b}${how}`),
  fc
    .tuple(fc.constantFrom('start', 'stop', 'shutdown', 'reboot', 'template', 'unlock'), ids)
    .map((pair) => `pct ${pair.join(' ')}`),
  fc
    .tuple(fc.constantFrom('snapshot', 'rollback', 'delsnapshot'), ids, names)
    .map((words) => `pct ${words.join(' ')}`),
  ids.map((id) => `pct destroy ${id} --force`),
  ids.map((id) => `pct resize ${id} rootfs +1G`),
  fc.constantFrom('pct list', 'reboot', 'pvesm list quickOS-lxc'),
);

test('any sequence of commands leaves a sound state', async () => {
  const property = fc.asyncProperty(fc.array(commands, { minLength: 5, maxLength: 40 }), async (lines) => {
    const twin = await furnished();
    for (let at = 0; at < lines.length; at += 2)
      await Promise.all(lines.slice(at, at + 2).map((line) => run(twin, line)));
    const volumes = (await run(twin, 'pvesm list quickOS-lxc')).stdout;
    for (const { id, lock } of twin.describe().guests) {
      const text = (await twin.readFile(`/etc/pve/lxc/${id}.conf`)) ?? '';
      assert.equal(printConf(parseConf(text)), text);
      assert.ok(lock === undefined || lock === 'backup', `${id} is left locked (${lock})`);
      for (const [, volid = ''] of text.matchAll(/^(?:rootfs|mp\d+|unused\d+): ([^,\n]+)/gm))
        assert.ok(volumes.includes(`${volid} `), `${volid} is not there`);
    }
    for (const [, owner = ''] of volumes.matchAll(/(\d+)$/gm))
      assert.ok(
        twin.describe().guests.some(({ id }) => String(id) === owner),
        `a volume of ${owner} leaks`,
      );
  });
  await fc.assert(property, { numRuns: 200, seed: 1 });
});

test('any sequence of commands for VMs, containers beside them, leaves a sound state', async () => {
  const mixed = fc.oneof({ weight: 5, arbitrary: vmCommands }, { weight: 1, arbitrary: commands });
  const property = fc.asyncProperty(fc.array(mixed, { minLength: 5, maxLength: 40 }), async (lines) => {
    const twin = await furnished();
    await twin.writeFile(
      '/var/lib/phx/images/noble.img',
      'phx-twin download https://example.org/noble.img\n',
    );
    for (let at = 0; at < lines.length; at += 2)
      await Promise.all(lines.slice(at, at + 2).map((line) => run(twin, line)));
    const { volumes, guests, workers } = twin.state();
    assert.equal(workers, undefined);
    for (const { id, kind, lock } of twin.describe().guests) {
      if (kind === 'ct') continue;
      const text = (await twin.readFile(`/etc/pve/qemu-server/${id}.conf`)) ?? '';
      assert.equal(printConf(parseConf(text, 'vm')), text);
      assert.ok(lock === undefined || /^(backup|suspended)$/.test(lock), `${id} is left locked (${lock})`);
      for (const [, volid = ''] of text.matchAll(
        /^(?:scsi|virtio|ide|unused|vmstate)\d*: ([^,\n]+:[^,\n]+)/gm,
      ))
        assert.ok(volumes[volid], `${volid} is not there:\n${text}`);
      const disk = guests[String(id)]?.disk;
      assert.ok(disk === undefined || volumes[disk], `the system of ${id} lies on no volume`);
    }
    for (const [volid, { owner }] of Object.entries(volumes)) {
      const guest = guests[String(owner)];
      assert.ok(guest, `${volid} leaks`);
      assert.ok(
        guest.kind !== 'vm' || guest.conf.includes(volid),
        `${volid} is named nowhere:\n${guest.conf}`,
      );
    }
  });
  await fc.assert(property, { numRuns: 200, seed: 1 });
});

const words = fc.oneof(
  fc.constantFrom(
    'pct',
    'qm',
    'qemu-img',
    'pvesm',
    'pveam',
    'zpool',
    'zfs',
    'apt-get',
    'systemctl',
    'sh',
    'env',
    'ip',
    'cp',
    'mv',
    'rm',
    'curl',
    'wget',
  ),
  fc.constantFrom(
    'create',
    'set',
    'get',
    'list',
    'exec',
    'push',
    'status',
    'add',
    'download',
    'install',
    'config',
    'disk',
    'guest',
    'cloudinit',
    'constructor',
  ),
  fc.constantFrom(
    '900',
    'local',
    'fast',
    'fast/lxc',
    '/etc',
    '/etc/hosts',
    '--',
    '-r',
    '-o',
    '--net0',
    '--delete',
    '--rootfs',
    '-',
    '=',
  ),
  fc.string({ maxLength: 8 }),
);

test('no command line makes the twin throw', async () => {
  const twin = await furnished();
  await run(twin, `pct create 900 ${template} --rootfs quickOS-lxc:2`);
  await run(twin, 'pct start 900');
  const property = fc.asyncProperty(
    fc.array(words, { minLength: 1, maxLength: 7 }),
    fc.string(),
    async (argv, stdin) => {
      const { exit } = await twin.run({ argv, stdin });
      assert.ok(Number.isInteger(exit) && exit >= 0 && exit < 256);
    },
  );
  await fc.assert(property, { numRuns: 2000, seed: 1 });
});
