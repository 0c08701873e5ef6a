/** `/nodes/{node}`: what the node says of itself, and its tasks (node-reads; of those at work from documentation). */

import type { Call } from '../call.ts';
import type { Spec } from '../formats.ts';
import { managerOf } from '../manager.ts';
import type { Given } from '../options.ts';
import type { BusyTask, TaskEntry } from '../state.ts';
import { columns, type DataRow, printObject, printRows } from '../tables.ts';
import { upidOf } from '../task-log.ts';
import { refuseParameter } from './refuse.ts';
import type { Route } from './route.ts';

function status(call: Call, given: Given): undefined {
  const { state } = call;
  const { version, repoid } = managerOf(state);
  const total = state.hardware.memory * 1024 ** 2;
  const kernel = {
    sysname: 'Linux',
    machine: 'x86_64',
    release: '6.8.12-9-pve',
    version: '#1 SMP PREEMPT_DYNAMIC',
  };
  const model = {
    cores: 2,
    cpus: 2,
    sockets: 1,
    model: 'Twin',
    mhz: '2600.000',
    flags: '',
    hvm: '',
    user_hz: 100,
  };
  printObject(call, given, {
    ...{ 'boot-info': { mode: 'efi' }, cpu: 0, idle: 0, wait: 0, cpuinfo: model, 'current-kernel': kernel },
    ...{
      ksm: { shared: 0 },
      kversion: `Linux ${kernel.release} ${kernel.version}`,
      loadavg: ['0.00', '0.00', '0.00'],
    },
    ...{ memory: { total, used: 0, free: total }, swap: { total: 0, used: 0, free: 0 } },
    rootfs: { total: 0, used: 0, free: 0, avail: 0 },
    ...{
      pveversion: `pve-manager/${version}/${repoid}`,
      uptime: Math.round((call.now() - state.bootedAt) / 1000),
    },
  });
}

const filters: Readonly<Record<string, Spec>> = {
  errors: { type: 'boolean' },
  limit: { type: 'integer', min: 0 },
  since: { type: 'integer' },
  source: { values: ['archive', 'active', 'all'] },
  start: { type: 'integer', min: 0 },
  statusfilter: {},
  typefilter: {},
  until: { type: 'integer' },
  userfilter: {},
  vmid: { type: 'integer', format: 'pve-vmid' },
};

/** What is at work, then what ended, newest first; of what is at work there is no recording (from the source). */
function tasks(call: Call, given: Given): undefined {
  const { state, now } = call;
  const value = (name: string) => given.values.get(name);
  const source = value('source') ?? 'archive';
  const atWork = source === 'archive' ? [] : (state.busy ?? []).filter(({ until }) => until > now());
  const ended = source === 'active' ? [] : (state.tasks ?? []);
  const failed = value('errors') === '1' || value('statusfilter') === 'error';
  const start = Number(value('start') ?? 0);
  const rows = [...ended, ...atWork.map(begun)]
    .reverse()
    .filter(({ status, end }) => !failed || (end !== undefined && status !== 'OK'))
    .filter((task) => [undefined, task.id].includes(value('vmid')))
    .filter((task) => [undefined, task.type].includes(value('typefilter')))
    .filter(() => 'root@pam'.includes(value('userfilter') ?? ''))
    .slice(start, start + Number(value('limit') ?? 50))
    .map((task) => taskRow(call, task));
  printRows(call, given, columns('upid', 'type', 'id', 'user', 'starttime#', 'endtime#', 'status'), rows);
}

/** It has no end yet, and a status of its own. */
function begun({ until: _, ...task }: BusyTask): TaskEntry {
  return { ...task, status: 'RUNNING' };
}

function taskRow({ state }: Call, task: TaskEntry): DataRow {
  const ended = task.end === undefined ? {} : { endtime: Math.floor(task.end / 1000) };
  return {
    ...{ id: task.id, node: state.hardware.node, pid: task.pid, pstart: task.pstart, type: task.type },
    ...{ starttime: Math.floor(task.start / 1000), ...ended },
    ...{ status: task.status, upid: upidOf(state, task), user: 'root@pam' },
  };
}

function taskOf(call: Call, given: Given): TaskEntry | undefined {
  const upid = given.values.get('upid') ?? '';
  if (!/^UPID:[^:]+:[0-9A-F]{8}:[0-9A-F]{8,9}:[0-9A-F]{8}:[^:]+:[^:]*:[^:]+:$/i.test(upid))
    refuseParameter('get', 'upid', 'unable to parse worker upid');
  return call.state.tasks?.find((task) => upidOf(call.state, task) === upid);
}

function taskStatus(call: Call, given: Given): undefined {
  const task = taskOf(call, given) ?? refuseParameter('get', 'upid', 'no such task');
  const { endtime: _, status: exitstatus, ...row } = taskRow(call, task);
  printObject(call, given, { ...row, status: 'stopped', exitstatus });
}

/** The twin keeps no output of tasks. */
function taskLog(call: Call, given: Given): undefined {
  const task = taskOf(call, given);
  // Without a log the answer is no list (node-reads).
  if (!task)
    return void printObject(call, given, { n: 1, t: 'unable to open file - No such file or directory' });
  const t = `TASK ${task.status === 'OK' ? 'OK' : `ERROR: ${task.status}`}`;
  printRows(call, given, columns('n#', 't'), [{ n: 1, t }]);
}

export const nodeRoutes: readonly Route[] = [
  { path: '/nodes/{node}/status', get: { run: status } },
  { path: '/nodes/{node}/tasks', get: { options: filters, run: tasks } },
  // What has ended needs no stop.
  { path: '/nodes/{node}/tasks/{upid}', delete: { run: (call, given) => void taskOf(call, given) } },
  { path: '/nodes/{node}/tasks/{upid}/status', get: { run: taskStatus } },
  { path: '/nodes/{node}/tasks/{upid}/log', get: { options: { limit: {}, start: {} }, run: taskLog } },
];
