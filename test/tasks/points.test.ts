/** Safety points that no look at a conf shows: which of them stand, and what each holds. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StandingPoint } from '../../src/config/project.ts';
import { attempt } from '../../src/core/attempt.ts';
import { lxc } from '../../tasks/lxc/index.ts';
import { vm } from '../../tasks/vm/index.ts';
import { scopeFor } from './cases.ts';
import type { Scene, Scripted } from './fake-node.ts';
import { fleetOf, type Over } from './fleet.ts';

/** What is told of guest 950; undefined: nothing is asked. */
async function told(
  kind: 'ct' | 'vm',
  by: string,
  scene: Omit<Scene, 'kind'>,
  answers: Scripted['answers'],
): Promise<readonly StandingPoint[] | string | undefined> {
  const own: Over = { safety: { by, keep: 1 } };
  const fleet = fleetOf(kind === 'ct' ? { ct: own } : { vm: own });
  const all = new Map<number, readonly StandingPoint[]>();
  const request = {
    guests: [950, 951],
    found: (id: number, points: readonly StandingPoint[]) => void all.set(id, points),
  };
  const tasks = [lxc(), vm()].flatMap((plugin) => plugin.points?.({ fleet }, request) ?? []);
  const [task] = tasks;
  if (!task) return undefined;
  assert.equal(tasks.length, 1);
  const scope = await scopeFor({ kind, ...scene }, answers);
  const setup = { run: 'now', scope, started: () => {}, diagnose: () => undefined };
  const ending = await attempt(task, { because: [], fingerprint: {} }, setup);
  assert.deepEqual(ending.commands, []);
  return ending.state === 'done' ? (all.get(950) ?? []) : ending.problem.title;
}

const pool = { storage: ['zfspool: quick', '\tpool tank/ct', '\tcontent rootdir,images'] };
const listed = (dataset: string) => {
  const names = ['sealed-aa', 'phx-safety-2', 'phx-safety-10', 'phx-other'];
  return { 'zfs list': { stdout: names.map((name) => `tank/ct/${dataset}@${name}\n`).join('') } };
};
const roots = ['safety-2', 'safety-10'].map((name) => ({ name, holds: 'its root alone' }));
const volume = 'far:backup/vzdump-qemu-950-2026_01_01-00_00_00.vma.zst';
const note = `incarnation born950\nbackup safety-1 ${volume}\nbackup safety-2 far:backup/gone\n`;

test('by dataset, of either kind', async () => {
  assert.deepEqual(await told('ct', 'dataset', { host: pool }, listed('subvol-950-disk-0')), roots);
  assert.deepEqual(await told('vm', 'dataset', { host: pool }, listed('vm-950-disk-0')), roots);
});

test('by backup: those that are still there', async () => {
  const scene = { files: { '/var/lib/phx/safety/950': note } };
  const answers = {
    'pvesm list far': { stdout: `Volid Format Type Size VMID\n${volume} vma.zst backup 1 950\n` },
  };
  assert.deepEqual(await told('vm', 'backup', scene, answers), [
    { name: 'safety-1', holds: `backup ${volume}` },
  ]);
});

test('on a storage without datasets, and of a guest that is not there: none', async () => {
  assert.deepEqual(await told('ct', 'dataset', {}, {}), []);
  assert.deepEqual(await told('ct', 'dataset', { conf: null }, {}), []);
});

test('snapshots stand in the conf: nothing is asked', async () => {
  assert.equal(await told('ct', 'snapshot', {}, {}), undefined);
  assert.equal(await told('vm', 'none', {}, {}), undefined);
});

test('a node that does not answer is told', async () => {
  const refused = { 'zfs list': { exit: 1, stderr: 'cannot open' } };
  assert.match(
    String(await told('ct', 'dataset', { host: pool }, refused)),
    /zfs list failed with exit code 1/,
  );
});
