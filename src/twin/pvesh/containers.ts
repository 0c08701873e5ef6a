/** `/nodes/{node}/lxc`: containers through Proxmox's interface; the same verbs as `pct`, and answers as data. */

import type { Call } from '../call.ts';
import { refuseWrongValues } from '../ct-lines.ts';
import { checkLock, findGuest, guestIds, loadGuest, mountsOf, save } from '../guests.ts';
import type { Given } from '../options.ts';
import { pctTaskTypes, runPct } from '../pct.ts';
import { checkPctMigrate } from '../pct-migrate.ts';
import { pctVerb } from '../pct-options.ts';
import { containerFacts } from '../pct-show.ts';
import { sectionOf } from '../snapshot-sections.ts';
import { canLink, canSnapshot } from '../storage/abilities.ts';
import { columns, printObject, printRows } from '../tables.ts';
import { early } from './container-checks.ts';
import { interfacesOf } from './container-interfaces.ts';
import { configData, dataOf } from './guest-data.ts';
import { type GuestApi, guestOf, guestRoutes, verbOptions, verbRun, verbTask } from './guest-routes.ts';
import { apiUsage } from './refuse.ts';
import type { Options, Route } from './route.ts';

const api: GuestApi = {
  early,
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

/** What a snapshot keeps, but for its raw lines. */
function snapshotConfig(call: Call, given: Given): undefined {
  const section = sectionOf(guestOf(api, call, given), given.values.get('snapname') ?? '');
  const specs: Options = { ...api.specs(call.state.packages), snaptime: { type: 'integer' } };
  printObject(call, given, dataOf(section, specs));
}

function describeSnapshot(call: Call, given: Given): undefined {
  const description = given.values.get('description');
  if (description === undefined) return;
  const guest = guestOf(api, call, given);
  checkLock(guest);
  sectionOf(guest, given.values.get('snapname') ?? '').description = description;
  save(guest);
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
    create: verbTask(api, 'create', [], early.create),
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
    create: verbTask(
      api,
      'migrate',
      ['vmid'],
      (call, given) => void checkPctMigrate(call, given, apiUsage('create')),
    ),
  },
  {
    path: `${one}/move_volume`,
    create: verbTask(api, 'move-volume', ['vmid'], early['move-volume']),
  },
  { path: `${one}/status/current`, get: { run: current } },
  ...['resume', 'start', 'suspend'].map((name) => ({
    path: `${one}/status/${name}`,
    create: verbTask(api, name, ['vmid'], early[name]),
  })),
  {
    path: `${one}/snapshot/{snapname}/config`,
    get: { run: snapshotConfig },
    set: { options: { description: {} }, run: describeSnapshot },
  },
  { path: `${one}/template`, create: { run: verbRun(api, 'template') } },
];
