/** The sample's VM from its image to its health on a twin: its cloud-init data is what brings the agent and the rest. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CloudInit, Fleet, VirtualMachine } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { bareTerms } from '../../src/core/terms.ts';
import { Bench, sampleFleet, tasksOf } from '../bench.ts';

const fleet = await sampleFleet();
const machine = fleet.guests['8001'] as VirtualMachine;
const folder = '/fastData/shared-iso/snippets';
const { cloudInit: _, ...without } = machine;

/** The sample with this data of the VM; null: none. */
function tasksWith(cloudInit: CloudInit | null, over: Partial<VirtualMachine> = {}): Promise<PhxTask[]> {
  const wanted: VirtualMachine = { ...without, ...(cloudInit ? { cloudInit } : {}), ...over };
  const guests: Fleet['guests'] = { ...fleet.guests, 8001: wanted };
  return tasksOf({ ...fleet, guests });
}

const said = machine.cloudInit ?? {};
const built = Bench.fresh(fleet);
const first = await built.run(await tasksWith(said), ['vmid:8001']);

/** What is inside of the VM. */
function inside(bench: Bench) {
  const tree = bench.twin.state().guests['8001']?.tree;
  assert.ok(tree);
  return { packages: tree.packages, text: (path: string) => tree.files[path]?.text };
}

test('it is built: agent, features and health rest on what its vendor data brought', async () => {
  assert.deepEqual(first.troubles, []);
  assert.ok(first.done.includes('vmid:8001/health'));
  const { packages, text } = inside(built);
  for (const name of ['qemu-guest-agent', 'nfs-common']) assert.ok(packages[name], name);
  assert.equal(text('/etc/motd'), 'Made by phx: changes belong into its configuration.\n');
  assert.equal(text('/etc/hostname'), 'docker-vm-01\n');
  assert.match(text('/etc/netplan/50-cloud-init.yaml') ?? '', /10\.0\.0\.101\/24/);
  assert.deepEqual((await built.copy().run(await tasksWith(said), ['vmid:8001'])).commands, []);
});

test('an edit is on the drive at once; the guest keeps its instance, and so what it has', async () => {
  const bench = built.copy();
  const edited = await tasksWith({ ...said, fqdn: 'docker.lan' });
  const { commands, troubles } = await bench.run(edited, ['vmid:8001']);
  assert.deepEqual(troubles, []);
  assert.deepEqual(commands, [`write ${folder}/vm-8001-user.yaml`, 'qm cloudinit update 8001']);
  const hosts = inside(bench).text('/etc/hosts');
  await bench.twin.run({ argv: ['qm', 'reboot', '8001'], deadline: 600_000 });
  assert.equal(inside(bench).text('/etc/hosts'), hosts);
  assert.deepEqual((await bench.run(edited, ['vmid:8001'])).commands, []);
});

test('with newInstance it is taken over at the restart that is asked for', async () => {
  const bench = built.copy();
  const edited = await tasksWith({ ...said, fqdn: 'docker.lan', newInstance: true }, { restart: 'auto' });
  const { commands, troubles } = await bench.run(edited, ['vmid:8001']);
  assert.deepEqual(troubles, []);
  const names = ['user', 'meta'].map((kind) => `write ${folder}/vm-8001-${kind}.yaml`);
  assert.deepEqual(commands.slice(0, 2), names);
  assert.ok(commands.includes('qm start 8001') && !commands.includes('qm cloudinit update 8001'));
  assert.match(inside(bench).text('/etc/hosts') ?? '', /docker\.lan docker-vm-01/);
  assert.deepEqual((await bench.run(edited, ['vmid:8001'])).commands, []);
});

test('without its data the conf names no snippets, and they are gone', async () => {
  const bench = built.copy();
  const { commands, troubles } = await bench.run(await tasksWith(null), ['vmid:8001']);
  assert.deepEqual(troubles, []);
  assert.deepEqual(
    commands.map((line) => line.replace(/ --digest .*/, '')),
    [
      'qm set 8001 --delete cicustom',
      ...['user', 'network', 'meta', 'vendor'].map((kind) => `remove ${folder}/vm-8001-${kind}.yaml`),
      'qm cloudinit update 8001',
    ],
  );
  assert.equal(await bench.twin.readFile(`${folder}/vm-8001-user.yaml`), undefined);
});

test('a secret is in a file that root alone reads, hashed, and nowhere else', async () => {
  const bench = built.copy();
  const users = [{ name: 'ann', password: { secret: 'env:ANN' } }];
  const secrets = { digest: () => 'hmac:1', reveal: () => 'correct horse' };
  const { events, troubles } = await bench.run(await tasksWith({ ...said, users }), ['vmid:8001'], {
    terms: { ...bareTerms, secrets },
  });
  assert.deepEqual(troubles, []);
  const file = bench.twin.state().files[`${folder}/vm-8001-user.yaml`];
  const hash = /hashed_passwd: (\S+)/.exec(file?.text ?? '')?.[1] ?? '';
  assert.match(hash, /^\$6\$/);
  assert.equal(file?.mode, 0o600);
  const kept = JSON.stringify([events, [...bench.stamps.values()]]);
  assert.ok(!kept.includes('correct horse') && !kept.includes(hash));
});
