/** `/nodes/{node}/lxc`: containers through Proxmox's interface; the same verbs as `pct`, and answers as data. */

import type { Call } from '../call.ts';
import { refuseWrongValues } from '../ct-lines.ts';
import { checkFreeId, findGuest, guestIds, loadGuest, mountsOf } from '../guests.ts';
import type { Given } from '../options.ts';
import { pctTaskTypes, runPct } from '../pct.ts';
import { pctVerb } from '../pct-options.ts';
import { containerFacts } from '../pct-show.ts';
import { canLink, canSnapshot } from '../storage/abilities.ts';
import { columns, printObject, printRows } from '../tables.ts';
import { interfacesOf } from './container-interfaces.ts';
import { configData } from './guest-data.ts';
import { type GuestApi, guestOf, guestRoutes, verbOptions, verbRun, verbTask } from './guest-routes.ts';
import { refuseParameter } from './refuse.ts';
import type { Route } from './route.ts';
import { taskEndpoint } from './task.ts';

const api: GuestApi = {
  path: '/nodes/{node}/lxc',
  verb: pctVerb,
  run: runPct,
  types: pctTaskTypes,
  load: loadGuest,
  specs: (packages) => pctVerb(packages, 'set')?.options ?? {},
  highest: { net: 31 },
  resize: 'resize',
  snapshotColumns: ['description', 'name', 'parent', 'snaptime#'],
};
const one = `${api.path}/{vmid}`;

const shown = columns(
  ...['status', 'vmid#', 'cpu#', 'cpus#', 'disk%', 'diskread%', 'diskwrite%', 'lock', 'maxdisk%', 'maxmem%'],
  ...['maxswap%', 'mem%', 'name', 'netin%', 'netout%', 'tags', 'template', 'uptime@'],
);

function list(call: Call, given: Given): undefined {
  const rows = guestIds(call.state, 'ct').flatMap((id) => {
    const guest = findGuest(call, id);
    return guest ? [{ ...containerFacts(call, id, guest), cpu: 0, vmid: Number(id) }] : [];
  });
  printRows(call, given, shown, rows);
}

function current(call: Call, given: Given): undefined {
  const guest = guestOf(api, call, given);
  const facts = containerFacts(call, guest.id, guest);
  printObject(call, given, { ...facts, cpu: 0, ha: { managed: 0 }, vmid: Number(guest.id) });
}

function config(call: Call, given: Given): undefined {
  const guest = guestOf(api, call, given);
  refuseWrongValues(guest.conf.keys, 'pvesh get <api_path> [OPTIONS] [FORMAT_OPTIONS]');
  printObject(
    call,
    given,
    configData(guest, api.specs(call.state.packages), given.values.get('current') === '1'),
  );
}

function feature(call: Call, given: Given): undefined {
  const { conf } = guestOf(api, call, given);
  const volumes = mountsOf(conf).filter(({ kind }) => kind === 'volume');
  const able = given.values.get('feature') === 'snapshot' ? canSnapshot : canLink;
  printObject(call, given, { hasFeature: volumes.every(({ source }) => able(call.state, source)) ? 1 : 0 });
}

export const containerRoutes: readonly Route[] = [
  {
    path: api.path,
    get: { run: list },
    create: verbTask(api, 'create', [], (call, { values }) => {
      if (values.get('force') !== '1') checkFreeId(call.state, values.get('vmid') ?? '');
      return undefined;
    }),
  },
  ...guestRoutes(api),
  {
    path: `${one}/config`,
    get: {
      options: verbOptions(api, 'config', 'vmid'),
      run: config,
    },
    set: { options: verbOptions(api, 'set', 'vmid'), highest: api.highest, run: verbRun(api, 'set') },
  },
  {
    path: `${one}/feature`,
    get: {
      options: { feature: { values: ['snapshot', 'clone', 'copy'], required: true }, snapname: {} },
      run: feature,
    },
  },
  {
    path: `${one}/interfaces`,
    get: {
      run: (call, given) =>
        void printRows(
          call,
          given,
          columns('hwaddr', 'name', 'inet', 'inet6'),
          interfacesOf(guestOf(api, call, given)),
        ),
    },
  },
  {
    path: `${one}/migrate`,
    create: { options: { target: { format: 'pve-node', required: true } }, run: refuseMigration },
  },
  {
    path: `${one}/move_volume`,
    create: verbTask(api, 'move-volume', ['vmid'], (call, given) => void guestOf(api, call, given)),
  },
  { path: `${one}/status/current`, get: { run: current } },
  {
    path: `${one}/status/start`,
    create: taskEndpoint(
      'vzstart',
      { force: { type: 'boolean' }, skiplock: { type: 'boolean' }, debug: { type: 'boolean' } },
      (call, given) => runPct(call, 'start', given),
    ),
  },
  { path: `${one}/template`, create: { run: verbRun(api, 'template') } },
];

/** A node alone has nowhere to go to. */
function refuseMigration(call: Call, { values }: Given): undefined {
  const { node } = call.state.hardware;
  const target = values.get('target') ?? '';
  const why = target === node ? 'target is local node.' : `no such cluster node '${target}'`;
  refuseParameter('create', 'target', why);
}
