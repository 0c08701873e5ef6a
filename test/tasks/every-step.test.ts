/** What holds for every step: it has cases, it reads nothing that it did not declare, and its words are in order. */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import type { PhxTask } from '../../src/config/project.ts';
import { createContext } from '../../src/core/context.ts';
import { guardSlice } from '../../src/core/slice.ts';
import { readCases, scopeFor } from './cases.ts';
import { checksOf, tasksOf } from './fleet.ts';

const files = readdirSync(new URL('cases/', import.meta.url)).map((name) => name.replace('.json', ''));
const cases = files.flatMap(readCases);

const everything = {
  ct: {
    clone: { from: 900 },
    layers: [{ name: 'docker', params: {} }],
    app: { name: 'n8n', params: {} },
    health: { checks: [], retries: 1, interval: 1, deadline: 1 },
    snapshot: 'sealed',
    firewall: { enabled: true, rules: {} },
  },
  others: {
    ...{ 900: {}, 920: { template: true, state: 'stopped' } },
    960: {
      kind: 'vm',
      layers: [{ name: 'docker', params: {} }],
      snapshot: 'sealed',
      firewall: { enabled: true, rules: {} },
    },
    961: { kind: 'vm', template: true, state: 'stopped' },
  },
  hypervisor: {
    ...{ hostname: 'pve1', timezone: 'Etc/UTC', locale: 'C.UTF-8', ntp: ['a.example'], upgrade: 'now' },
    network: { nameservers: ['9.9.9.9'], hosts: { nas: '10.0.0.9' } },
    dns: { domain: 'lan', upstream: ['9.9.9.9'], records: {} },
    vfio: { ids: ['10de:2d04'], cmdline: [] },
    apparmor: { profiles: { docker: 'docker' }, homeDirs: ['/tank/home/'] },
    certificates: { trusted: { lab: 'lab.crt' }, renew: { script: 'renew.sh', calendar: 'hourly' } },
    users: {
      anna: { ...{ sudo: false, administrator: false, groups: [], sshKeys: [] }, shell: '/bin/bash' },
    },
    access: {
      users: { 'bot@pve': { enable: true, groups: ['ops'] } },
      groups: { ops: {} },
      roles: { Watch: ['VM.Audit'] },
      acl: { '/': { '@ops': ['Watch'] } },
      tokens: { 'bot@pve!ci': { privsep: true } },
    },
    nfs: { exports: { '/quick/lxc': { clients: ['*'], options: ['ro'] } } },
    samba: {
      ...{ workgroup: 'HOME', user: 'anna', password: { secret: 'env:P' } },
      shares: { data: { path: '/quick/lxc', validUsers: [], browseable: true, writable: true } },
    },
    zfs: {
      arcMax: 1,
      pools: { quick: { raid: 'single', disks: ['/dev/a'], ashift: 12, autotrim: true } as const },
      datasets: { 'quick/lxc': {} },
    },
    backups: {
      nightly: {
        ...{ schedule: 'daily', storage: 'iso', guests: 'all', mode: 'snapshot', compress: 'zstd' },
        enabled: true,
      } as const,
    },
    storage: { iso: { type: 'dir', path: '/tank/iso', content: ['iso'] } as const },
    directories: { '/tank/share': {} },
    images: { noble: { url: 'https://example.org/noble.img' } },
    templates: { 'u.tar.zst': { storage: 'iso' } },
    firewall: { enabled: true, rules: { ssh: { type: 'in', action: 'ACCEPT', macro: 'SSH' } } },
    nvidia: { version: '1', runfile: 'https://example.org/n.run', gpus: 1, persistence: true },
  },
};

/** The whole id of a case's task. */
function taskOf({ step, vm }: (typeof cases)[number]): string {
  return step.includes('/') ? step : `${vm ? 'vmid' : 'ctid'}:950/${step}`;
}

/** Steps of VMs are kinds of their own; `zfs:pool/dataset` and `zfs:pool` are two kinds; otherwise the part before the name. */
function kindOf(step: string): string {
  const own = step.replace(/^[^/]*\//, '');
  if (step.startsWith('vmid:')) return `vm ${own.replace(/:.*$/, ': each')}`;
  if (own.startsWith('zfs:')) return own.includes('/') ? 'zfs dataset' : 'zfs pool';
  return own.startsWith('nvidia:') || own === 'apparmor:homes' ? own : own.replace(/:.*$/, ': each');
}

test('every step that the plugins know has cases', async () => {
  const tasks = [
    ...(await tasksOf(everything)),
    ...checksOf(everything, { integration: true, found: () => {} }),
  ];
  const steps = new Set(tasks.map(({ id }) => kindOf(id)));
  const covered = new Set(cases.map((each) => kindOf(taskOf(each))));
  assert.deepEqual([...steps].sort(), [...covered].sort());
});

test('no two cases have one name', () => {
  const names = cases.map((each) => `${taskOf(each)} ${each.name}`);
  assert.equal(new Set(names).size, names.length);
});

test('a step that reads what it did not declare is stopped, and so is one that writes', async () => {
  const reads: PhxTask['run'][] = [
    async ({ config }) => ({ value: String(config.memory) }),
    async ({ initial }) => ({ value: String(initial.size) }),
    async ({ texts }) => ({ value: String(texts.script) }),
  ];
  for (const run of reads) {
    const task = { id: 'ctid:950/odd', target: 'ctid:950', title: '', revision: '1', config: { cores: 1 } };
    const odd: PhxTask = { ...task, dependencies: [], touches: [], run };
    await assert.rejects(
      run(createContext(odd, await scopeFor({}))),
      /ctid:950\/odd reads .*not in the slice/,
    );
  }
  const slice = guardSlice({ cores: 1 }, 'ctid:950/odd');
  assert.equal(slice.cores, 1);
  assert.deepEqual(Object.entries(slice), [['cores', 1]]);
  assert.throws(() => Object.assign(slice, { cores: 2 }), /writes cores into its slice/);
});

test('every step names its guest among its pools and what it touches', async () => {
  for (const task of await tasksOf(everything)) {
    assert.match(task.revision, /^\d+$/, task.id);
    assert.ok(task.title !== '' && task.id.startsWith(`${task.target}/`), task.id);
    if (task.target === 'ctid:950') assert.ok(task.pools?.includes('guest:950'), task.id);
  }
});
