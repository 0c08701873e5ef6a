/** What storages, directories and bind mounts wait for: the tasks that make what they lie on, where there are any. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tasksOf } from './fleet.ts';

const zfs = {
  pools: { tank: { raid: 'single', disks: ['/dev/disk/by-id/a'], ashift: 12, autotrim: true } },
  datasets: { 'tank/a': { mountpoint: '/srv' }, 'tank/a/b': {}, 'tank/c/d': {} },
};

const node = {
  zfs,
  network: { bridges: { vmbr0: { address: '10.0.0.2/24', ports: [] } }, nameservers: ['9.9.9.9'] },
  directories: { '/srv/b/share': {}, '/srv/b/share/in': {}, '/srv/bb': {} },
  storage: {
    pool: { type: 'zfspool', pool: 'tank', content: ['images'] },
    deep: { type: 'dir', path: '/srv/b/share/in/iso', content: ['iso'] },
    own: { type: 'nfs', server: '10.0.0.2', export: '/srv/b', content: ['iso'] },
    named: { type: 'nfs', server: 'nas', export: '/srv/b', content: ['iso'] },
  },
  nfs: { exports: { '/srv/b': { clients: ['10.0.0.0/24'], options: [] } } },
  images: { noble: { url: 'https://example.org/noble.img' } },
};

const ct = {
  mounts: { mp0: { source: '/srv/b/share/models', mp: '/models' }, mp1: { source: '/opt', mp: '/o' } },
};

const wanted: Readonly<Record<string, readonly string[]>> = {
  'hypervisor/zfs:tank/a/b': ['zfs:tank/a'],
  'hypervisor/zfs:tank/c/d': ['zfs:tank'],
  'hypervisor/directory:/srv/b/share': ['zfs:tank/a/b'],
  'hypervisor/directory:/srv/b/share/in': ['zfs:tank/a/b', 'directory:/srv/b/share'],
  'hypervisor/directory:/srv/bb': ['zfs:tank/a'],
  'hypervisor/storage:pool': ['zfs:tank'],
  'hypervisor/storage:deep': ['zfs:tank/a/b', 'directory:/srv/b/share', 'directory:/srv/b/share/in'],
  'hypervisor/storage:named': ['network', 'resolver'],
  'hypervisor/image:noble': ['network', 'resolver'],
  'ctid:950/volumes': ['zfs:tank/a/b', 'directory:/srv/b/share'],
};

test('each waits for what it lies on, and only for tasks that there are', async () => {
  const tasks = await tasksOf({ ct, hypervisor: node });
  const ids = new Set(tasks.map(({ id }) => id));
  for (const [id, below] of Object.entries(wanted)) {
    const edges = tasks.find((task) => task.id === id)?.dependencies ?? [];
    const node = edges.filter(({ task }) => task.startsWith('hypervisor/'));
    assert.deepEqual(
      node.map(({ task, kind }) => [task, kind]),
      below.map((task) => [`hypervisor/${task}`, 'order']),
      id,
    );
  }
  const own = tasks.find(({ id }) => id === 'hypervisor/storage:own')?.dependencies.map(({ task }) => task);
  const served = ids.has('hypervisor/nfs') ? ['hypervisor/nfs'] : [];
  assert.deepEqual(own, ['hypervisor/network', ...served]);
});

test('a directory waits for the accounts that a task makes', async () => {
  const users = { heads: { sudo: false, administrator: false, groups: [], shell: '/bin/bash', sshKeys: [] } };
  const directories = { '/srv/x': { owner: 'heads', group: 'heads' } };
  const tasks = await tasksOf({ hypervisor: { users, directories } });
  const made = tasks.some(({ id }) => id === 'hypervisor/user:heads') ? ['hypervisor/user:heads'] : [];
  const edges = tasks.find(({ id }) => id === 'hypervisor/directory:/srv/x')?.dependencies;
  assert.deepEqual(
    edges?.map(({ task }) => task),
    made,
  );
});
