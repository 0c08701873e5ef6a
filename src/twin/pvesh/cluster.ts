/** `/cluster` and `/version`: ids, resources, status and tasks of a node that stands alone (node-reads, pvesh-reads). */

import { type Call, refuse } from '../call.ts';
import { nextIdRange } from '../datacenter-cfg.ts';
import { anyGuest, type Guest, guestIds, placeOf } from '../guests.ts';
import { managerOf } from '../manager.ts';
import type { Given } from '../options.ts';
import { containerFacts } from '../pct-show.ts';
import { storageFigures } from '../pvesm-show.ts';
import { vmFacts } from '../qm-show.ts';
import { allStorages } from '../storage/storages.ts';
import { columns, type DataRow, printObject, printRows, printValue } from '../tables.ts';
import { upidOf } from '../task-log.ts';
import { refuseParameter } from './refuse.ts';
import type { Route } from './route.ts';

function nextId(call: Call, given: Given): undefined {
  const asked = given.values.get('vmid');
  if (asked !== undefined && placeOf(call.state, asked))
    refuseParameter('get', 'vmid', `VM ${asked} already exists`);
  if (asked !== undefined) return void printValue(call, given, asked);
  const { lower, upper } = nextIdRange(call.state);
  let id = lower;
  while (id < upper && placeOf(call.state, id)) id++;
  if (id >= upper) refuse(`unable to get any free VMID in range [${lower}, ${upper}]`);
  // What comes from the configuration as it is, is a text.
  printValue(call, given, id === lower && lower !== 100 ? `${id}` : id);
}

function guestResource(call: Call, guest: Guest): DataRow {
  const vm = guest.state.kind === 'vm';
  const facts = vm ? vmFacts(call, guest.id, guest) : containerFacts(call, guest.id, guest);
  const { cpus, qmpstatus: _, maxswap: __, swap: ___, pid: ____, type: _____, ...own } = facts;
  return {
    ...own,
    ...{ cpu: 0, maxcpu: cpus, id: `${vm ? 'qemu' : 'lxc'}/${guest.id}`, node: call.state.hardware.node },
    ...{ type: vm ? 'qemu' : 'lxc', template: Number(facts.template ?? 0), vmid: Number(guest.id) },
  };
}

function nodeResource({ state, now }: Call): DataRow {
  const { node, memory } = state.hardware;
  return {
    ...{ id: `node/${node}`, node, type: 'node', status: 'online', level: '', 'cgroup-mode': 2 },
    ...{ cpu: 0, maxcpu: 2, mem: 0, maxmem: memory * 1024 ** 2, disk: 0, maxdisk: 0 },
    uptime: Math.max(1, Math.round((now() - state.bootedAt) / 1000)),
  };
}

function storageResources(call: Call): DataRow[] {
  return allStorages(call.state).map((storage) => {
    const { total, used, content } = storageFigures(call, storage);
    return {
      ...{ id: `storage/${call.state.hardware.node}/${storage.id}`, node: call.state.hardware.node },
      ...{ type: 'storage', storage: storage.id, plugintype: storage.type, status: 'available', shared: 0 },
      ...{ content, disk: used, maxdisk: total },
    };
  });
}

/** The zone that every node has. */
function localNetwork({ state }: Call): DataRow {
  const { node } = state.hardware;
  return { id: `sdn/${node}/localnetwork`, node, sdn: 'localnetwork', status: 'ok', type: 'sdn' };
}

function resources(call: Call, given: Given): undefined {
  const wanted = given.values.get('type');
  const guests = guestIds(call.state).flatMap((id) => anyGuest(call, id) ?? []);
  const rows = [
    ...(wanted === undefined || wanted === 'vm' ? guests.map((guest) => guestResource(call, guest)) : []),
    ...(wanted === undefined || wanted === 'node' ? [nodeResource(call)] : []),
    ...(wanted === undefined || wanted === 'storage' ? storageResources(call) : []),
    ...(wanted === undefined || wanted === 'sdn' ? [localNetwork(call)] : []),
  ];
  printRows(
    call,
    given,
    columns('id', 'type', 'cgroup-mode#', 'content', 'cpu#', 'disk#', 'hastate', 'level'),
    rows,
  );
}

function nodes(call: Call, given: Given): undefined {
  const { 'cgroup-mode': _, ...own } = nodeResource(call);
  printRows(call, given, columns('node', 'status', 'cpu#', 'level', 'maxcpu#', 'maxmem#'), [
    { ...own, ssl_fingerprint: 'AA:00' },
  ]);
}

function status(call: Call, given: Given): undefined {
  const { node, address } = call.state.hardware;
  const ip = address.replace(/\/.*/, '');
  const row = { id: `node/${node}`, ip, level: '', local: 1, name: node, nodeid: 0, online: 1, type: 'node' };
  printRows(call, given, columns('id', 'name', 'type', 'ip', 'level', 'local#', 'nodeid#', 'online#'), [row]);
}

function tasks(call: Call, given: Given): undefined {
  const rows = [...(call.state.tasks ?? [])].reverse().map((task, at) => ({
    ...{ id: task.id, node: call.state.hardware.node, type: task.type, user: 'root@pam' },
    ...{ starttime: Math.floor(task.start / 1000), endtime: Math.floor((task.end ?? 0) / 1000) },
    ...{ status: task.status, upid: upidOf(call.state, task), saved: at === 0 ? 1 : '1' },
  }));
  printRows(call, given, columns('upid'), rows);
}

function version(call: Call, given: Given): undefined {
  printObject(call, given, managerOf(call.state));
}

export const clusterRoutes: readonly Route[] = [
  { path: '/version', get: { run: version } },
  { path: '/nodes', get: { run: nodes } },
  {
    path: '/cluster/nextid',
    get: { options: { vmid: { type: 'integer', format: 'pve-vmid' } }, run: nextId },
  },
  {
    path: '/cluster/resources',
    get: { options: { type: { values: ['vm', 'storage', 'node', 'sdn'] } }, run: resources },
  },
  { path: '/cluster/status', get: { run: status } },
  { path: '/cluster/tasks', get: { run: tasks } },
];
