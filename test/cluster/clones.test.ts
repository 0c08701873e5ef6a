/** Clones in a cluster: born beside their source, or on another node that sees all of their volumes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterProject } from './project.ts';

const net = (id: number) => `net0: { ip: '10.0.0.${id}/24' }`;
const nas = "rootfs: { storage: 'nas' }";

/** 120 on pve1 is what others are cloned from. */
function project(own: string, clones: Readonly<Record<number, string>>): ClusterProject {
  const made = new ClusterProject();
  const guest = (id: number, name: string, more: string) =>
    made.write(
      `config/guests/${id}-${name}.json5`,
      `{ kind: 'ct', id: ${id}, hostname: '${name}', memory: 256, ${net(id)}, ${more} }`,
    );
  guest(120, 'golden', `node: 'pve1', ${own}`);
  for (const [id, more] of Object.entries(clones))
    guest(Number(id), `clone${id}`, `ostemplate: null, clone: { from: 120 }, ${more}`);
  return made;
}

const clonesOf = (sent: readonly string[]) =>
  sent
    .filter((line) => /^(pct|qm) (clone|migrate|snapshot|delsnapshot) /.test(line))
    .map((line) => line.replace(/ --description .*/, ''));

test('a clone is born on the node that it names, where a storage is shared; the source is given back where it is', () => {
  const made = project(`state: 'stopped', rootfs: { storage: 'tank' }`, {
    121: `node: 'pve2', ${nas}`,
    122: `place: { by: 'memory', among: ['pve2', 'pve3'] }, ${nas}`,
    123: "rootfs: { storage: 'tank' }",
  });
  const sent = made.sent(['ctid:121', 'ctid:122', 'ctid:123', '-j', '1']);
  assert.deepEqual(clonesOf(sent).sort(), [
    'pct clone 120 121 --hostname clone121 --full 1 --storage nas --target pve2',
    'pct clone 120 122 --hostname clone122 --full 1 --storage nas --target pve2',
    'pct clone 120 123 --hostname clone123 --full 1 --storage tank',
  ]);
  const states = made.states();
  assert.deepEqual(
    [120, 121, 122, 123].map((id) => states[`ctid:${id}`]),
    ['stopped on pve1', 'running on pve2', 'running on pve2', 'running on pve1'],
  );
  assert.deepEqual(made.sent(['all']).length > 0, true);
  assert.deepEqual(made.sent(['all']), []);
});

test('of a running source the passing snapshot goes where the source is; a clone that is cut off is taken up', () => {
  const made = project("rootfs: { storage: 'tank' }", { 121: `node: 'pve2', ${nas}` });
  made.run(['ctid:120']);
  made.phx('twin', 'fault', 'pct clone', '--kill', 'during', '--node', 'pve1');
  assert.equal(made.phxAlone('run', 'ctid:121').code, null);
  const sent = clonesOf(made.sent(['ctid:121']));
  assert.match(sent.join('\n'), /^pct clone 120 121 --snapname phx-clone-121 .* --target pve2$/m);
  assert.equal(sent.at(-1), 'pct delsnapshot 120 phx-clone-121');
  assert.equal(made.states()['ctid:121'], 'running on pve2');
  assert.doesNotMatch(made.on('pve1', 'pct', 'listsnapshot', '120'), /phx-clone/);
  assert.doesNotMatch(made.on('pve1', 'pct', 'config', '120'), /lock/);
  assert.deepEqual(made.sent(['ctid:121']), []);
});

test('what one node alone has is no way to another one: told before anything is done, with the way out', () => {
  const local = project(`state: 'stopped', rootfs: { storage: 'tank' }`, {
    121: "node: 'pve2', rootfs: { storage: 'tank' }",
    122: "place: { by: 'memory', among: ['pve1'] }, rootfs: { storage: 'tank' }",
  });
  const { code, err } = local.phx('list');
  assert.equal(code, 3);
  for (const id of [121, 122])
    assert.match(
      err,
      new RegExp(
        `container ${id} is a clone, made on the node of its source 120, pve1: storage 'tank' is not shared by the nodes`,
      ),
    );
  assert.match(err, /give each node a source of its own, or have it moved/);

  const vm = new ClusterProject();
  vm.edit('guests/201-app.json5', "migrate: 'online',", "state: 'stopped',");
  vm.write(
    'config/guests/202-copy.json5',
    "{ kind: 'vm', id: 202, name: 'copy', memory: 1024, node: 'pve2', clone: { from: 201 }, disk: { storage: 'nas', size: 16 }, net0: { model: 'virtio', bridge: 'vmbr0' } }",
  );
  vm.run(['vmid:201', 'hypervisor/storage:tank', 'hypervisor:pve1']);
  // Somebody gave it a disk that only pve1 has.
  vm.on('pve1', 'qm', 'set', '201', '--scsi5', 'tank:1');
  const plan = vm.plan('vmid:202/define').tasks.find(({ task }) => task === 'vmid:202/define');
  assert.equal(plan?.verdict, 'blocked', vm.on('pve1', 'qm', 'config', '201'));
  vm.on('pve1', 'qm', 'set', '201', '--delete', 'scsi5');
  vm.on('pve1', 'qm', 'set', '201', '--delete', 'unused0');
  const sent = clonesOf(vm.sent(['vmid:202/define']));
  assert.deepEqual(sent, ['qm clone 201 202 --name copy --full 1 --storage nas --target pve2']);
});
