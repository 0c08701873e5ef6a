/** Sources and clones on a twin, end to end: linked, through a passing snapshot, after a death at any command. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConf } from '../../src/proxmox/conf.ts';
import type { Wishes } from './fleet.ts';
import { OnTwin } from './on-twin.ts';

const base = {
  ostemplate: 'local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst',
  rootfs: { storage: 'local-lvm', size: 8 },
  state: 'stopped',
};
const running = {
  ...base,
  state: 'running',
  nets: { net0: { name: 'eth0', bridge: 'vmbr0', ip: '10.0.0.20/24' } },
};
const clone = { ...base, clone: { from: 920 } };
const steps = /^ctid:\d+\/(define|configure|volumes|start|network|snapshot:.*|template)$/;

async function node(): Promise<OnTwin> {
  const one = new OnTwin();
  await one.twin.run({ argv: ['pveam', 'download', 'local', 'debian-12-standard_12.7-1_amd64.tar.zst'] });
  return one;
}

function confOn(one: OnTwin, id: number) {
  return parseConf(one.twin.state().guests[id]?.conf ?? '');
}

function problems({ problems }: Awaited<ReturnType<OnTwin['run']>>): string[] {
  return [...problems].map(([task, { title }]) => `${task}: ${title}`);
}

test('a template and its linked clone; the second run does nothing', async () => {
  const wishes: Wishes = {
    ct: clone,
    others: { 920: { ...base, template: true, tags: ['source'], onboot: true } },
  };
  const one = await node();
  assert.deepEqual(problems(await one.run(wishes, steps)), []);
  assert.equal(confOn(one, 920).keys.get('template'), '1');
  assert.equal(confOn(one, 950).keys.get('rootfs'), 'local-lvm:vm-950-disk-0,size=8G');
  assert.equal(one.twin.state().volumes['local-lvm:vm-950-disk-0']?.base, 'local-lvm:base-920-disk-0');
  assert.deepEqual(
    [confOn(one, 950).keys.get('tags'), confOn(one, 950).keys.get('onboot')],
    [undefined, undefined],
  );
  assert.deepEqual((await one.run(wishes, steps)).started, []);
});

test('a running source is cloned through a snapshot that is gone afterwards', async () => {
  const wishes: Wishes = { ct: clone, others: { 920: running } };
  const one = await node();
  assert.deepEqual(problems(await one.run(wishes, steps)), []);
  assert.deepEqual([...confOn(one, 920).snapshots.keys()], []);
  assert.ok(one.twin.state().guests[920]?.running);
  assert.equal(one.twin.state().guests[950]?.running, undefined);
});

const deaths: readonly (readonly [match: string, kill: 'before' | 'during' | 'after'])[] = [
  ...(['pct snapshot 920', 'pct clone 920', 'pct delsnapshot 920'] as const).flatMap((match) =>
    (['before', 'during', 'after'] as const).map((kill) => [match, kill] as const),
  ),
];

for (const [match, kill] of deaths) {
  test(`phx dies ${kill} ${match}: the next run ends with one clone and no snapshot`, async () => {
    const wishes: Wishes = { ct: clone, others: { 920: { ...running, tags: ['source'] } } };
    const one = await node();
    one.twin.addFault({ match, nth: 1, kill });
    assert.equal((await one.run(wishes, steps)).killed, true);
    assert.deepEqual(problems(await one.run(wishes, steps)), []);
    assert.deepEqual([...confOn(one, 920).snapshots.keys()], []);
    assert.equal(confOn(one, 920).keys.get('lock'), undefined);
    assert.equal(confOn(one, 950).keys.get('lock'), undefined);
    assert.equal(confOn(one, 950).keys.get('tags'), undefined);
    const owned = Object.values(one.twin.state().volumes).filter(({ owner }) => owner === 950);
    assert.equal(owned.length, 1);
  });
}

for (const kill of ['before', 'during', 'after'] as const) {
  test(`phx dies ${kill} pct template: the next run ends with a template`, async () => {
    const wishes: Wishes = { ct: clone, others: { 920: { ...base, template: true } } };
    const one = await node();
    one.twin.addFault({ match: 'pct template 920', nth: 1, kill });
    assert.equal((await one.run(wishes, steps)).killed, true);
    assert.deepEqual(problems(await one.run(wishes, steps)), []);
    assert.equal(confOn(one, 950).keys.get('rootfs'), 'local-lvm:vm-950-disk-0,size=8G');
  });
}

test('phx dies while a root of raw images is unpacked: its mount and its loop device are gone as well', async () => {
  const files = { ...base, rootfs: { storage: 'local', size: 8 } };
  const one = await node();
  await one.twin.run({ argv: ['pvesm', 'set', 'local', '--content', 'rootdir,vztmpl'] });
  one.twin.addFault({ match: 'pct create 950', nth: 1, kill: 'during' });
  assert.equal((await one.run({ ct: files }, steps)).killed, true);
  assert.equal(one.twin.state().loops?.length, 1);
  assert.deepEqual(problems(await one.run({ ct: files }, steps)), []);
  assert.deepEqual([one.twin.state().mounts, one.twin.state().loops], [[], []]);
  assert.equal(Object.values(one.twin.state().volumes).length, 1);
});
