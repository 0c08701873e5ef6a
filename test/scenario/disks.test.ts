/** Disks that must not be lost and paths that lie on nothing: refused before anything is changed, with the way out. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { builtFleet, Project } from './rig.ts';

const hypervisor = 'config/hypervisor.json5';
const big = 'nvme-Samsung_SSD_990_EVO_Plus_4TB_S7U8NJ0Y402334Y';
const small = 'nvme-Samsung_SSD_990_EVO_Plus_2TB_S7U6NJ0Y310536X';
const pool = 'hypervisor/zfs:fastData';
const state = '.cache/twin/state.json';

/** A fresh node whose 4 TB disk was used before. */
function usedNode(...signature: readonly string[]): Project {
  const project = Project.fleet();
  const signed = project.phx('twin', 'disk', `/dev/disk/by-id/${big}`, ...signature);
  assert.equal(signed.code, 0, signed.err);
  project.run(['hypervisor/timezone']);
  return project;
}

/** Runs, and sees that it is refused and that the node is as it was, to the byte. */
function refused(project: Project, target: string, ...says: readonly RegExp[]): void {
  const before = project.read(state);
  const { code, out, err } = project.phx('run', target, '--plain');
  assert.equal(code, 8, `${out}\n${err}`);
  for (const pattern of says) assert.match(out + err, pattern);
  assert.equal(project.read(state), before);
  assert.doesNotMatch(out + err, /\n\s+at .*\.[jt]s:\d+/, 'a stack trace');
}

test('a disk that is not there', () => {
  const project = usedNode('--signature', 'blank');
  project.edit(hypervisor, big, `${big.slice(0, -1)}Z`);
  refused(project, pool, /fastData names a disk that is not there/, new RegExp(`did you mean ${big}`));
});

test('a disk that is mounted, given up or not', () => {
  const project = usedNode('--signature', 'ext4', '--mounted', '/mnt/old');
  refused(project, pool, /names a disk that is in use/, /is mounted at \/mnt\/old/);
  const before = project.read(state);
  assert.equal(project.phx('run', pool, '--wipe-disk', big).code, 8);
  assert.equal(project.read(state), before);
});

test('a disk with something on it is taken only by its name', () => {
  const project = usedNode('--signature', 'gpt');
  const way = new RegExp(`phx run ${pool} --wipe-disk ${big}`);
  refused(project, pool, /names a disk that is not blank/, /gpt partition table.*ext4 on/, way);
  assert.equal(project.phx('run', pool, '--wipe-disk', small).code, 8);
  const run = project.run([pool, '--wipe-disk', big]);
  assert.deepEqual(
    run.commands.slice(0, 2).map((command) => command.replace(/ -o .* fastData/, ' fastData')),
    [`wipefs --all /dev/disk/by-id/${big}`, `zpool create fastData /dev/disk/by-id/${big}`],
  );
  assert.deepEqual(project.run([pool]).commands, []);
});

test('a pool of that name that is not imported is not made anew', () => {
  const project = usedNode('--signature', 'zfs:fastData');
  refused(project, pool, /names a disk that is not blank/, /zpool import fastData/);
  assert.equal(project.phx('twin', 'exec', '--', 'zpool', 'import', 'fastData').code, 0);
  const [first, ...more] = project.run([pool]).commands;
  assert.equal(first, 'zpool set autotrim=on fastData');
  assert.ok(
    more.every((command) => command.startsWith('zfs create ')),
    more.join(),
  );
});

test('pools that stand on other disks than the configuration says', () => {
  const project = builtFleet();
  for (const [from, to] of [
    [big, 'swap'],
    [small, big],
    ['swap', small],
  ] as const)
    project.edit(hypervisor, from, to);
  refused(
    project,
    'hypervisor/zfs:*',
    /There is a pool fastData, but on other disks/,
    /There is a pool quickOS/,
  );
});

const nowhere = [
  ['a share', "path: '/fastData/shared-bulk-data', validUsers", "path: '/fastData/bulk', validUsers"],
  ['a directory', "'/fastData/shared-bulk-data': { owner", "'/fastData/bulk': { owner"],
  ['a storage', "path: '/fastData/shared-iso'", "path: '/fastData/bulk'"],
] as const;

for (const [what, from, to] of nowhere) {
  test(`${what} on a dataset that nobody describes`, () => {
    const project = Project.fleet();
    project.edit(hypervisor, from, to);
    const { code, err } = project.phx('run', 'hypervisor');
    assert.equal(code, 3, err);
    assert.match(err, /\/fastData\/bulk is on no dataset that is described/);
    assert.match(err, /config\/hypervisor\.json5:\d+:\d+/);
    assert.ok(!existsSync(join(project.root, state)), 'the node was touched');
  });
}

test('an owner that nobody makes', () => {
  const project = usedNode('--signature', 'blank');
  project.run(['hypervisor/zfs', 'hypervisor/user:heads']);
  project.edit(
    hypervisor,
    "'/fastData/shared-bulk-data': { owner: 'heads'",
    "'/fastData/shared-bulk-data': { owner: 'nobdy'",
  );
  refused(
    project,
    'hypervisor/directory:/fastData/shared-bulk-data',
    /nobody that the node knows/,
    /nobdy is not in/,
  );
});

test('a storage that would have to move', () => {
  const project = builtFleet();
  project.edit(
    hypervisor,
    "'fastData-shared-iso': { type: 'dir', path: '/fastData/shared-iso'",
    "'fastData-shared-iso': { type: 'dir', path: '/fastData/shared-backups'",
  );
  const [iso, backups] = ['/fastData/shared-iso', '/fastData/shared-backups'];
  refused(
    project,
    'hypervisor/storage:fastData-shared-iso',
    new RegExp(`on the node +dir ${iso}`),
    new RegExp(`wanted +dir ${backups}`),
    /pvesm remove fastData-shared-iso/,
  );
});
