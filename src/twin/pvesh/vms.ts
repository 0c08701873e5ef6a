/** `/nodes/{node}/qemu`: VMs through Proxmox's interface; the same verbs as `qm`, and answers as data. */

import { type Call, refuse } from '../call.ts';
import { checkFreeId, type Guest, guestIds } from '../guests.ts';
import type { Given } from '../options.ts';
import { qmTaskTypes, runQm } from '../qm.ts';
import { checkTemplate } from '../qm-manage.ts';
import { checkQmMigrate } from '../qm-migrate.ts';
import { highest, vmKeysOf } from '../qm-options.ts';
import { vmFacts } from '../qm-show.ts';
import { checkSnapshotName } from '../qm-snapshot.ts';
import { qmVerb } from '../qm-verbs.ts';
import { columns, printObject, printRows } from '../tables.ts';
import { checkVmProtection, findVm, loadVm } from '../vms.ts';
import { configData } from './guest-data.ts';
import { type GuestApi, guestOf, guestRoutes, verbOptions, verbRun, verbTask } from './guest-routes.ts';
import { apiUsage } from './refuse.ts';
import type { Route } from './route.ts';
import type { Handler } from './task.ts';

/** What Proxmox looks at before it begins the task (from the source of qemu-server). */
const early: Readonly<Record<string, Handler>> = {
  destroy: (call, given) => {
    const guest = guestOf(api, call, given);
    checkVmProtection(guest, `can't remove VM ${guest.id}`);
    if (guest.state.running) refuse(`VM ${guest.id} is running - destroy failed`, 25);
  },
  reboot: (call, given) => {
    const id = given.values.get('vmid') ?? '';
    const running = findVm(call, id)?.state.running;
    if (!running) refuse(`VM ${id} not running\n\nVM ${id} not running`, 2);
    checkPaused(running);
  },
  shutdown: (call, given) => {
    const running = findVm(call, given.values.get('vmid') ?? '')?.state.running;
    if (given.values.get('forceStop') !== '1') checkPaused(running);
  },
  snapshot: (_call, given) => void checkSnapshotName(given.values.get('snapname') ?? ''),
  template: (call, given) => void checkTemplate(guestOf(api, call, given)),
};

function checkPaused(running: Guest['state']['running']): void {
  if (running?.paused) refuse('VM is paused - cannot shutdown');
}

const runs: Handler = (call, given) => {
  const { id, state } = guestOf(api, call, given);
  if (!state.running) refuse(`VM ${id} not running`, 2);
};

const api: GuestApi = {
  early,
  path: '/nodes/{node}/qemu',
  verb: qmVerb,
  run: runQm,
  types: qmTaskTypes,
  load: loadVm,
  specs: vmKeysOf,
  highest,
  resize: 'disk resize',
  snapshotColumns: ['description', 'name', 'parent', 'snaptime#', 'vmstate#'],
};
const one = `${api.path}/{vmid}`;
const exists: Handler = (call, given) => void guestOf(api, call, given);

/** Of a stopped one no figures of its disks are known. */
function figures(call: Call, guest: Guest): Record<string, unknown> {
  const { diskread, diskwrite, ...facts } = vmFacts(call, guest.id, guest);
  const running = guest.state.running === undefined ? {} : { diskread, diskwrite };
  return { ...facts, ...running, cpu: 0, vmid: Number(guest.id) };
}

function list(call: Call, given: Given): undefined {
  const rows = guestIds(call.state, 'vm').flatMap((id) => {
    const guest = findVm(call, id);
    if (!guest) return [];
    const { qmpstatus: _, ...row } = figures(call, guest);
    return [row];
  });
  printRows(
    call,
    given,
    columns('status', 'vmid#', 'cpus#', 'lock', 'maxdisk%', 'maxmem%', 'name', 'pid#', 'tags', 'uptime@'),
    rows,
  );
}

export const vmRoutes: readonly Route[] = [
  {
    path: api.path,
    get: { run: list },
    create: verbTask(
      api,
      'create',
      [],
      (call, { values }) => void checkFreeId(call.state, values.get('vmid') ?? ''),
    ),
  },
  ...guestRoutes(api),
  {
    path: `${one}/config`,
    get: {
      options: verbOptions(api, 'config', 'vmid'),
      run: (call, given) => {
        const current = given.values.get('current') === '1';
        printObject(
          call,
          given,
          configData(guestOf(api, call, given), api.specs(call.state.packages), current),
        );
        return undefined;
      },
    },
    set: { options: verbOptions(api, 'set', 'vmid'), highest, run: verbRun(api, 'set') },
    create: verbTask(api, 'set', ['vmid'], exists, 'qmconfig'),
  },
  {
    path: `${one}/status/current`,
    get: {
      run: (call, given) => {
        printObject(call, given, { ...figures(call, guestOf(api, call, given)), ha: { managed: 0 } });
        return undefined;
      },
    },
  },
  {
    path: `${one}/migrate`,
    create: verbTask(
      api,
      'migrate',
      ['vmid'],
      (call, given) => void checkQmMigrate(call, given, apiUsage('create')),
    ),
  },
  { path: `${one}/status/start`, create: verbTask(api, 'start') },
  { path: `${one}/status/reset`, create: verbTask(api, 'reset', ['vmid'], runs, 'qmreset') },
  { path: `${one}/status/suspend`, create: verbTask(api, 'suspend', ['vmid'], runs, 'qmpause') },
  { path: `${one}/template`, create: verbTask(api, 'template', ['vmid'], early.template) },
  {
    path: `${one}/unlink`,
    set: { options: verbOptions(api, 'disk unlink', 'vmid'), run: verbRun(api, 'disk unlink') },
  },
  { path: `${one}/move_disk`, create: verbTask(api, 'disk move', ['vmid'], exists, 'qmmove') },
];
