/** `/nodes/{node}/qemu`: VMs through Proxmox's interface; the same verbs as `qm`, and answers as data. */

import type { Call } from '../call.ts';
import { checkFreeId, type Guest, guestIds } from '../guests.ts';
import type { Given } from '../options.ts';
import { qmTaskTypes, runQm } from '../qm.ts';
import { highest, vmKeysOf } from '../qm-options.ts';
import { vmFacts } from '../qm-show.ts';
import { qmVerb } from '../qm-verbs.ts';
import { columns, printObject, printRows } from '../tables.ts';
import { findVm, loadVm } from '../vms.ts';
import { configData } from './guest-data.ts';
import { type GuestApi, guestOf, guestRoutes, verbOptions, verbRun, verbTask } from './guest-routes.ts';
import type { Route } from './route.ts';
import type { Handler } from './task.ts';

const api: GuestApi = {
  path: '/nodes/{node}/qemu',
  verb: (name) => qmVerb({}, name),
  run: runQm,
  types: qmTaskTypes,
  load: loadVm,
  specs: vmKeysOf({}),
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
        printObject(call, given, configData(guestOf(api, call, given), api.specs, current));
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
  { path: `${one}/status/start`, create: verbTask(api, 'start') },
  { path: `${one}/template`, create: verbTask(api, 'template', ['vmid'], exists) },
];
