/** `/nodes/{node}/lxc`: containers through Proxmox's interface; the same verbs as `pct`, and answers as data. */

import type { Call } from '../call.ts';
import { refuseWrongValues } from '../ct-lines.ts';
import { checkFreeId, findGuest, type Guest, guestIds, loadGuest, mountsOf } from '../guests.ts';
import type { Given, Verb } from '../options.ts';
import { pctClone } from '../pct-clone.ts';
import { pctCreate } from '../pct-create.ts';
import { pctDestroy, pctResize, pctTemplate } from '../pct-manage.ts';
import { pctMoveVolume } from '../pct-move.ts';
import { pctVerbs } from '../pct-options.ts';
import { pctReboot, pctShutdown, pctStart, pctStop } from '../pct-power.ts';
import { pctSet } from '../pct-set.ts';
import { containerFacts } from '../pct-show.ts';
import { pctDelSnapshot, pctRollback, pctSnapshot } from '../pct-snapshot.ts';
import { columns, printObject, printRows } from '../tables.ts';
import { canLink, canSnapshot } from '../volumes.ts';
import { interfacesOf } from './container-interfaces.ts';
import { configData, pendingData, snapshotData } from './guest-data.ts';
import { refuseParameter } from './refuse.ts';
import type { Endpoint, Route } from './route.ts';
import { type Handler, plain, taskEndpoint } from './task.ts';

const one = '/nodes/{node}/lxc/{vmid}';
const specs = pctVerbs.set?.options ?? {};
const power = { force: { type: 'boolean' }, skiplock: { type: 'boolean' } } as const;

/** The options of a verb of `pct`, with those of its arguments that are not in the path. */
function optionsOf(name: string, ...inPath: readonly string[]): NonNullable<Endpoint['options']> {
  const verb: Verb = pctVerbs[name] ?? { args: {}, options: {} };
  const args = Object.entries(verb.args).filter(([arg]) => !inPath.includes(arg));
  return { ...Object.fromEntries(args), ...verb.options };
}

function guestOf(call: Call, { values }: Given): Guest {
  return loadGuest(call, values.get('vmid') ?? '');
}

const exists: Handler = (call, given) => {
  guestOf(call, given);
  return undefined;
};

function verbTask(type: string, name: string, handler: Handler, ...more: readonly string[]): Endpoint {
  return taskEndpoint(type, optionsOf(name, 'vmid', ...more), handler, { check: exists });
}

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
  const guest = guestOf(call, given);
  const facts = containerFacts(call, guest.id, guest);
  printObject(call, given, { ...facts, cpu: 0, ha: { managed: 0 }, vmid: Number(guest.id) });
}

function config(call: Call, given: Given): undefined {
  const guest = guestOf(call, given);
  refuseWrongValues(guest.conf.keys, 'pvesh get <api_path> [OPTIONS] [FORMAT_OPTIONS]');
  printObject(call, given, configData(guest, specs, given.values.get('current') === '1'));
}

function feature(call: Call, given: Given): undefined {
  const { conf } = guestOf(call, given);
  const volumes = mountsOf(conf).filter(({ kind }) => kind === 'volume');
  const able = given.values.get('feature') === 'snapshot' ? canSnapshot : canLink;
  printObject(call, given, { hasFeature: volumes.every(({ source }) => able(call.state, source)) ? 1 : 0 });
}

const createOptions = optionsOf('create');

export const containerRoutes: readonly Route[] = [
  {
    path: '/nodes/{node}/lxc',
    get: { run: list },
    create: taskEndpoint('vzcreate', createOptions, pctCreate, {
      check: (call, { values }) => {
        const id = values.get('vmid') ?? '';
        if (values.get('force') !== '1') checkFreeId(call.state, id);
        return undefined;
      },
      highest: { net: 31 },
    }),
  },
  { path: one, delete: verbTask('vzdestroy', 'destroy', pctDestroy) },
  { path: `${one}/clone`, create: verbTask('vzclone', 'clone', pctClone) },
  {
    path: `${one}/config`,
    get: {
      options: optionsOf('config', 'vmid'),
      run: config,
    },
    set: { options: optionsOf('set', 'vmid'), highest: { net: 31 }, run: plain(pctSet) },
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
          interfacesOf(guestOf(call, given)),
        ),
    },
  },
  {
    path: `${one}/migrate`,
    create: { options: { target: { format: 'pve-node', required: true } }, run: refuseMigration },
  },
  { path: `${one}/move_volume`, create: verbTask('move_volume', 'move-volume', pctMoveVolume) },
  {
    path: `${one}/pending`,
    get: {
      run: (call, given) =>
        void printRows(
          call,
          given,
          columns('key', 'delete#', 'pending', 'value'),
          pendingData(guestOf(call, given), specs),
        ),
    },
  },
  { path: `${one}/resize`, set: verbTask('resize', 'resize', pctResize) },
  {
    path: `${one}/snapshot`,
    get: {
      run: (call, given) => {
        const { conf, state } = guestOf(call, given);
        const rows = snapshotData(conf, state.conf, state.running !== undefined);
        printRows(call, given, columns('description', 'name', 'parent', 'snaptime#'), rows);
        return undefined;
      },
    },
    create: verbTask('vzsnapshot', 'snapshot', pctSnapshot),
  },
  {
    path: `${one}/snapshot/{snapname}`,
    delete: verbTask('vzdelsnapshot', 'delsnapshot', pctDelSnapshot, 'snapname'),
  },
  {
    path: `${one}/snapshot/{snapname}/rollback`,
    create: verbTask('vzrollback', 'rollback', pctRollback, 'snapname'),
  },
  { path: `${one}/status/current`, get: { run: current } },
  // What is not there is found by the task itself (pvesh-errors).
  {
    path: `${one}/status/start`,
    create: taskEndpoint('vzstart', { ...power, debug: { type: 'boolean' } }, pctStart),
  },
  { path: `${one}/status/stop`, create: taskEndpoint('vzstop', optionsOf('stop', 'vmid'), pctStop) },
  {
    path: `${one}/status/shutdown`,
    create: taskEndpoint('vzshutdown', optionsOf('shutdown', 'vmid'), pctShutdown),
  },
  { path: `${one}/status/reboot`, create: taskEndpoint('vzreboot', optionsOf('reboot', 'vmid'), pctReboot) },
  { path: `${one}/template`, create: { run: plain(pctTemplate) } },
];

/** A node alone has nowhere to go to. */
function refuseMigration(call: Call, { values }: Given): undefined {
  const { node } = call.state.hardware;
  const target = values.get('target') ?? '';
  const why = target === node ? 'target is local node.' : `no such cluster node '${target}'`;
  refuseParameter('create', 'target', why);
}
