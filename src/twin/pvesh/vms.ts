/** `/nodes/{node}/qemu`: VMs through Proxmox's interface; the same verbs as `qm`, and answers as data. */

import type { Call } from '../call.ts';
import { checkFreeId, type Guest, guestIds } from '../guests.ts';
import type { Given, Verb } from '../options.ts';
import { qmClone } from '../qm-clone.ts';
import { qmCreate } from '../qm-create.ts';
import { qmDestroy, qmResize, qmTemplate } from '../qm-manage.ts';
import { highest, vmKeysOf } from '../qm-options.ts';
import { qmReboot, qmShutdown, qmStart, qmStop } from '../qm-power.ts';
import { qmSet } from '../qm-set.ts';
import { vmFacts } from '../qm-show.ts';
import { qmDelSnapshot, qmRollback, qmSnapshot } from '../qm-snapshot.ts';
import { qmVerb } from '../qm-verbs.ts';
import { columns, printObject, printRows } from '../tables.ts';
import { findVm, loadVm } from '../vms.ts';
import { configData, pendingData, snapshotData } from './guest-data.ts';
import type { Endpoint, Route } from './route.ts';
import { type Handler, plain, taskEndpoint } from './task.ts';

const one = '/nodes/{node}/qemu/{vmid}';
const specs = vmKeysOf({});

function optionsOf(name: string, ...inPath: readonly string[]): NonNullable<Endpoint['options']> {
  const verb: Verb = qmVerb({}, name) ?? { args: {}, options: {} };
  const args = Object.entries(verb.args).filter(([arg]) => !inPath.includes(arg));
  return { ...Object.fromEntries(args), ...verb.options };
}

function vmOf(call: Call, { values }: Given): Guest {
  return loadVm(call, values.get('vmid') ?? '');
}

const exists: Handler = (call, given) => {
  vmOf(call, given);
  return undefined;
};

function verbTask(type: string, name: string, handler: Handler, ...more: readonly string[]): Endpoint {
  return taskEndpoint(type, optionsOf(name, 'vmid', ...more), handler, { check: exists });
}

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
    path: '/nodes/{node}/qemu',
    get: { run: list },
    create: taskEndpoint('qmcreate', optionsOf('create'), qmCreate, {
      check: (call, { values }) => void checkFreeId(call.state, values.get('vmid') ?? ''),
      highest,
    }),
  },
  { path: one, delete: verbTask('qmdestroy', 'destroy', qmDestroy) },
  { path: `${one}/clone`, create: verbTask('qmclone', 'clone', qmClone) },
  {
    path: `${one}/config`,
    get: {
      options: optionsOf('config', 'vmid'),
      run: (call, given) =>
        void printObject(
          call,
          given,
          configData(vmOf(call, given), specs, given.values.get('current') === '1'),
        ),
    },
    set: { options: optionsOf('set', 'vmid'), highest, run: plain(qmSet) },
    create: taskEndpoint('qmconfig', optionsOf('set', 'vmid'), qmSet, { check: exists, highest }),
  },
  {
    path: `${one}/pending`,
    get: {
      run: (call, given) =>
        void printRows(
          call,
          given,
          columns('key', 'delete#', 'pending', 'value'),
          pendingData(vmOf(call, given), specs),
        ),
    },
  },
  { path: `${one}/resize`, set: verbTask('resize', 'disk resize', qmResize) },
  {
    path: `${one}/snapshot`,
    get: {
      run: (call, given) => {
        const { conf, state } = vmOf(call, given);
        const rows = snapshotData(conf, state.conf, state.running !== undefined);
        printRows(call, given, columns('description', 'name', 'parent', 'snaptime#', 'vmstate#'), rows);
        return undefined;
      },
    },
    create: verbTask('qmsnapshot', 'snapshot', qmSnapshot),
  },
  {
    path: `${one}/snapshot/{snapname}`,
    delete: verbTask('qmdelsnapshot', 'delsnapshot', qmDelSnapshot, 'snapname'),
  },
  {
    path: `${one}/snapshot/{snapname}/rollback`,
    create: verbTask('qmrollback', 'rollback', qmRollback, 'snapname'),
  },
  {
    path: `${one}/status/current`,
    get: {
      run: (call, given) => {
        printObject(call, given, { ...figures(call, vmOf(call, given)), ha: { managed: 0 } });
        return undefined;
      },
    },
  },
  { path: `${one}/status/start`, create: taskEndpoint('qmstart', optionsOf('start', 'vmid'), qmStart) },
  { path: `${one}/status/stop`, create: taskEndpoint('qmstop', optionsOf('stop', 'vmid'), qmStop) },
  {
    path: `${one}/status/shutdown`,
    create: taskEndpoint('qmshutdown', optionsOf('shutdown', 'vmid'), qmShutdown),
  },
  { path: `${one}/status/reboot`, create: taskEndpoint('qmreboot', optionsOf('reboot', 'vmid'), qmReboot) },
  { path: `${one}/template`, create: verbTask('qmtemplate', 'template', qmTemplate) },
];
