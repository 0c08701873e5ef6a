/** Cloud-init and the agent inside a VM of the twin: when it acts, what it makes true, how a program runs there. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guestProbeMark } from '../../src/proxmox/guest-probe.ts';
import { guestScriptArgv, printLayerScript } from '../../src/proxmox/guest-script.ts';
import type { GuestTree } from '../../src/twin/state.ts';
import type { Twin } from '../../src/twin/twin.ts';
import { all, furnished, run } from './node.ts';
import { tell } from './story.ts';

const image = '/var/lib/phx/images/noble.img';
const minute = 60_000;

async function node(snippets: Readonly<Record<string, string>> = {}): Promise<Twin> {
  const twin = await furnished();
  await twin.writeFile(image, 'phx-twin download https://cloud-images.ubuntu.com/noble.img\n');
  for (const [name, text] of Object.entries(snippets))
    await twin.writeFile(`/var/lib/vz/snippets/${name}`, text);
  await all(twin, 'pvesm set local --content iso,vztmpl,snippets,images,backup,rootdir');
  return twin;
}

const create = `qm create 100 --name web --agent 1 --scsi0 quickOS-lxc:0,import-from=${image} --ide2 quickOS-lxc:cloudinit --net0 virtio,bridge=vmbr0`;

function inside(twin: Twin, id = 100): GuestTree {
  return (
    twin.state().guests[String(id)]?.tree ?? { files: {}, packages: {}, units: {}, ports: [], events: [] }
  );
}

const text = (tree: GuestTree, path: string) => tree.files[path]?.text;

test('keys of Proxmox: name, user, keys, address; a known instance is left alone, another address is a new one', async () => {
  const twin = await node({ 'key.pub': 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMq admin@example\n' });
  await all(
    twin,
    create,
    'qm set 100 --ciuser ops --sshkeys /var/lib/vz/snippets/key.pub --ipconfig0 ip=10.0.0.50/24,gw=10.0.0.1',
    'qm start 100',
  );
  const tree = inside(twin);
  assert.equal(text(tree, '/etc/hostname'), 'web\n');
  assert.match(text(tree, '/etc/passwd') ?? '', /^ops:x:1000:1000:.*:\/home\/ops:\/bin\/bash$/m);
  assert.match(text(tree, '/home/ops/.ssh/authorized_keys') ?? '', /^ssh-ed25519 \S+ admin@example\n$/);
  const instance = text(tree, '/var/lib/cloud/data/instance-id');
  const dumped = (await run(twin, 'qm cloudinit dump 100 meta')).stdout;
  assert.equal(dumped, `instance-id: ${instance}\n`);
  await all(twin, 'qm stop 100', 'qm set 100 --cores 2', 'qm start 100');
  assert.equal(text(inside(twin), '/var/lib/cloud/data/instance-id'), instance);
  await all(twin, 'qm stop 100', 'qm set 100 --ipconfig0 ip=10.0.0.51/24,gw=10.0.0.1', 'qm start 100');
  assert.notEqual(text(inside(twin), '/var/lib/cloud/data/instance-id'), instance);
});

const snippet = `#cloud-config
hostname: db
timezone: Europe/Berlin
users:
  - default
  - name: ops
    sudo: ALL=(ALL) NOPASSWD:ALL
    ssh_authorized_keys: ['ssh-ed25519 AAAA ops']
package_update: true
packages: [qemu-guest-agent, nginx]
write_files:
  - path: /etc/app/env
    content: "A=1\\n"
    permissions: '0640'
    owner: ops:ops
  - { path: /etc/app/blob, encoding: b64, content: aGVsbG8K }
mounts:
  - [/dev/sdb, /data, ext4, defaults]
runcmd:
  - systemctl enable --now nginx
  - [systemctl, enable, --now, nosuch]
  - curl -fsSL https://example.org | sh
swap: { filename: /swap }
`;

test('a snippet: what it asks for becomes true in order, the rest is noted, the agent answers once it is there', async () => {
  const twin = await node({ 'db.yaml': snippet });
  await tell(twin, [
    [create],
    ['qm set 100 --cicustom user=local:snippets/db.yaml'],
    ['qm cloudinit dump 100 user', { out: /^#cloud-config\nhostname: web\n/ }],
    ['qm start 100', { out: 'generating cloud-init ISO\n' }],
    ['qm agent 100 ping', { exit: 255, err: 'QEMU guest agent is not running\n' }],
    ['qm guest exec 100 -- true', { exit: 255, err: 'QEMU guest agent is not running\n' }],
  ]);
  await twin.time.sleep(minute);
  await tell(twin, [
    ['qm agent 100 ping', { out: '' }],
    ['qm guest cmd 100 get-host-name', { out: '{\n   "host-name" : "db"\n}\n' }],
    [
      'qm guest exec 100 -- cloud-init status --wait',
      {
        out: '{\n   "exitcode" : 0,\n   "exited" : 1,\n   "out-data" : "status: done\\n",\n   "out-truncated" : 0\n}\n',
      },
    ],
    ['qm guest exec 100 -- cat /etc/app/env', { out: /"out-data" : "A=1\\n"/ }],
    ['qm guest exec 100 -- cat', { stdin: 'hello', out: '{\n   "exitcode" : 0,\n   "exited" : 1\n}\n' }],
    ['qm guest exec 100 --pass-stdin 1 -- cat', { stdin: 'hello', out: /"out-data" : "hello"/ }],
    ['qm guest exec 100 -- systemctl is-active nginx', { out: /"out-data" : "active\\n"/ }],
    ['qm guest exec 100 -- systemctl is-active nosuch', { out: /"exitcode" : 3,/ }],
    [
      'qm guest exec 100 -- /nosuch',
      { exit: 29, err: /Agent error: Guest agent command failed, error was 'Failed to execute/ },
    ],
    [
      'qm guest exec 100 --timeout 2 -- sleep 90',
      { out: /^\{\n {3}"pid" : "1000"\n\}\n$/, err: 'timeout reached, returning pid\n' },
    ],
    ['qm guest exec-status 100 1000', { out: '{\n   "exited" : 0\n}\n' }],
    ['qm guest exec-status 100 77', { exit: 29, err: "Agent error: Invalid parameter 'pid'\n" }],
  ]);
  await twin.time.sleep(2 * minute);
  await tell(twin, [
    ['qm guest exec-status 100 1000', { out: '{\n   "exitcode" : 0,\n   "exited" : 1\n}\n' }],
    ['qm guest exec-status 100 1000', { exit: 29 }],
    ['qm stop 100'],
    ['qm agent 100 ping', { exit: 255, err: 'VM 100 is not running\n' }],
  ]);
  const tree = inside(twin);
  assert.deepEqual(
    [tree.packages.nginx, tree.units.nginx, text(tree, '/etc/timezone')],
    ['1.0-1', true, 'Europe/Berlin\n'],
  );
  assert.deepEqual(tree.files['/etc/app/env'], { text: 'A=1\n', mode: 0o640, owner: '1001:1001' });
  assert.equal(text(tree, '/etc/app/blob'), 'hello\n');
  assert.match(text(tree, '/etc/fstab') ?? '', /^\/dev\/sdb\t\/data\text4\tdefaults/m);
  assert.match(text(tree, '/etc/passwd') ?? '', /^ubuntu:.*\n(?:.*\n)*ops:/m);
  assert.deepEqual(tree.events.slice(0, 3), [
    'cloud-init: runcmd systemctl enable --now nosuch',
    'cloud-init: runcmd curl -fsSL https://example.org | sh',
    'cloud-init: swap has no effect here',
  ]);
});

const unread: readonly (readonly [why: string, text: string])[] = [
  ['a line before the first word', `\n${snippet}`],
  ['a byte before it', `\uFEFF${snippet}`],
  ['a comment before it', `# made by a tool\n${snippet}`],
  ['YAML that is none', '#cloud-config\npackages: [nginx\n'],
  ['no mapping', '#cloud-config\n- nginx\n'],
];

for (const [why, bad] of unread)
  test(`user data is ignored: ${why}`, async () => {
    const agent = '#cloud-config\npackages: [qemu-guest-agent]\n';
    const twin = await node({ 'db.yaml': bad, 'vendor.yaml': agent });
    await all(
      twin,
      create,
      'qm set 100 --cicustom user=local:snippets/db.yaml,vendor=local:snippets/vendor.yaml',
      'qm start 100',
    );
    await twin.time.sleep(minute);
    const { stdout } = await run(twin, 'qm guest exec 100 -- cloud-init status --wait --long');
    assert.match(stdout, /"exitcode" : 2,/);
    assert.match(stdout, /status: done\\nrecoverable_errors/);
    const tree = inside(twin);
    assert.deepEqual([tree.packages.nginx, text(tree, '/etc/app/env')], [undefined, undefined]);
    assert.match(tree.events.join('\n'), /^cloud-init: user data is ignored/m);
  });

test('a snippet that is missing shows at the start, not at set; the instance of own meta data is kept', async () => {
  const twin = await node({ 'meta.yaml': 'instance-id: mine\n', 'user.yaml': snippet });
  await tell(twin, [
    [create],
    ['qm set 100 --cicustom user=local:snippets/none.yaml'],
    ['qm start 100', { exit: 255, err: "volume 'local:snippets/none.yaml' does not exist\n" }],
    ['qm cloudinit update 100', { exit: 255, err: "volume 'local:snippets/none.yaml' does not exist\n" }],
    ['qm set 100 --cicustom user=local:snippets/user.yaml,meta=local:snippets/meta.yaml'],
    ['qm start 100'],
    ['qm stop 100'],
  ]);
  assert.equal(text(inside(twin), '/var/lib/cloud/data/instance-id'), 'mine\n');
  await twin.writeFile('/var/lib/vz/snippets/user.yaml', snippet.replace('hostname: db', 'hostname: other'));
  await all(twin, 'qm start 100');
  assert.equal(text(inside(twin), '/etc/hostname'), 'db\n', 'the instance is known: nothing is done again');
});

test('the inside goes along with a template and its clones, each of which is an instance of its own', async () => {
  const twin = await node({ 'user.yaml': '#cloud-config\npackages: [qemu-guest-agent]\n' });
  await all(twin, create, 'qm set 100 --cicustom user=local:snippets/user.yaml', 'qm start 100');
  await twin.time.sleep(minute);
  const script = printLayerScript({
    layer: { name: 'app:web', digest: 'aa', origin: 100 },
    provides: [
      { kind: 'unit', name: 'web' },
      { kind: 'port', name: '8080' },
    ],
    body: 'true',
  });
  const applied = await twin.run({
    argv: ['qm', 'guest', 'exec', '100', '--pass-stdin', '1', '--', ...guestScriptArgv],
    stdin: script,
  });
  assert.match(applied.stdout, /"exitcode" : 0,/);
  await all(
    twin,
    'qm shutdown 100',
    'qm template 100',
    'qm clone 100 101 --name first',
    'qm clone 100 102 --full 1 --name second',
  );
  await all(
    twin,
    'qm set 101 --delete cicustom',
    'qm set 101 --ipconfig0 ip=10.0.0.61/24,gw=10.0.0.1',
    'qm start 101',
  );
  assert.equal(text(inside(twin, 101), '/etc/hostname'), 'first\n');
  for (const id of [101, 102]) {
    assert.ok(inside(twin, id).units.web, `${id} has what its template has`);
    assert.match(text(inside(twin, id), '/var/lib/phx/layers') ?? '', /^app:web aa 100$/m);
  }
  const probe = { argv: ['sh', '-s', '--', 'tcp:10.0.0.61:8080'], stdin: `${guestProbeMark}\n` };
  assert.equal((await twin.run(probe)).stdout, '=tcp:10.0.0.61:8080\topen\n');
  await twin.time.sleep(minute);
  assert.match((await run(twin, 'qm agent 101 network-get-interfaces')).stdout, /"ip-address" : "10.0.0.61"/);
});

test('what is too long for one call goes into a file of the guest, and is read from there', async () => {
  const twin = await node({ 'user.yaml': '#cloud-config\npackages: [qemu-guest-agent]\n' });
  await all(twin, create, 'qm set 100 --cicustom user=local:snippets/user.yaml', 'qm start 100');
  await twin.time.sleep(minute);
  const exec = (argv: readonly string[], stdin?: string) =>
    twin.run({
      argv: [
        'qm',
        'guest',
        'exec',
        '100',
        ...(stdin === undefined ? [] : ['--pass-stdin', '1']),
        '--',
        ...argv,
      ],
      ...(stdin === undefined ? {} : { stdin }),
    });
  const large = await exec(['cat'], 'x'.repeat(70_000));
  assert.deepEqual([large.exit === 0, large.stdout], [false, '']);
  const kept = '/var/lib/phx/stdin';
  await exec(['sh', '-c', `cat >${kept}`], 'lost');
  assert.equal(text(inside(twin), kept), undefined, 'its folder is not there yet');
  await exec(['sh', '-c', `umask 077; mkdir -p /var/lib/phx && cat >${kept}`], 'one ');
  await exec(['sh', '-c', `cat >>${kept}`], 'two');
  assert.deepEqual(inside(twin).files[kept], { text: 'one two', mode: 0o600 });
  const reading = ['sh', '-c', `exec <${kept} && rm -f ${kept} && exec "$@"`, 'sh'];
  assert.match((await exec([...reading, 'cat'])).stdout, /"out-data" : "one two"/);
  assert.equal(text(inside(twin), kept), undefined, 'it is gone once it is open');
  assert.match((await exec([...reading, 'cat'])).stdout, /"exitcode" : 2,/);
});

test('without an agent that is asked for, or without cloud-init, nothing answers and nothing is done', async () => {
  const twin = await node();
  await all(
    twin,
    create.replace(' --agent 1', ''),
    'qm create 101 --agent 1 --scsi0 quickOS-lxc:1 --ide2 quickOS-lxc:cloudinit',
  );
  await all(twin, 'qm start 100', 'qm start 101');
  await twin.time.sleep(5 * minute);
  await tell(twin, [
    ['qm agent 100 ping', { exit: 255, err: 'No QEMU guest agent configured\n' }],
    ['qm set 100 --agent 1'],
    ['qm agent 100 ping', { exit: 255, err: 'No QEMU guest agent configured\n' }],
    ['qm agent 101 ping', { exit: 255, err: 'QEMU guest agent is not running\n' }],
    ['qm snapshot 101 s1', { err: /^QEMU Guest Agent is not running - VM 101 / }],
    ['qm shutdown 100', { err: '' }],
    ['qm start 100'],
    ['qm shutdown 100', { err: /^QEMU Guest Agent is not running - VM 100 / }],
    ['qm status 100', { out: 'status: stopped\n' }],
  ]);
  assert.deepEqual(inside(twin, 101).files, {});
});
