/**
 * `/cluster` and `/version`: ids, resources, status and tasks of a node that stands alone (node-reads, pvesh-reads); of the
 * nodes of a cluster from the source of pve-manager.
 */

import { type Call, refuse } from '../call.ts';
import { lookThere } from '../cluster-call.ts';
import { clusterOf } from '../cluster-view.ts';
import { nextIdRange } from '../datacenter-cfg.ts';
import { anyGuest, type Guest, guestIds, placeOf } from '../guests.ts';
import { managerOf } from '../manager.ts';
import type { Given } from '../options.ts';
import { containerFacts } from '../pct-show.ts';
import { storageFigures } from '../pvesm-show.ts';
import { vmFacts } from '../qm-show.ts';
import { allStorages, isShared } from '../storage/storages.ts';
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

/** A node that does not answer: its guests are known from /etc/pve, and nothing of how they are. */
function silentNode({ state }: Call, node: string, wanted: string | undefined): DataRow[] {
  const guests = Object.entries(clusterOf(state)?.guests(node) ?? {}).map(([id, { kind }]) => {
    const type = kind === 'vm' ? 'qemu' : 'lxc';
    return { id: `${type}/${id}`, node, status: 'unknown', type, vmid: Number(id) };
  });
  return [
    ...(wanted === undefined || wanted === 'vm' ? guests : []),
    ...(wanted === undefined || wanted === 'node' ? [silentResource(node)] : []),
    ...(wanted === undefined || wanted === 'storage'
      ? allStorages(state).map(({ id, type }) => ({
          ...{ id: `storage/${node}/${id}`, node, plugintype: type, status: 'unknown', storage: id },
          type: 'storage',
        }))
      : []),
  ];
}

function silentResource(node: string): DataRow {
  return { id: `node/${node}`, node, type: 'node', status: 'offline', level: '' };
}

/** Names of all nodes; one that stands alone has its own. */
function nodeNames({ state }: Call): string[] {
  return clusterOf(state)?.members.map(({ name }) => name) ?? [state.hardware.node];
}

function storageResources(call: Call): DataRow[] {
  return allStorages(call.state).map((storage) => {
    const { total, used, content } = storageFigures(call, storage);
    return {
      ...{ id: `storage/${call.state.hardware.node}/${storage.id}`, node: call.state.hardware.node },
      ...{ type: 'storage', storage: storage.id, plugintype: storage.type, status: 'available' },
      shared: isShared(storage) ? 1 : 0,
      ...{ content, disk: used, maxdisk: total },
    };
  });
}

/** The zone that every node has. */
function localNetwork({ state }: Call): DataRow {
  const { node } = state.hardware;
  return { id: `sdn/${node}/localnetwork`, node, sdn: 'localnetwork', status: 'ok', type: 'sdn' };
}

function nodeResources(call: Call, wanted: string | undefined): DataRow[] {
  const guests = guestIds(call.state).flatMap((id) => anyGuest(call, id) ?? []);
  return [
    ...(wanted === undefined || wanted === 'vm' ? guests.map((guest) => guestResource(call, guest)) : []),
    ...(wanted === undefined || wanted === 'node' ? [nodeResource(call)] : []),
    ...(wanted === undefined || wanted === 'storage' ? storageResources(call) : []),
    ...(wanted === undefined || wanted === 'sdn' ? [localNetwork(call)] : []),
  ];
}

function resources(call: Call, given: Given): undefined {
  const wanted = given.values.get('type');
  const rows = nodeNames(call).flatMap((node) => {
    const place = lookThere(call, node);
    return place ? nodeResources(place, wanted) : silentNode(call, node, wanted);
  });
  printRows(
    call,
    given,
    columns('id', 'type', 'cgroup-mode#', 'content', 'cpu#', 'disk#', 'hastate', 'level'),
    rows,
  );
}

function nodes(call: Call, given: Given): undefined {
  const rows = nodeNames(call).map((node) => {
    const place = lookThere(call, node);
    const { 'cgroup-mode': _, ...own } = place ? nodeResource(place) : silentResource(node);
    return { ...own, ssl_fingerprint: 'AA:00' };
  });
  printRows(call, given, columns('node', 'status', 'cpu#', 'level', 'maxcpu#', 'maxmem#'), rows);
}

function status(call: Call, given: Given): undefined {
  const { node, address } = call.state.hardware;
  const cluster = clusterOf(call.state);
  const members = cluster?.members ?? [
    { name: node, id: 0, address: address.replace(/\/.*/, ''), online: true },
  ];
  const rows: DataRow[] = members.map(({ name, id, address: ip, online }) => ({
    ...{ id: `node/${name}`, ip, level: '', local: name === node ? 1 : 0, name, nodeid: id },
    ...{ online: online ? 1 : 0, type: 'node' },
  }));
  const count = members.length;
  const whole = cluster && {
    ...{ id: 'cluster', name: cluster.name, nodes: count, quorate: cluster.quorate ? 1 : 0 },
    ...{ type: 'cluster', version: count },
  };
  const shown = columns('id', 'name', 'type', 'ip', 'level', 'local#', 'nodeid#', 'online#');
  printRows(call, given, shown, whole ? [whole, ...rows] : rows);
}

function tasks(call: Call, given: Given): undefined {
  const all = nodeNames(call).flatMap((node) => {
    const state = lookThere(call, node)?.state;
    return state ? (state.tasks ?? []).map((task) => ({ state, node, task })) : [];
  });
  // Those of one node come one after the other, and so they stay.
  all.sort((one, other) => one.task.start - other.task.start);
  const rows = all.reverse().map(({ state, node, task }, at) => ({
    ...{ id: task.id, node, type: task.type, user: 'root@pam' },
    ...{ starttime: Math.floor(task.start / 1000), endtime: Math.floor((task.end ?? 0) / 1000) },
    ...{ status: task.status, upid: upidOf(state, task), saved: at === 0 ? 1 : '1' },
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
