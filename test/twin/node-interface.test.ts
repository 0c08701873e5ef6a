/** What the node's interface answers beyond the recordings, in the words and the order of its source (Proxmox VE 8.4). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordedNode } from '../conformance/node.ts';
import { run } from './node.ts';
import { type Scene, tell } from './story.ts';

const node = () => recordedNode({ local: 'dir', 'local-btrfs': 'btrfs' });
const no = (line: string, err: string): Scene => [line, { exit: 255, err: `${err}\n` }];

/** A parameter that is refused; what follows the reasons is the line of usage. */
const wrong = (line: string, ...reasons: string[]): Scene => [
  line,
  {
    exit: 255,
    err: new RegExp(
      `^400 Parameter verification failed\\.\\n${reasons.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('\\n+')}\\n`,
    ),
  },
];

test('backup jobs: what contradicts itself, what may be deleted, how property strings are kept', async () => {
  const twin = await node();
  const job = 'pvesh create /cluster/backup --id';
  await tell(twin, [
    wrong(
      `${job} a1 --starttime 01:00 --schedule 02:00 --all 1`,
      "starttime: 'starttime' and 'schedule' cannot both be set",
    ),
    wrong(`${job} a1 --dow mon --all 1`, "starttime: missing property - 'dow' requires this property"),
    wrong(`${job} a1 --dow monday --starttime 01:00 --all 1`, "dow: invalid format - invalid day 'monday'"),
    wrong(
      `${job} a1 --schedule 02:00 --exclude 900 --vmid 901`,
      "exclude: option conflicts with option 'vmid'",
    ),
    wrong(
      `${job} a1 --schedule 02:00 --all 1 --maxfiles 3 --prune-backups keep-last=1`,
      "prune-backups: option conflicts with option 'maxfiles'",
    ),
    wrong(
      `${job} a1 --schedule 02:00 --all 1 --prune-backups keep-all=1,keep-last=1`,
      'prune-backups: invalid format - keep-all cannot be set together with other options.',
    ),
    wrong(
      `${job} a1 --schedule 02:00 --all 1 --notes-template {{guestname}}`,
      "storage: missing property - 'notes-template' requires this property",
    ),
    wrong(
      `${job} a1 --schedule 02:00 --all 1 --storage local --notes-template {{x}}\\y`,
      "notes-template: found unknown: escape sequence '\\y' at char 5, variable 'x' at char 4",
    ),
    [
      `${job} a1 --starttime 01:00 --all 1 --exclude-path /tmp --exclude-path /var --fleecing storage=local,enabled=1`,
    ],
    [`${job} b1 --schedule 02:00 --exclude 900 --prune-backups keep-weekly=2,keep-last=3`],
    [`${job} c1 --schedule 02:00 --vmid 900 --maxfiles 4`],
    no('pvesh set /cluster/backup/a1', 'no options specified'),
    wrong('pvesh set /cluster/backup/a1 --delete enabled', "delete: unknown option 'enabled'"),
    wrong('pvesh set /cluster/backup/a1 --delete all', 'vmid: property is missing'),
    wrong('pvesh get /cluster/backup/none', "id: No such job 'none'"),
    ['pvesh set /cluster/backup/c1 --exclude 901 --delete vmid'],
    [
      'pvesh get /cluster/backup/a1 --output-format json',
      {
        out: '{"all":1,"enabled":1,"exclude-path":["/tmp","/var"],"fleecing":{"enabled":"1","storage":"local"},"id":"a1","schedule":"01:00","type":"vzdump"}\n',
      },
    ],
  ]);
  assert.equal(
    await twin.readFile('/etc/pve/jobs.cfg'),
    `${[
      'vzdump: a1\n\tschedule 01:00\n\tall 1\n\tenabled 1\n\texclude-path /tmp\n\texclude-path /var\n\tfleecing 1,storage=local\n',
      'vzdump: b1\n\tschedule 02:00\n\tall 1\n\tenabled 1\n\texclude 900\n\tprune-backups keep-last=3,keep-weekly=2\n',
      'vzdump: c1\n\tschedule 02:00\n\tall 1\n\tenabled 1\n\texclude 901\n\tprune-backups keep-last=4\n',
    ].join('\n')}\n`,
  );
});

test('PCI mappings: the devices have to be said again each time', async () => {
  const twin = await node();
  const device = 'node=pve,path=0000:01:00.0,id=10de:2204';
  await tell(twin, [
    wrong('pvesh create /cluster/mapping/pci --id gpu', 'map: property is missing and it is not optional'),
    wrong(
      'pvesh create /cluster/mapping/pci --id gpu --map node=pve,path=xx,id=10de:2204',
      'map[0]: invalid format - format error',
      'map[0].path: value does not match the regex pattern',
    ),
    [
      `pvesh create /cluster/mapping/pci --id gpu --description d --map ${device} --map node=other,path=0000:02:00,id=10de:2204`,
    ],
    no(
      `pvesh create /cluster/mapping/pci --id gpu --map ${device}`,
      "create hardware mapping failed: pci ID 'gpu' already defined",
    ),
    no(
      'pvesh set /cluster/mapping/pci/gpu --mdev 1',
      "update hardware mapping failed: missing value for required option 'map'",
    ),
    no(
      `pvesh set /cluster/mapping/pci/none --map ${device}`,
      "update hardware mapping failed: pci ID 'none' does not exist",
    ),
    [`pvesh set /cluster/mapping/pci/gpu --map ${device} --mdev 1 --delete description`],
    ['pvesh delete /cluster/mapping/pci/none'],
    no('pvesh get /cluster/mapping/pci/none', "mapping 'none' not found"),
    [
      'pvesh get /cluster/mapping/pci --check-node pve --output-format json',
      { out: /pci device '0000:01:00\.0' not found/ },
    ],
  ]);
  assert.equal(await twin.readFile('/etc/pve/mapping/pci.cfg'), `gpu\n\tmap ${device}\n\tmdev 1\n\n`);
});

test('settings of the node: resolver, notes, time', async () => {
  const twin = await node();
  await tell(twin, [
    wrong('pvesh set /nodes/pve/dns --dns1 1.1.1.1', 'search: property is missing and it is not optional'),
    wrong(
      'pvesh set /nodes/pve/dns --search x --dns1 x',
      'dns1: invalid format - value does not look like a valid IP address',
    ),
    ['pvesh set /nodes/pve/dns --search example.org --dns1 10.0.0.1 --dns2 10.0.0.1'],
    [
      'pvesh get /nodes/pve/dns --output-format json',
      { out: '{"dns1":"10.0.0.1","search":"example.org"}\n' },
    ],
    ['pvesh set /nodes/pve/dns --search example.org'],
    ['pvenode config get', { out: '' }],
    ['pvenode config set --startall-onboot-delay 10 --description über'],
    ['pvenode config get', { out: '#%C3%BCber\nstartall-onboot-delay: 10\n' }],
    wrong(
      'pvenode config set --startall-onboot-delay 301',
      'startall-onboot-delay: value must have a maximum value of 300',
    ),
    ['pvenode config set --delete description,nosuch'],
    [
      'pvesh get /nodes/pve/config --property description --output-format json',
      { out: '{"description":""}\n' },
    ],
    wrong('pvesh set /nodes/pve/time --timezone Nowhere/Land', 'timezone: No such timezone'),
    [
      'pvesh get /nodes/pve/version --output-format json',
      { out: '{"release":"8.4","repoid":"2606ac85","version":"8.4.21"}\n' },
    ],
  ]);
  assert.equal(await twin.readFile('/etc/resolv.conf'), 'search example.org\n');
  assert.equal(await twin.readFile('/etc/pve/nodes/pve/config'), 'startall-onboot-delay: 10\n');
});

test('realms: two are always there, and only directories are asked who is in them', async () => {
  await tell(await node(), [
    no('pveum realm add pve --type pve', "add auth server failed: domain 'pve' already exists"),
    no('pveum realm add x1 --type pam', "add auth server failed: unable to create builtin type 'pam'"),
    no('pveum realm modify none --comment x', "update auth server failed: domain 'none' does not exist"),
    no('pveum realm modify pve', 'update auth server failed: no options specified'),
    no('pveum realm delete none', "delete auth server failed: authentication domain 'none' does not exist"),
    no('pveum realm sync pve', "Cannot sync realm type 'pve'! Only LDAP/AD realms can be synced."),
    ['pveum realm modify pve --default 1 --comment own'],
    [
      'pvesh get /access/domains --output-format json',
      { out: /"comment":"own","default":1,"realm":"pve","type":"pve"/ },
    ],
    no(
      'pveum user add a@none --password longenough',
      "create user failed: auth domain 'none' does not exist",
    ),
  ]);
});

test('access: what is checked before it is looked up, and by whom it is answered', async () => {
  await tell(await node(), [
    ['pveum user add a@pve'],
    wrong(
      'pveum acl modify / --users bad --roles PVEAuditor',
      "users: invalid format - value 'bad' does not look like a valid user name",
    ),
    wrong(
      'pveum acl modify / --tokens a@pve --roles PVEAuditor',
      "tokens: invalid format - value 'a@pve' does not look like a valid token ID",
    ),
    wrong('pveum acl modify nonsense --users a@pve --roles PVEAuditor', "path: invalid ACL path 'nonsense'"),
    no(
      'pveum acl modify / --users none@pve --groups none --roles PVEAuditor',
      "ACL update failed: group 'none' does not exist",
    ),
    ['pveum acl delete /nonsense --users a@pve --roles PVEAuditor'],
    ['pvesh set /access/acl --path / --users a@pve --roles PVEAuditor'],
    ['pvesh set /access/acl --path / --users a@pve --roles PVEAuditor --delete 1'],
    ['pveum acl list --output-format json', { out: '[]\n' }],
    wrong('pveum user permissions bad', 'userid: value does not match the regex pattern'),
    ['pvesh create /access/users/a@pve/token/t1', { out: /full-tokenid/ }],
    [
      'pvesh create /access/users/a@pve/token/t1',
      {
        exit: 255,
        err: '400 Parameter verification failed.\ntokenid: Token already exists.\npvesh create <api_path> [OPTIONS] [FORMAT_OPTIONS]\n',
      },
    ],
  ]);
});

test('directories list what is below them, each entry with what can be done', async () => {
  const twin = await node();
  await tell(twin, [
    [
      'pvesh get / --output-format json',
      {
        out: '[{"subdir":"version"},{"subdir":"cluster"},{"subdir":"nodes"},{"subdir":"storage"},{"subdir":"access"},{"subdir":"pools"}]\n',
      },
    ],
    ['pvesh ls /nodes', { out: 'Dr---        pve\n' }],
    ['pvesh ls /nodes/pve/network', { out: '-rw-d        vmbr0\n' }],
    ['pvesh ls /access/users', { out: '-rw-d        root@pam\n' }],
    ['pvesh ls /nodes/pve/lxc', { out: '' }],
    no('pvesh ls /version', "resource '/version' does not define child links"),
    ['pvesh ls /nosuch', { exit: 1, err: "no such resource '/nosuch'\n" }],
    ['pvesh usage /version --command set', { exit: 1, err: "no 'set' handler for '/version'\n" }],
    ['pvesh get version --quiet', { out: '' }],
    ['pvesh get version --noheader 1', { out: /^┌─+┬─+┐\n│ release │/ }],
    ['pvesh set /cluster/options --next-id lower=200,upper=201'],
    ['pvesh get /cluster/nextid --output-format json', { out: '"200"\n' }],
    ['qm create 200 --memory 64'],
    no('pvesh get /cluster/nextid', 'unable to get any free VMID in range [200, 201]'),
  ]);
  const { stdout } = await run(twin, 'pvesh ls /nodes/pve');
  assert.match(stdout, /^-rw-- {8}time$/m);
});

test('VMs: keys, terminals and nodes that are not there', async () => {
  const missing = { exit: 2, err: "Configuration file 'nodes/pve/qemu-server/100.conf' does not exist\n" };
  await tell(await node(), [
    ['qm sendkey 100 ctrl-alt-delete', missing],
    ['qm terminal 100', missing],
    ['qm monitor 100', missing],
    ['qm create 100 --memory 64'],
    no('qm sendkey 100 ctrl-alt-delete', 'VM 100 not running'),
    no('qm terminal 100', 'unable to find a serial interface'),
    no('qm terminal 100 --iface serial1', "serial interface 'serial1' is not configured"),
    [
      'qm monitor 100',
      { stdin: 'info status\nq\n', out: /type 'help' for help\nERROR: VM 100 not running\n$/ },
    ],
    wrong('qm migrate 100 pve', 'target: target is local node.'),
    no('qm migrate 100 other', "no such cluster node 'other'"),
    ['qm start 100'],
    ['qm sendkey 100 ctrl-alt-delete'],
    ['qm sendkey 100 nosuch', { exit: 255, err: /^invalid parameter: nosuch/ }],
    no('qm guest passwd 100 root --password longenough', 'No QEMU guest agent configured'),
  ]);
});

test('storages as the node lists them: by any of the kinds of content, also those of other nodes', async () => {
  const listed = (line: string, ...names: string[]): Scene => [
    `pvesh get /nodes/pve/storage --output-format json${line}`,
    { out: new RegExp(`^\\[${names.map((name) => `\\{[^}]*"storage":"${name}"[^}]*\\}`).join(',')}\\]\\n$`) },
  ];
  await tell(await node(), [
    listed(' --content iso,rootdir', 'local', 'local-btrfs'),
    listed(' --storage local', 'local'),
    wrong('pvesh get /nodes/pve/storage --storage none', 'storage: No such storage.'),
    wrong(
      'pvesh get /nodes/pve/storage/local/content --content iso,images',
      "content: invalid format - invalid content type 'iso,images'",
    ),
    ['pvesm set local-btrfs --nodes other'],
    listed('', 'local', 'local-btrfs'),
    listed(' --content rootdir', 'local'),
    ['pvesh get /cluster/replication --output-format json', { out: '[]\n' }],
  ]);
});

test('vzdump takes guests in any number and place, and says first what contradicts itself', async () => {
  await tell(await node(), [
    wrong('vzdump abc', 'vmid: invalid format - value does not look like a valid VM ID'),
    wrong('vzdump 900 --exclude 901', "exclude: option conflicts with option 'vmid'"),
    wrong('vzdump 900 --protected 1', "storage: missing property - 'protected' requires this property"),
    [
      'vzdump --storage local 900 901',
      { exit: 255, out: /VM 900 failed - unable to find VM '900'[\s\S]*VM 901 failed/, err: 'job errors\n' },
    ],
  ]);
});
