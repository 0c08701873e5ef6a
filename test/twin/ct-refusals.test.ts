/** Containers beyond the recordings: refusals and what is left, in the words and the order of pve-container 5.3.5. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Twin } from '../../src/twin/twin.ts';
import { recordedNode } from '../conformance/node.ts';
import { type Scene, tell } from './story.ts';

const template = 'local:vztmpl/alpine-3.20-default_20240908_amd64.tar.gz';
const made: Scene = [`pct create 900 ${template} --rootfs local-btrfs:1`];
const node = () => recordedNode({ local: 'dir', 'local-btrfs': 'btrfs', tank: 'btrfs' });
const no = (line: string, err: string, exit = 255): Scene => [line, { exit, err: `${err}\n` }];

/** A parameter that is refused: its name and the reason, alone. */
const wrong = (line: string, ...reasons: string[]): Scene => {
  const verb = line.split(' ')[1] ?? '';
  const given = reasons.map((reason) => `${reason}\n`).join('');
  const escaped = given.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return [
    line,
    { exit: 255, err: new RegExp(`400 Parameter verification failed\\.\\n${escaped}pct ${verb} `) },
  ];
};

async function conf(twin: Twin, id: number): Promise<string> {
  return (await twin.readFile(`/etc/pve/lxc/${id}.conf`)) ?? '';
}

test('of wrong names in delete and revert the first is told, after lock and digest', async () => {
  await tell(await node(), [
    made,
    no('pct set 901 --delete bogus', "Configuration file 'nodes/pve/lxc/901.conf' does not exist", 2),
    wrong('pct set 900 --delete bogus,foo --revert nope', "revert: unknown option 'nope'"),
    wrong('pct set 900 --delete bogus,foo', "delete: unknown option 'bogus'"),
    wrong('pct set 900 --delete net32', "delete: unknown option 'net32'"),
    wrong(
      'pct set 900 --swap 1 --revert swap',
      "revert: you can't use '-swap' and '-revert swap' at the same time",
    ),
    wrong(
      'pct set 900 --delete swap --revert swap',
      "delete: you can't use '-delete swap' and '-revert swap' at the same time",
    ),
    wrong(
      'pct config 900 --snapshot s1 --current',
      "current: cannot use 'snapshot' parameter with 'current'",
      "snapshot: cannot use 'snapshot' parameter with 'current'",
    ),
    ['pct set 900 --lock backup'],
    no('pct set 900 --delete bogus', 'CT is locked (backup)'),
  ]);
});

test('values are looked at when they are set, and what cannot be applied is told and not written', async () => {
  const twin = await node();
  await tell(twin, [
    made,
    no(
      'pct set 900 --net0 name=eth0,bridge=vmbr0,mtu=9000',
      "net0: MTU size '9000' is bigger than bridge MTU '1500'",
    ),
    no('pct set 900 --dev0 mode=0666', 'Path has to be defined'),
    no('pct set 900 --hookscript local:iso/x.iso', "'local:iso/x.iso' is not in the snippets directory"),
    wrong(
      'pct set 900 --dev0 /srv/x',
      'dev0: invalid format - format error',
      'dev0.path: invalid format - /srv/x is not a valid device path',
      '',
      '',
    ),
    wrong('pct set 900 --timezone Etc/UTC', "timezone: invalid format - invalid time zone 'Etc/UTC'", ''),
    ['pvesm set tank --content images'],
    no('pct set 900 --mp0 tank:1,mp=/a', "storage 'tank' does not allow content type 'rootdir' (Container)"),
    ['pvesm set tank --content rootdir --disable 1'],
    [
      'pct set 900 --mp0 tank:1,mp=/a --memory 64',
      {
        exit: 255,
        err: /^unable to apply pending change mp0 : storage 'tank' is disabled\n400 Parameter verification failed\.\nmp0: unable to apply/,
      },
    ],
    ['pct set 900 --net0 name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,firewall=yes'],
    ['pct set 900 --mp1 local-btrfs:1,mp=/b,backup=on,ro=off'],
    ['pct set 900 --net1 name=eth1', { exit: 2, err: /line 130\.\nbridge '' does not exist\n$/ }],
  ]);
  assert.match(await conf(twin, 900), /^memory: 512\nmp1: \S+,mp=\/b,backup=1,ro=0,size=1G\n/m);
  assert.match(await conf(twin, 900), /^net0: \S+,firewall=1,hwaddr=/m);
});

test('a failed hotplug leaves what went before it pending, and only the first ten interfaces can be unplugged', async () => {
  const twin = await node();
  const net = (n: number, bridge: string) =>
    `--net${n} name=eth${n},bridge=${bridge},hwaddr=BC:24:11:00:00:0${n % 10}`;
  await tell(twin, [
    made,
    ['pct start 900'],
    wrong(
      `pct set 900 ${net(1, 'vmbr0')} ${net(2, 'vmbr9')} --tags x`,
      "net2: unable to hotplug net2: bridge 'vmbr9' does not exist",
      '',
    ),
  ]);
  assert.match(
    await conf(twin, 900),
    /\nnet1: .*\n[\s\S]*\ntags: x\n\n\[pve:pending\]\nnet1: .*\nnet2: .*\n$/,
  );
  await tell(twin, [
    ['pct set 900 --revert net1,net2'],
    [`pct set 900 ${net(12, 'vmbr0')} --console 0`],
    ['pct stop 900'],
    ['pct start 900'],
    ['pct set 900 --delete net12,console'],
    ['pct pending 900', { out: /^del net12: /m }],
    ['pct config 900', { out: /^console: 0$/m }],
  ]);
});

test('a volume belongs to the container whose number it bears, and unused ones are counted as Proxmox does', async () => {
  const twin = await node();
  const [own, other] = ['local-btrfs:900/vm-900-disk-1.raw', 'local-btrfs:901/vm-901-disk-0.raw'];
  await tell(twin, [
    made,
    [`pct create 901 ${template} --rootfs local-btrfs:1`],
    [`pct set 900 --mp0 local-btrfs:1,mp=/a --mp1 ${other},mp=/b`],
    no(
      'pct resize 900 mp1 +1G',
      "can't resize mount point owned by another container (901) at /usr/share/perl5/PVE/API2/LXC.pm line 2190.",
    ),
    ['pct set 900 --delete mp1'],
    ['pct set 900 --delete unused0', { err: `ignore deletion of '${other}', CT 900 isn't the owner!\n` }],
    ['pct set 900 --delete mp0'],
    // What is mounted in the same breath is not freed.
    [`pct set 900 --mp2 ${own},mp=/c --delete unused0`, { err: '' }],
    ['pct snapshot 900 s1'],
    ['pct snapshot 900 s2'],
    ['pct set 900 --delete mp2'],
    ['pct set 900 --delete unused0'],
    ['pct delsnapshot 900 s1'],
    ['pct config 900', { out: new RegExp(`\nunused1: ${own}\n`) }],
    ['pct rollback 900 s2'],
    ['pct config 900', { out: new RegExp(`\nmp2: ${own},mp=/c,size=1G\n(?!.*unused)`, 's') }],
  ]);
  assert.ok(twin.state().volumes[own] && twin.state().volumes[other]);
});

test('snapshots of templates, reserved names, and templates of what cannot be one', async () => {
  await tell(await node(), [
    made,
    no('pct snapshot 900 vzdump', "unable to use snapshot name 'vzdump' (reserved name)"),
    ['pct snapshot 900 s1'],
    ['pct set 900 --template 1'],
    no('pct template 900', 'unable to create template, because CT contains snapshots'),
    no('pct rollback 900 s1', "you can't rollback if vm is a template"),
    no('pct delsnapshot 900 s1', "you can't delete a snapshot if vm is a template"),
    no('pct template 900', 'CT is locked (snapshot-delete)'),
    ['mkdir -p /srv/share'],
    [`pct create 901 ${template} --rootfs local-btrfs:1 --mp0 /srv/share,mp=/s --unprivileged 1`],
    ['pct template 901', { err: "unable to parse volume ID '/srv/share'\n" }],
    ['pct mount 901'],
    ['pct start 901'],
    ['pct stop 901'],
    ['pct unmount 901'],
    ['pct set 901 --rootfs local-btrfs:901/vm-901-disk-0.raw,quota=1'],
    no('pct start 901', 'Quotas are not supported by unprivileged containers.'),
  ]);
});

test('what is looked at before a container is made, cloned, moved or restored', async () => {
  const twin = await node();
  await tell(twin, [
    [
      `pct create 900 ${template} --rootfs 1 --storage local-btrfs --arch i386 --ostype debian --unused0 local:x`,
      {
        out: /got unexpected ostype \(alpine != debian\)\n$/,
        err: "ignoring 'unused0', cannot create/restore with unused volume\n",
      },
    ],
    no(
      `pct create 901 ${template} --mp0 local-btrfs:1,mp=/a`,
      "mount points configured, but 'rootfs' not set - aborting",
    ),
    no(
      'pct create 901 local:iso/x.iso --rootfs local-btrfs:1',
      "unable to use volume local:iso/x.iso - content type needs to be 'vztmpl'",
    ),
    no('pct clone 900 901 --target other', "no such cluster node 'other'"),
    ['pct snapshot 900 s1 --description then'],
    ['pct clone 900 901 --snapname s1'],
    ['pct config 901', { out: /^description: then%0A$/m }],
    wrong(
      'pct move-volume 900 rootfs',
      "storage: both 'storage' and 'target-vmid' missing, either needs to be set",
      "target-vmid: both 'storage' and 'target-vmid' missing, either needs to be set",
    ),
    no('pct move-volume 900 rootfs tank 901', 'either set storage or target-vmid, but not both'),
    no(
      'pct move-volume 900 unused0 tank',
      "cannot move volume 'unused0', only configured volumes can be moved to another storage",
    ),
    no(
      'pct move-volume 900 rootfs tank --delete',
      "you can't move a volume with snapshots and delete the source",
    ),
    no('pct move-volume 901 rootfs nostore', "storage 'nostore' does not exist"),
    ['pct set 901 --mp0 local-btrfs:1,mp=/a,backup=1'],
    ['vzdump 901 --storage local --compress zstd'],
    ['pct start 901'],
  ]);
  const [archive = ''] = Object.keys(twin.state().files).filter((path) => /vzdump-lxc.*zst$/.test(path));
  const volid = `local:backup/${archive.split('/').at(-1)}`;
  await tell(twin, [
    no(`pct restore 901 ${volid} --force`, "can't overwrite running container"),
    ['pct stop 901'],
    ['pct set 901 --lock backup'],
    no(`pct restore 901 ${volid} --force`, 'unable to restore CT 901 - CT is locked (backup)'),
    [`pct create 903 ${volid} --restore 1 --rootfs local-btrfs:2 --password secret --hostname back`],
    ['pct config 903', { out: /^hostname: back\n(?!.*mp0).*rootfs: \S+,size=2G\n/ms }],
  ]);
});

test('through pvesh a container is refused before its task where Proxmox does, and within it elsewhere', async () => {
  const at = '/nodes/pve/lxc/900';
  await tell(await node(), [
    made,
    no(`pvesh create ${at}/status/stop`, 'CT 900 not running'),
    no(
      `pvesh create ${at}/snapshot --snapname current`,
      "unable to use snapshot name 'current' (reserved name)",
    ),
    [
      'pvesh create /nodes/pve/lxc/955/snapshot --snapname s1',
      { out: /^UPID:/, err: "Configuration file 'nodes/pve/lxc/955.conf' does not exist\n" },
    ],
    no(`pvesh set ${at}/resize --disk rootfs --size 1M`, 'unable to shrink disk size'),
    no(`pvesh create ${at}/clone --newid 900`, "CT 900 already exists on node 'pve'"),
    [`pvesh create ${at}/snapshot --snapname s1`, { out: /^UPID:/ }],
    [`pvesh set ${at}/snapshot/s1/config --description new`],
    [
      `pvesh get ${at}/snapshot/s1/config --output-format json`,
      { out: /"description":"new\\n".*"snaptime":\d+,/ },
    ],
    ['pct set 900 --lock backup'],
    no(`pvesh delete ${at}`, 'CT is locked (backup)'),
  ]);
});

test('lines by hand: old names are kept, what is no line of a section goes, values are looked at when they are shown', async () => {
  const twin = await node();
  const text =
    'arch: amd64\nlxc.utsname: x\ndelete: memory\nfoo-bar: 1\nhostname: a_b\nmemory: 64\nostype: alpine\nrootfs: local-btrfs:0\n';
  await twin.writeFile('/etc/pve/lxc/901.conf', text);
  await tell(twin, [
    [
      'pct status 901',
      {
        err: [
          'vm 901 - lxc.utsname is deprecated and was renamed to lxc.uts.name',
          "vm 901 - property 'delete' is only allowed in [pve:pending]",
          'vm 901 - unable to parse config: foo-bar: 1',
          "vm 901 - unable to parse value of 'hostname' - value does not look like a valid DNS name\n",
        ].join('\n'),
      },
    ],
    ['pct config 901', { exit: 255, err: /400 Result verification failed\nhostname: invalid format/ }],
    ['pct set 901 --hostname good'],
  ]);
  assert.equal(
    await conf(twin, 901),
    'arch: amd64\nhostname: good\nmemory: 64\nostype: alpine\nrootfs: local-btrfs:0\nlxc.utsname: x\n',
  );
});
