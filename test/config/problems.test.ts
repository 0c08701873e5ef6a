/** Every kind of complaint, with its exact place and words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, formatProblems } from '../../src/config/problem.ts';
import { brief, ct, type Files, load, node, problemsOf, vm } from './project.ts';

const g1 = 'config/guests/101-a.json5';
const g2 = 'config/guests/102-b.json5';
const g3 = 'config/guests/103-c.json5';
const hv = 'config/hypervisor.json5';

/** The node with backup jobs, and a storage that takes them. */
const jobs = (text: string) =>
  node
    .replace("'tank/iso': {}", "'tank/iso': {}, 'tank/safe': {}")
    .replace('  templates:', `  backups: { ${text} },\n  templates:`)
    .replace(
      '  },\n  backups',
      "    safe: { type: 'dir', path: '/tank/safe', content: ['backup'] },\n  },\n  backups",
    );

interface Case {
  readonly files: Files;
  readonly says: readonly string[];
  readonly hint?: string;
  readonly set?: readonly string[];
  readonly env?: string;
}

const cases: Readonly<Record<string, Case>> = {
  'no JSON5': {
    files: { [g1]: '{\n  id: 101\n  kind: }' },
    says: [`${g1}:3:3 this is no JSON5: invalid character 'k'`],
    hint: 'look just before this place: a comma, a quote or a colon may be missing',
  },
  'an open brace': {
    files: { [g1]: '{ id: 101,' },
    says: [`${g1}:1:11 this is no JSON5: invalid end of input`],
    hint: 'a bracket, a brace or a quote is not closed',
  },
  'a file that holds a list': { files: { [g1]: '[]' }, says: [`${g1}:1:1 the file must hold one object`] },
  'a key twice': {
    files: { [g1]: ct(101, '  cores: 1,', "  'cores': 2,") },
    says: [`${g1}:9:3 key 'cores' stands twice, first in line 8`],
    hint: 'keep one of them',
  },
  'an unknown key': {
    files: { [g1]: ct(101, '  memroy: 5,') },
    says: [`${g1}:8:3 unknown key 'memroy'`],
    hint: "did you mean 'memory'?",
  },
  'an unknown key deep inside': {
    files: { [g1]: ct(101, "  net0: { name: 'eth0', brigde: 'vmbr0', bridge: 'vmbr0' },") },
    says: [`${g1}:8:25 unknown key 'net0.brigde'`],
    hint: "did you mean 'bridge'?",
  },
  'a key of the old configuration': {
    files: { [g1]: ct(101, '  memory_mb: 5,') },
    says: [`${g1}:8:3 unknown key 'memory_mb'`],
    hint: "it is called 'memory' here (MiB)",
  },
  'an old clone key': {
    files: { [g1]: ct(101, "  clone_from_ctid: '900',") },
    says: [`${g1}:8:3 unknown key 'clone_from_ctid'`],
    hint: 'write clone: { from: <id> }',
  },
  'feature scripts under features': {
    files: { [g1]: ct(101, "  features: ['docker'],") },
    says: [`${g1}:8:13 features must be an object; found a list`],
    hint: "features are pct's flags here ({ nesting: true }); feature scripts go to layers",
  },
  'a container with a name': {
    files: { [g1]: ct(101, "  name: 'x',") },
    says: [`${g1}:8:3 unknown key 'name'`],
    hint: "a container's name is called 'hostname' here, as pct does",
  },
  'nets gathered by hand': {
    files: { [g1]: ct(101, '  nets: {},') },
    says: [`${g1}:8:3 unknown key 'nets'`],
    hint: 'write net0: {…}, net1: {…} at top level, as pct does',
  },
  'an interface that pct does not have': {
    files: { [g1]: ct(101, "  net32: { name: 'eth0', bridge: 'vmbr0' },") },
    says: [`${g1}:8:3 unknown key 'net32'`],
  },
  'a text for a number': {
    files: { [g1]: ct(101).replace('512', "'2G'") },
    says: [`${g1}:5:11 memory must be a whole number; found '2G'`],
    hint: 'a plain number of MiB: 2048',
  },
  'a fraction of a MiB': {
    files: { [g1]: ct(101).replace('512', '512.5') },
    says: [`${g1}:5:11 memory must be a whole number; found 512.5`],
  },
  'too little memory': {
    files: { [g1]: ct(101).replace('512', '1') },
    says: [`${g1}:5:11 memory must be at least 16; found 1`],
  },
  'something else than one of a few': {
    files: { [g1]: ct(101, "  state: 'runing',") },
    says: [`${g1}:8:10 state must be one of running, stopped; found 'runing'`],
    hint: "did you mean 'running'?",
  },
  'a bad host name': {
    files: { [g1]: ct(101).replace("'ct101'", "'my_ct'") },
    says: [
      `${g1}:4:13 hostname must be a host name: letters, digits and hyphens, no hyphen at an end; found 'my_ct'`,
    ],
  },
  'an address without its length': {
    files: { [g1]: ct(101, "  net0: { name: 'eth0', bridge: 'vmbr0', ip: '10.0.0.5' },") },
    says: [
      `${g1}:8:46 net0.ip must be an IPv4 address with its prefix length such as 10.0.0.5/24, 'dhcp' or 'manual'; found '10.0.0.5'`,
    ],
  },
  'a multicast MAC': {
    files: { [g1]: ct(101, "  net0: { name: 'eth0', bridge: 'vmbr0', hwaddr: '01:00:00:00:00:00' },") },
    says: [
      `${g1}:8:50 net0.hwaddr must be a unicast MAC address such as 52:54:00:AA:BB:CC; found '01:00:00:00:00:00'`,
    ],
  },
  'a layer that is neither name nor object': {
    files: { [g1]: ct(101, '  layers: [5],') },
    says: [`${g1}:8:12 layers.0 must be a name, or { name, params }; found 5`],
  },
  'two checks in one': {
    files: { [g1]: ct(101, "  health: { checks: [{ tcp: 80, unit: 'nginx' }] },") },
    says: [
      `${g1}:8:22 health.checks.0: a health check has exactly one of http, tcp, unit, file, exec, script (args only beside script)`,
    ],
  },
  'a missing key': {
    files: { [g1]: ct(101).replace('  memory: 512,\n', '') },
    says: [`${g1}:1:1 memory is missing`],
    hint: 'add it: it must be a whole number',
  },
  'a missing key inside': {
    files: { [g1]: ct(101).replace(', size: 8', '') },
    says: [`${g1}:6:3 rootfs.size is missing`],
  },
  'template and clone': {
    files: {
      [g1]: ct(101, '  clone: { from: 102 },', "  ostemplate: 'iso:vztmpl/u.tar.zst',"),
      [g2]: ct(102, "  snapshot: 's1',"),
    },
    says: [`${g1}:1:1 a container has exactly one of ostemplate, clone and adopted`],
  },
  'a snapshot of a VM template': {
    files: { [g1]: vm(101, '  template: true,', "  state: 'stopped',", "  snapshot: 's1',") },
    says: [`${g1}:1:1 a VM template has no snapshot: Proxmox refuses to make one of a VM that has snapshots`],
  },
  'a mount without a size': {
    files: { [g1]: ct(101, "  mp0: { storage: 'ct', mp: '/data' },") },
    says: [`${g1}:8:3 mp0: a mount has a size exactly when it has a storage`],
  },
  'no id': {
    files: { [g1]: ct(101).replace('  id: 101,\n', '') },
    says: [`${g1}:1:1 id is missing`],
    hint: 'add id: 101',
  },
  'an id that is not that of the file': {
    files: { [g1]: ct(101).replace('id: 101', 'id: 105') },
    says: [`${g1}:2:7 id is 105, but the file's name says 101`],
    hint: 'rename the file or correct the id',
  },
  'no kind': {
    files: { [g1]: ct(101).replace("  kind: 'ct',\n", '') },
    says: [`${g1}:1:1 kind of guest 101 is missing`],
    hint: "add kind: 'ct' for a container, kind: 'vm' for a virtual machine",
  },
  'a file without an id in its name': {
    files: { 'config/guests/web.json5': ct(101) },
    says: [`config/guests/web.json5:1:1 a guest's file is named <id>-<name>.json5`],
  },
  'two files of one id': {
    files: { [g1]: ct(101), 'config/guests/101-z.json5': ct(101) },
    says: [`config/guests/101-z.json5:2:7 guest 101 is defined twice: here and in ${g1}`],
  },
  'an unknown profile': {
    files: { [g1]: ct(101, "  extends: ['dokcer'],"), 'config/profiles/docker.json5': '{}' },
    says: [`${g1}:8:13 there is no profile 'dokcer'`],
    hint: "did you mean 'docker'?",
  },
  'profiles in a circle': {
    files: {
      [g1]: ct(101, "  extends: 'a',"),
      'config/profiles/a.json5': "{ extends: 'b' }",
      'config/profiles/b.json5': "{\n  extends: ['a'] }",
    },
    says: ['config/profiles/b.json5:2:13 profiles extend each other in a circle: a → b → a'],
  },
  'a mistake in a profile, told once': {
    files: {
      [g1]: ct(101, "  extends: 'a',"),
      [g2]: ct(102, "  extends: 'a',"),
      'config/profiles/a.json5': '{ cores: 0 }',
    },
    says: ['config/profiles/a.json5:1:10 cores must be at least 1; found 0'],
  },
  'a mistake in the defaults': {
    files: { 'config/defaults.json5': "{ ct: { swap: 'x' } }", [g1]: ct(101, '  swap: 0,') },
    says: ["config/defaults.json5:1:15 swap must be a whole number; found 'x'"],
  },
  'a mistake in --set': {
    files: { [g1]: ct(101) },
    set: ['guests.101.memory=lots'],
    says: ["--set guests.101.memory=lots:1:19 memory must be a whole number; found 'lots'"],
  },
  '--set of a guest that does not exist': {
    files: { [g1]: ct(101) },
    set: ['guests.110.memory=1024'],
    says: ['--set guests.110.memory=1024:1:19 there is no guest 110 to set a value of'],
    hint: "did you mean 'guests.101'?",
  },
  '--set without a value': {
    files: {},
    set: ['hypervisor.timezone'],
    says: ["--set hypervisor.timezone:1:1 --set wants path=value, found 'hypervisor.timezone'"],
  },
  'an unknown environment': {
    files: { 'config/env/lab/hypervisor.json5': '{}' },
    env: 'lap',
    says: ["config/env/lap:1:1 there is no environment 'lap'"],
    hint: "did you mean 'lab'?",
  },
  'a literal secret': {
    files: { [g1]: vm(101, "  cipassword: 'hunter2',") },
    says: [`${g1}:8:15 cipassword must be a reference to a secret, never the secret itself`],
    hint: "write { secret: 'env:NAME' }, { secret: 'file:/path' } or { secret: 'exec:program args' }",
  },
  'one name twice': {
    files: { [g1]: ct(101), [g2]: ct(102).replace("'ct102'", "'CT101'") },
    says: [`${g2}:4:13 name CT101 of container 102 is also that of container 101 (${g1}:4)`],
  },
  'one layer twice': {
    files: { [g1]: ct(101, "  layers: ['base', { name: 'docker' }, 'docker'],") },
    says: [`${g1}:8:40 layer docker of container 101 is named twice, in layers.1 and layers.2`],
    hint: 'keep one of them',
  },
  'one address twice': {
    files: {
      [g1]: ct(101, "  net0: { name: 'eth0', bridge: 'vmbr0', ip: '10.0.0.5/24' },"),
      [g2]: vm(102, "  net0: { model: 'virtio', bridge: 'vmbr0' },", "  ipconfig0: { ip: '10.0.0.5/24' },"),
    },
    says: [`${g2}:9:20 address 10.0.0.5 of VM 102 is also that of container 101 (${g1}:8)`],
  },
  "the node's own address": {
    files: { [g1]: ct(101, "  net0: { name: 'eth0', bridge: 'vmbr0', ip: '10.0.0.13/24' },") },
    says: [`${g1}:8:46 address 10.0.0.13 of container 101 is also that of the node's bridge vmbr0 (${hv}:2)`],
  },
  'one MAC twice': {
    files: {
      [g1]: ct(101, "  net0: { name: 'eth0', bridge: 'vmbr0', hwaddr: '52:54:00:aa:bb:cc' },"),
      [g2]: ct(102, "  net0: { name: 'eth0', bridge: 'vmbr0', hwaddr: '52:54:00:AA:BB:CC' },"),
    },
    says: [
      `${g2}:8:50 MAC address 52:54:00:AA:BB:CC of container 102 is also that of container 101 (${g1}:8)`,
    ],
  },
  'an address outside of the bridge': {
    files: { [g1]: ct(101, "  net0: { name: 'eth0', bridge: 'vmbr0', ip: '10.0.1.5/24', gw: '10.0.0.1' },") },
    says: [
      `${g1}:8:46 address 10.0.1.5/24 of container 101 is outside of its bridge's subnet 10.0.0.0/24`,
      `${g1}:8:65 gateway 10.0.0.1 of container 101 is outside of its subnet 10.0.1.0/24`,
    ],
  },
  'a bridge that does not exist': {
    files: { [g1]: ct(101, "  net0: { name: 'eth0', bridge: 'vmbr1' },") },
    says: [`${g1}:8:33 bridge vmbr1 of container 101 does not exist on the node`],
    hint: "did you mean 'vmbr0'?",
  },
  'an address for an interface that is not there': {
    files: { [g1]: vm(101, "  ipconfig1: { ip: 'dhcp' },") },
    says: [`${g1}:8:3 VM 101 has an address for net1, but no net1`],
  },
  'a clone of nothing': {
    files: { [g1]: ct(101, '  clone: { from: 112 },'), [g2]: ct(102, "  snapshot: 's1',") },
    says: [`${g1}:7:18 container 101 is cloned from guest 112, which does not exist`],
    hint: 'did you mean 102?',
  },
  'a clone of the other kind': {
    files: { [g1]: ct(101, '  clone: { from: 102 },'), [g2]: vm(102, "  snapshot: 's1',") },
    says: [`${g1}:7:18 container 101 cannot be cloned from VM 102: they are of different kinds`],
  },
  'a source that runs where no snapshot can be taken': {
    files: {
      [hv]: node
        .replace("pool: 'tank/ct', content", 'content')
        .replace("ct: { type: 'zfspool',", "ct: { type: 'dir', path: '/tank/ct',"),
      [g1]: ct(101, '  clone: { from: 102 },'),
      [g2]: ct(102, "  state: 'running',"),
    },
    says: [
      `${g1}:7:18 container 101 cannot be cloned from container 102: it is kept running, has no snapshot, and its storage 'ct' (dir) takes none of containers (${g2}:1)`,
    ],
    hint: "keep the source stopped (state: 'stopped'), make it a template, or give it another storage",
  },
  'a link of a container that is no template': {
    files: {
      [g1]: ct(101, '  clone: { from: 102, full: false },'),
      [g2]: ct(102, "  state: 'stopped',"),
    },
    says: [
      `${g1}:7:29 container 101 cannot be cloned from container 102 as a link: it is no template, and its storage 'ct' (zfspool) links templates only (${g2}:1)`,
    ],
    hint: 'leave out full: false, or say template: true for the source',
  },
  'a link onto another storage': {
    files: {
      [hv]: node.replace("content: ['images']", "content: ['images', 'rootdir']"),
      [g1]: ct(101, '  clone: { from: 102, full: false },').replace("storage: 'ct'", "storage: 'vm'"),
      [g2]: ct(102, "  state: 'stopped',", '  template: true,'),
    },
    says: [
      `${g1}:7:29 container 101 cannot be cloned from container 102 as a link: a linked clone stays on the storage of its source: 'ct', not 'vm' (${g2}:1)`,
    ],
    hint: "leave out full: false, or take 'ct' for its rootfs",
  },
  'a seal on a storage without snapshots': {
    files: {
      [hv]: node.replace("['vztmpl', 'iso', 'snippets']", "['vztmpl', 'rootdir']"),
      [g1]: ct(101, "  snapshot: 's1',", "  state: 'stopped',").replace("storage: 'ct'", "storage: 'iso'"),
    },
    says: [
      `${g1}:8:13 container 101 has a snapshot, but Proxmox takes none of containers on storage 'iso' (dir), where its rootfs lies`,
    ],
    hint: 'leave it out: a stopped source is cloned as it stands; or say template: true; or choose a storage of type zfspool, lvmthin, rbd, btrfs',
  },
  'an OCI image under another name': {
    files: {
      [hv]: node.replace(
        'templates: {',
        `templates: { 'nginx:1.tar.gz': { storage: 'iso', oci: 'docker.io/library/nginx:1@sha256:${'0'.repeat(64)}' },`,
      ),
    },
    says: [`${hv}:9:16 the file of an OCI image ends in .tar: Proxmox knows it by that`],
    hint: 'call it nginx_1.tar',
  },
  'a clone of other privilege': {
    files: {
      [g1]: ct(101, '  clone: { from: 102 },', '  unprivileged: false,'),
      [g2]: ct(102, "  snapshot: 's1',", '  unprivileged: true,'),
    },
    says: [
      `${g1}:8:17 container 101 is privileged, but its clone source container 102 is unprivileged (${g2}:9)`,
    ],
  },
  'a clone that would shrink': {
    files: {
      [g1]: ct(101, '  clone: { from: 102 },'),
      [g2]: ct(102, "  snapshot: 's1',").replace('size: 8', 'size: 16'),
    },
    says: [
      `${g1}:6:34 rootfs of container 101 (8 GiB) is smaller than that of its clone source container 102 (16 GiB, ${g2}:6)`,
    ],
    hint: 'a clone can grow, not shrink: 16 or more',
  },
  'a circle of clones and dependencies': {
    files: {
      [g1]: ct(101, '  clone: { from: 102 },', "  snapshot: 's1',"),
      [g2]: ct(102, "  snapshot: 's1',", '  dependencies: [103],'),
      [g3]: ct(103, '  clone: { from: 101 },'),
    },
    says: [`${g1}:7:18 guests wait for each other in a circle: 101 → 102 → 103 → 101`],
  },
  'a guest that waits for itself': {
    files: { [g1]: ct(101, '  dependencies: [101],') },
    says: [`${g1}:8:17 guests wait for each other in a circle: 101 → 101`],
  },
  'a dependency that does not exist': {
    files: { [g1]: ct(101, '  dependencies: [999],') },
    says: [`${g1}:8:18 container 101 depends on guest 999, which does not exist`],
  },
  'a disk in two pools, and twice in one': {
    files: {
      [hv]: node.replace(
        "pools: { tank: { raid: 'single', disks: ['/dev/disk/by-id/a'] } }",
        "pools: {\n  tank: { raid: 'stripe', disks: ['/dev/disk/by-id/a', '/dev/disk/by-id/a'] },\n  more: { raid: 'single', disks: ['/dev/disk/by-id/a'] },\n}",
      ),
    },
    says: [
      `${hv}:4:56 disk a of pool tank is named twice (${hv}:4)`,
      `${hv}:5:35 disk a of pool more is also that of pool tank (${hv}:4)`,
    ],
    hint: 'name another disk',
  },
  'too few disks': {
    files: { [hv]: node.replace("raid: 'single'", "raid: 'raidz2'") },
    says: [`${hv}:3:50 pool tank has 1 disk, raidz2 needs 3 at least`],
    hint: 'name more disks, or choose another raid',
  },
  'a single pool of two': {
    files: { [hv]: node.replace("by-id/a'", "by-id/a', '/dev/disk/by-id/b'") },
    says: [`${hv}:3:50 pool tank has 2 disks, single has one`],
    hint: "write raid: 'mirror', or 'stripe' to have none of them spare",
  },
  'two datasets at one place': {
    files: { [hv]: node.replace("'tank/vm': {}", "'tank/vm': { mountpoint: '/tank/ct' }") },
    says: [`${hv}:3:129 mount point /tank/ct of dataset tank/vm is also that of dataset tank/ct (${hv}:3)`],
    hint: 'give one of them another',
  },
  'two datasets at one place, by what lies above': {
    files: {
      [hv]: node.replace(
        "'tank/vm': {}",
        "'tank/vm': { mountpoint: '/srv' }, 'tank/vm/x': {}, 'tank/y': { mountpoint: '/srv/x' }",
      ),
    },
    says: [`${hv}:3:180 mount point /srv/x of dataset tank/y is also that of dataset tank/vm/x (${hv}:3)`],
  },
  'a property that datasets do not have': {
    files: { [hv]: node.replace("'tank/ct': {}", "'tank/ct': { recrodsize: '1M' }") },
    says: [`${hv}:3:102 unknown key 'zfs.datasets.tank/ct.recrodsize'`],
    hint: "did you mean 'recordsize'?",
  },
  'a property with a value that it does not take': {
    files: { [hv]: node.replace("'tank/ct': {}", "'tank/ct': { sync: 'allways' }") },
    says: [
      `${hv}:3:108 zfs.datasets.tank/ct.sync must be one of standard, always, disabled; found 'allways'`,
    ],
    hint: "did you mean 'always'?",
  },
  'a size of records that is no power of two, and an algorithm that there is not': {
    files: {
      [hv]: node.replace("'tank/ct': {}", "'tank/ct': { recordsize: '129K', compression: 'lz5' }"),
    },
    says: [
      `${hv}:3:114 zfs.datasets.tank/ct.recordsize must be a power of two from 512 to '16M', such as '128K'; found '129K'`,
      `${hv}:3:135 zfs.datasets.tank/ct.compression must be an algorithm such as 'lz4', 'zstd' or 'gzip-6'; found 'lz5'`,
    ],
  },
  'images that would be one file': {
    files: {
      [hv]: node.replace(
        "noble.img' }",
        "noble.img' },\n    old: { url: 'https://example.com/old/noble.img?x=/y' }",
      ),
    },
    says: [`${hv}:11:17 file noble.img of image old is also that of image noble (${hv}:10)`],
    hint: 'images are kept by the file name of their url',
  },
  'a directory with owner and mode on no dataset': {
    files: { [hv]: node.replace('templates:', "directories: { '/tank/cts/a': {} },\n  templates:") },
    says: [`${hv}:9:18 /tank/cts/a is on no dataset that is described`],
    hint: "did you mean '/tank/ct'?",
  },
  'a storage that does not exist': {
    files: { [g1]: ct(101).replace("storage: 'ct'", "storage: 'local-zfs'") },
    says: [`${g1}:6:22 storage 'local-zfs' of container 101's rootfs does not exist`],
    hint: 'describe it in hypervisor.storage',
  },
  'a storage with other content': {
    files: { [g1]: ct(101).replace("storage: 'ct'", "storage: 'vm'") },
    says: [`${g1}:6:22 storage 'vm' of container 101's rootfs does not take rootdir, only images (${hv}:6)`],
  },
  'a backup job onto a storage that does not take backups': {
    files: { [hv]: jobs("a1: { schedule: 'daily', storage: 'iso', guests: 'all' }") },
    says: [
      `${hv}:10:48 storage 'iso' of backup job a1 does not take backup, only vztmpl, iso, snippets (${hv}:7)`,
    ],
    hint: "add 'backup' to its content, or choose another storage",
  },
  'backup jobs with wrong guests and schedules': {
    files: {
      [g1]: ct(101),
      [hv]: jobs(
        "a1: { schedule: 'su 02:00', storage: 'safe', guests: [101, 110] }, a2: { schedule: 'sun 25:00', storage: 'safe', guests: 'all', exclude: [500] }",
      ),
    },
    says: [
      `${hv}:10:30 the schedule of backup job a1 is no calendar event: 'su' is no day of the week and no range of them such as mon..fri`,
      `${hv}:10:73 guest 110 of backup job a1 does not exist`,
      `${hv}:10:97 the schedule of backup job a2 is no calendar event: '25:00' is no time such as 02:30 or 8..17:0/15`,
      `${hv}:10:152 guest 500 of backup job a2 does not exist`,
    ],
    hint: "such as 'daily', 'sun 02:00', 'mon..fri 22:30', '*-*-01 04:00'",
  },
  'a template that is not described': {
    files: { [g1]: ct(101, "  ostemplate: 'iso:vztmpl/v.tar.zst',") },
    says: [`${g1}:7:15 template file v.tar.zst of container 101 does not exist`],
    hint: "did you mean 'u.tar.zst'?",
  },
  'a template on another storage': {
    files: {
      [hv]: node.replace("content: ['rootdir']", "content: ['rootdir', 'vztmpl']"),
      [g1]: ct(101, "  ostemplate: 'ct:vztmpl/u.tar.zst',"),
    },
    says: [`${g1}:7:15 template file u.tar.zst of container 101 is on storage 'iso', not on 'ct' (${hv}:9)`],
  },
  'an image that is not described': {
    files: { [g1]: vm(101, "  image: 'nobel',") },
    says: [`${g1}:7:10 image 'nobel' of VM 101 does not exist`],
    hint: "did you mean 'noble'?",
  },
  'a dataset of no pool': {
    files: { [hv]: node.replace("'tank/vm': {},", "'tank/vm': {}, 'tnak/x': {},") },
    says: [`${hv}:3:119 pool tnak of dataset tnak/x does not exist`],
    hint: "did you mean 'tank/…'?",
  },
  'a storage on no dataset': {
    files: { [hv]: node.replace("pool: 'tank/ct'", "pool: 'tank/cts'") },
    says: [`${hv}:5:34 dataset tank/cts of storage 'ct' does not exist`],
  },
  'a directory on no dataset': {
    files: { [hv]: node.replace("'/tank/iso'", "'/tank/isos'") },
    says: [`${hv}:7:31 /tank/isos is on no dataset that is described`],
    hint: "did you mean '/tank/iso'?",
  },
  "a pool under Proxmox's own mounts": {
    files: { [g1]: ct(101, "  mp0: { source: '/mnt/pve/tank/ct/x', mp: '/x' },") },
    says: [
      `${g1}:8:18 /mnt/pve/tank/ct/x is on no dataset: Proxmox mounts only network storages below /mnt/pve`,
    ],
    hint: 'pool tank is mounted at /tank: write /tank/ct/x',
  },
  'a mount on a clone source': {
    files: {
      [g1]: ct(101, '  clone: { from: 102 },'),
      [g2]: ct(102, "  snapshot: 's1',", "  mp0: { storage: 'ct', size: 1, mp: '/data' },"),
    },
    says: [`${g2}:9:3 container 102 is a clone source (of 101) and must have no mount`],
  },
  'a bind mount beside a snapshot': {
    files: { [g1]: ct(101, "  snapshot: 's1',", "  mp0: { source: '/srv', mp: '/data' },") },
    says: [
      `${g1}:9:3 container 101 has a snapshot and mounts a directory of the node: Proxmox takes no snapshot of it`,
    ],
  },
  'two mounts at one path': {
    files: {
      [g1]: ct(
        101,
        "  mp0: { storage: 'ct', size: 1, mp: '/data' },",
        "  mp1: { storage: 'ct', size: 1, mp: '/data' },",
      ),
    },
    says: [`${g1}:9:38 mp1 of container 101 is mounted at /data like mp0`],
  },
  'a GPU without a driver': {
    files: { [g1]: ct(101, '  gpus: [0],') },
    says: [`${g1}:8:10 container 101 wants GPU 0, but the node has no nvidia section`],
  },
  'a GPU that is not there': {
    files: {
      [hv]: node.replace(
        /\}$/,
        "  nvidia: { version: '580.1', runfile: 'https://example.org/x', gpus: 2 },\n}",
      ),
      [g1]: ct(101, '  gpus: [0, 2],'),
    },
    says: [`${g1}:8:13 container 101 wants GPU 2, but the node has 2, counted from 0 (${hv}:11)`],
  },
  'another driver than the node has': {
    files: {
      [hv]: node.replace(
        /\}$/,
        "  nvidia: { version: '580.1', runfile: 'https://example.org/x', gpus: 2 },\n}",
      ),
      [g1]: ct(101, "  layers: [{ name: 'nvidia', params: { version: '570.2' } }],"),
    },
    says: [
      `${g1}:8:49 the nvidia layer of container 101 is version 570.2, the node's driver is 580.1 (${hv}:11)`,
    ],
  },
  'more memory for VMs than there is': {
    files: {
      [hv]: node.replace(/\}$/, '  node: { memory: 1024 },\n}'),
      [g1]: vm(101).replace('512', '2048'),
    },
    says: [`${hv}:11:19 VMs take 2048 MiB of memory and the ZFS cache 0 MiB, the node has 1024 MiB`],
  },
  'a Samba user who does not exist': {
    files: { [hv]: node.replace(/\}$/, "  samba: { user: 'eve', shares: {} },\n}") },
    says: [`${hv}:11:18 user eve of Samba does not exist on the node`],
  },
  'rights that name what is not there': {
    files: {
      [hv]: node.replace(
        /\}$/,
        `  users: { anna: { administrator: true }, bert: {} },
  access: {
    roles: { Administrator: [], Watch: ['VM.Audit'] },
    users: { 'bot@pve': { groups: ['opps'] }, 'root@pam': { enable: false } },
    groups: { ops: {} },
    tokens: { 'bot@pve!ci': {}, 'gone@pve!ci': {}, 'root@pam!ci': {} },
    acl: {
      '/vms/': { 'root@pam': ['NoAccess'] },
      '/': {
        'anna@pam': ['Watch'],
        'bert@pam': ['PVEAuditer'],
        '@staff': ['Watch'],
        'bot@pve!cd': ['PVEAuditor'],
      },
    },
  },\n}`,
      ),
    },
    says: [
      `${hv}:13:14 role Administrator is Proxmox's own`,
      `${hv}:14:36 group opps does not exist`,
      `${hv}:14:69 root@pam cannot be switched off: the last way in would close`,
      `${hv}:16:33 user gone@pve of token gone@pve!ci is not described`,
      `${hv}:18:7 /vms/ is not how Proxmox writes it`,
      `${hv}:21:9 user bert@pam with rights at / is not described`,
      `${hv}:21:22 role PVEAuditer does not exist`,
      `${hv}:22:9 group staff does not exist`,
      `${hv}:23:9 token bot@pve!cd with rights at / is not described`,
    ],
  },
  'exports and shares that their servers would not take': {
    files: {
      [hv]: node.replace(
        /\}$/,
        `  users: { anna: {} },
  nfs: { exports: { '/srv/a': { clients: ['10.0.0.5/24'], options: ['rw', 'ro', 'sneaky'] } } },
  samba: {
    user: 'anna',
    shares: { homes: { path: '/srv/a' }, Data: { path: '/srv/%U' }, data: { path: '/srv/b' } },
  },\n}`,
      ),
    },
    says: [
      `${hv}:12:21 export /srv/a: 10.0.0.5/24 is an address of a network, not the network`,
      `${hv}:12:21 export /srv/a: there is no option "sneaky"`,
      `${hv}:12:21 export /srv/a: rw and ro contradict each other`,
      `${hv}:15:15 share homes: the name homes means something else to Samba`,
      `${hv}:15:42 share Data: path: cannot contain %, which Samba replaces`,
      `${hv}:15:69 share data: Samba takes it for Data`,
    ],
  },
  'no hypervisor file': {
    files: { [hv]: '' },
    says: [`${hv}:1:1 this is no JSON5: invalid end of input`],
  },
};

/** The node with this firewall in line 11. */
const walled = (firewall: string): string => node.replace(/\}$/, `  firewall: ${firewall},\n}`);

const firewalls: Readonly<Record<string, Case>> = {
  'a firewall rule with an IP set that is not there': {
    files: {
      [hv]: walled(
        "{ rules: { ssh: { type: 'in', action: 'ACCEPT', source: '+admin' } }, ipsets: { admins: [] } }",
      ),
    },
    says: [`${hv}:11:69 firewall rule ssh of the data centre: source: there is no IP set admin`],
    hint: "did you mean 'admins'?",
  },
  'a firewall rule of the node with a port but no protocol': {
    files: { [hv]: walled("{ node: { rules: { web: { type: 'in', action: 'DROP', dport: '80' } } } }") },
    says: [`${hv}:11:74 firewall rule web of the node: dport: needs proto, such as tcp or udp`],
  },
  'a firewall rule with a macro that Proxmox does not have': {
    files: { [hv]: walled("{ rules: { a: { type: 'in', action: 'DROP', macro: 'SHH' } } }") },
    says: [`${hv}:11:64 firewall rule a of the data centre: macro: there is no macro SHH`],
  },
  'a firewall rule whose name is a number': {
    files: { [hv]: walled("{ rules: { '10': { type: 'in', action: 'DROP' } } }") },
    says: [
      `${hv}:11:24 firewall rule 10 of the data centre: a name of digits alone loses its place among the others`,
    ],
    hint: 'add a letter',
  },
  'a security group in a security group': {
    files: {
      [hv]: walled("{ groups: { web: {}, all: { web: { type: 'group', group: 'web' } } } }"),
    },
    says: [`${hv}:11:46 firewall rule web of group all: a security group cannot use another one`],
  },
  'names that Proxmox would change': {
    files: {
      [hv]: walled(
        "{ groups: { Web: {} }, ipsets: { Lab: [] }, aliases: { nas: '10.0.0.9', NAS: '10.0.0.8' } }",
      ),
    },
    says: [
      `${hv}:11:25 firewall group Web of the data centre: Proxmox keeps its name in lower case`,
      `${hv}:11:46 firewall IP set Lab of the data centre: Proxmox keeps its name in lower case`,
      `${hv}:11:85 firewall alias NAS of the data centre: Proxmox takes it for nas: only the case differs`,
    ],
    hint: 'write web',
  },
  'addresses that Proxmox does not take in aliases and sets': {
    files: {
      [hv]: walled(
        "{ aliases: { lan: '10.0.0.7/24' }, ipsets: { ab: ['0.0.0.0/0', '!lna', 'lan', '10.0.0.300'] } }",
      ),
    },
    says: [
      `${hv}:11:31 firewall alias lan of the data centre: 10.0.0.7/24 is an address of a network, write 10.0.0.0/24`,
      `${hv}:11:63 firewall IP set ab of the data centre: 0.0.0.0/0 is every address; a set cannot hold that`,
      `${hv}:11:76 firewall IP set ab of the data centre: there is no alias lna`,
      `${hv}:11:91 firewall IP set ab of the data centre: "10.0.0.300" is no address and no network`,
    ],
  },
  "a guest's rule with names of the wrong place": {
    files: {
      [hv]: walled("{ enabled: true, aliases: { nas: '10.0.0.9' } }"),
      [g1]: ct(
        101,
        "  net0: { name: 'eth0', bridge: 'vmbr0', firewall: true },",
        "  firewall: { enabled: true, aliases: { db: '10.0.0.5' }, rules: {",
        "    a: { type: 'in', action: 'ACCEPT', source: 'dc/db' },",
        "    b: { type: 'in', action: 'ACCEPT', source: 'guest/nas' },",
        "    c: { type: 'in', action: 'ACCEPT', source: 'nas', iface: 'eth0' },",
        "    d: { type: 'group', group: 'web' },",
        "    e: { type: 'in', action: 'ACCEPT', source: 'dc/nas', dest: 'guest/db', iface: 'net0' },",
        '  } },',
      ),
    },
    says: [
      `${g1}:10:48 firewall rule a of container 101: source: the data centre has no alias db`,
      `${g1}:11:48 firewall rule b of container 101: source: the guest has no alias nas`,
      `${g1}:12:62 firewall rule c of container 101: iface: a guest's interface is net0, net1 …, not eth0`,
      `${g1}:13:32 firewall rule d of container 101: group: there is no security group web`,
    ],
  },
};

for (const [name, { files, says, hint, set, env }] of Object.entries({ ...cases, ...firewalls })) {
  test(`complains of ${name}`, async () => {
    const problems = await problemsOf(files, { set, env });
    assert.deepEqual(problems.map(brief), says);
    if (hint !== undefined) assert.equal(problems[0]?.hint, hint);
    for (const problem of problems) assert.equal(problem.severity, 'error');
  });
}

test('warns of the firewall of a guest that has no effect', async () => {
  const guest = ct(101, "  net0: { name: 'eth0', bridge: 'vmbr0' },", '  firewall: { enabled: true },');
  const warnings = await problemsOf({ [hv]: walled('{ enabled: false }'), [g1]: guest });
  assert.deepEqual(
    warnings.map((problem) => [problem.severity, brief(problem), problem.hint]),
    [
      [
        'warning',
        `${g1}:9:24 the firewall of container 101 has no effect: none of its interfaces has firewall: true`,
        'add it to net0',
      ],
      [
        'warning',
        `${g1}:9:24 the firewall of container 101 has no effect: the node's is not enabled`,
        'set hypervisor.firewall.enabled',
      ],
    ],
  );
  const guarded = guest.replace("bridge: 'vmbr0'", "bridge: 'vmbr0', firewall: true");
  assert.deepEqual(await problemsOf({ [hv]: walled('{ enabled: true }'), [g1]: guarded }), []);
  const off = guest.replace('enabled: true', 'enabled: false');
  assert.deepEqual(await problemsOf({ [g1]: off }), []);
});

test('users of a directory server may be known to the node alone: a warning', async () => {
  const rights = "  access: { acl: { '/': { 'eve@ldap': ['PVEAuditor'], 'root@pam': ['PVEAdmin'] } } },\n}";
  const problems = await problemsOf({ [hv]: node.replace(/\}$/, rights) });
  assert.deepEqual(
    problems.map((problem) => [problem.severity, problem.message]),
    [['warning', 'user eve@ldap with rights at / is not described']],
  );
});

test('a VM without a place for snippets is told of, and is no error', async () => {
  const files = { [g1]: vm(101), [hv]: node.replace(", 'snippets'", '') };
  const [problem, ...more] = await problemsOf(files);
  assert.ok(problem);
  const message = 'VM 101 has settings of its own to start with, and no storage takes snippets';
  assert.deepEqual([brief(problem), problem.severity, more], [`${hv}:4:3 ${message}`, 'warning', []]);
  assert.equal(problem.hint, "add 'snippets' to the content of a storage of type dir");
});

test('says everything at once, of all files', async () => {
  const problems = await problemsOf({
    [g1]: ct(101, '  memroy: 5,', "  net0: { name: 'eth0', bridge: 'vmbr9', ip: '10.0.0.5/24' },"),
    [g2]: ct(102, '  cores: 0,', "  net0: { name: 'eth0', bridge: 'vmbr0', ip: '10.0.0.5/24' },"),
    [g3]: '{ id: 103, kind: ',
  });
  assert.deepEqual(problems.map(brief), [
    `${g1}:8:3 unknown key 'memroy'`,
    `${g1}:9:33 bridge vmbr9 of container 101 does not exist on the node`,
    `${g2}:8:10 cores must be at least 1; found 0`,
    `${g2}:9:46 address 10.0.0.5 of container 102 is also that of container 101 (${g1}:9)`,
    `${g3}:1:18 this is no JSON5: invalid end of input`,
  ]);
});

test('does not call a guest missing whose file cannot be read', async () => {
  const problems = await problemsOf({
    [g1]: ct(101, '  dependencies: [102],', '  clone: { from: 102 },'),
    [g2]: '{',
  });
  assert.deepEqual(problems.map(brief), [`${g2}:1:2 this is no JSON5: invalid end of input`]);
});

test('a problem as text: title, place, line with a caret, hint', async () => {
  await assert.rejects(load({ [g1]: ct(101, "\tfeatures: ['docker'],") }), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.equal(
      error.message,
      `error: features must be an object; found a list
  at ${g1}:8:12
  8 |  features: ['docker'],
    |            ^
  hint: features are pct's flags here ({ nesting: true }); feature scripts go to layers

1 error`,
    );
    return true;
  });
});

test('of very many errors the first are told, and how many more there are', () => {
  const one = { severity: 'error', message: 'm', file: 'f', column: 1, text: '' } as const;
  const text = formatProblems([
    ...Array.from({ length: 30 }, (_, at) => ({ ...one, line: at + 1 })),
    { ...one, severity: 'warning', message: 'w', line: 40 },
  ]);
  assert.match(text, /f:20:1\n\nwarning: w\n {2}at f:40:1\n\n10 more .*\n\n30 errors, 1 warning$/);
});

test('a very long line is cut to the part around the caret', () => {
  const text = formatProblems([
    {
      severity: 'error',
      message: 'm',
      file: 'f',
      line: 1,
      column: 301,
      text: `${'x'.repeat(300)}HERE${'y'.repeat(300)}`,
    },
  ]);
  const [, , line = '', caret = ''] = text.split('\n');
  assert.ok(line.length < 120);
  assert.equal(line.slice(caret.indexOf('^'), caret.indexOf('^') + 4), 'HERE');
});

test('a literal secret is never quoted', async () => {
  const files = {
    [hv]: node.replace(
      /\}$/,
      "  samba: { user: 'heads', password: 'hunter2', shares: {} }, users: { heads: {}, x: { 'password': \"hunter2\" } },\n}",
    ),
    [g1]: vm(101, "  cipassword: { secret: 'hunter2' },", "  ciuser: 'Q',"),
    [g2]: ct(102, "  app: 5, api_token: 'hunter2', cores: 'x',"),
  };
  const problems = await problemsOf(files, { set: ['guests.101.cipassword=hunter2'] });
  assert.ok(problems.length >= 6);
  assert.doesNotMatch(formatProblems(problems), /hunter2/);
  assert.doesNotMatch(JSON.stringify(problems), /hunter2/);
});

test('what a backup job leaves out is told once, unless the configuration says that it is meant to stay out', async () => {
  const mounts = (backup: string) => [
    "  mp0: { storage: 'ct', size: 1, mp: '/kept', backup: true },",
    `  mp1: { storage: 'ct', size: 1, mp: '/data'${backup} },`,
    `  mp2: { source: '/srv/share', mp: '/share'${backup} },`,
  ];
  const all = jobs("nightly: { schedule: '02:30', storage: 'safe', guests: 'all', exclude: [103] }");
  const files = {
    [hv]: all,
    [g1]: ct(101, ...mounts('')),
    [g2]: ct(102, "  mp0: { storage: 'ct', size: 1, mp: '/x' },"),
  };
  const third = { [g3]: ct(103, "  mp0: { storage: 'ct', size: 1, mp: '/y' },") };
  const warnings = await problemsOf({ ...files, ...third });
  assert.deepEqual(
    warnings.map((problem) => [problem.severity, brief(problem)]),
    [
      [
        'warning',
        `${hv}:10:14 backup job nightly leaves out /data and /share (/srv/share of the node) of container 101; /x of container 102`,
      ],
    ],
  );
  const meant = { [hv]: all, [g1]: ct(101, ...mounts(', backup: false')), ...third };
  assert.deepEqual(await problemsOf(meant), []);
  const off = { ...files, [hv]: all.replace('exclude:', 'enabled: false, exclude:'), ...third };
  assert.deepEqual(await problemsOf(off), []);
});
