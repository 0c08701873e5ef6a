/** `zpool create`, `list`, `status`, `destroy`: built from the OpenZFS 2.2 manual and source; nothing was recorded (F9). */

import { type Call, refuse, type Work } from './call.ts';
import { changeDisk, findDisk } from './disks.ts';
import { humanSize } from './sizes.ts';
import type { TwinState } from './state.ts';
import { mountpointOf } from './storage/mountpoints.ts';
import { roomsOf } from './storage/rooms.ts';
import { fullness } from './zfs-facts.ts';
import { zpoolCreate } from './zpool-create.ts';
import { exportPools, importPools } from './zpool-move.ts';
import { getProperties, setProperty } from './zpool-properties.ts';

export function zpool(call: Call): Work | undefined {
  const [verb = '', ...args] = call.args;
  switch (verb) {
    case 'create':
      return zpoolCreate(call, args);
    case 'list':
      return list(call, args);
    case 'status':
      return status(call, args);
    case 'destroy':
      return destroy(call, args);
    case 'set':
      return setProperty(call, args);
    case 'get':
      return getProperties(call, args);
    case 'export':
      return exportPools(call, args);
    case 'import':
      return importPools(call, args);
    case 'scrub':
    case 'trim':
    case 'upgrade':
      return named(call, args);
    default:
      return refuse(
        verb === ''
          ? 'missing command\nusage: zpool command args ...'
          : `unrecognized command '${verb}'\nusage: zpool command args ...`,
        2,
      );
  }
}

function pools(call: Call, names: readonly string[]): string[] {
  for (const name of names) if (!call.state.pools[name]) refuse(`cannot open '${name}': no such pool`, 1);
  return names.length > 0 ? [...names] : Object.keys(call.state.pools).sort();
}

function list(call: Call, args: readonly string[]): undefined {
  const at = args.indexOf('-o');
  const columns = (at < 0 ? 'name,size,alloc,free,cap,health' : (args[at + 1] ?? '')).split(',');
  const flags = args.filter((arg) => arg.startsWith('-')).join('');
  const names = pools(
    call,
    args.filter((arg, n) => !arg.startsWith('-') && args[n - 1] !== '-o'),
  );
  const raw = flags.includes('p');
  if (names.length === 0 && !flags.includes('H')) call.out('no pools available\n');
  else if (!flags.includes('H')) call.out(`${columns.map((column) => column.toUpperCase()).join('\t')}\n`);
  for (const name of names)
    call.out(`${columns.map((column) => cellOf(call.state, name, column, raw)).join('\t')}\n`);
  return undefined;
}

function cellOf(state: TwinState, name: string, column: string, raw: boolean): string {
  const size = state.pools[name]?.size ?? 0;
  const free = roomsOf(state).free(name);
  const bytes = (value: number) => (raw ? String(value) : humanSize(value));
  const values: Record<string, string> = {
    name,
    size: bytes(size),
    free: bytes(free),
    alloc: bytes(size - free),
    allocated: bytes(size - free),
    cap: `${fullness(size, free)}${raw ? '' : '%'}`,
    capacity: `${fullness(size, free)}${raw ? '' : '%'}`,
    health: 'ONLINE',
    ashift: state.pools[name]?.options.ashift ?? '0',
    guid: '1',
  };
  return (
    values[column] ??
    state.pools[name]?.options[column] ??
    refuse(`bad property list: invalid property '${column}'`, 2)
  );
}

function status(call: Call, args: readonly string[]): undefined {
  const names = pools(
    call,
    args.filter((arg) => !arg.startsWith('-')),
  );
  if (names.length === 0) call.out('no pools available\n');
  for (const name of names) {
    call.out(
      `  pool: ${name}\n state: ONLINE\nconfig:\n\n\tNAME  STATE     READ WRITE CKSUM\n\t${name}  ONLINE  0     0     0\n`,
    );
    let group = '';
    let number = -1;
    for (const { kind, disk } of call.state.pools[name]?.vdevs ?? []) {
      if (kind !== 'disk' && kind !== group) call.out(`\t  ${kind}-${++number}  ONLINE  0     0     0\n`);
      group = kind;
      call.out(`\t${kind === 'disk' ? '  ' : '    '}${disk}-part1  ONLINE  0     0     0\n`);
    }
    call.out('\nerrors: No known data errors\n');
  }
  return undefined;
}

function destroy(call: Call, args: readonly string[]): undefined {
  const [name = ''] = pools(call, args.filter((arg) => !arg.startsWith('-')).slice(0, 1));
  for (const dataset of Object.keys(call.state.datasets)) {
    if (dataset !== name && !dataset.startsWith(`${name}/`)) continue;
    if (mountpointOf(call.state, dataset) === '/') refuse(`cannot destroy '${name}': pool is busy`);
    delete call.state.datasets[dataset];
  }
  for (const { disk: path } of call.state.pools[name]?.vdevs ?? []) {
    const found = findDisk(call.state, path);
    const disk = found && changeDisk(call.state, found.path);
    for (const part of disk?.parts ?? [])
      if (part.fstype === 'zfs_member' && part.label === name) part.destroyed = true;
  }
  delete call.state.pools[name];
  return undefined;
}

/** Verbs that only need the pool to exist. */
function named(call: Call, args: readonly string[]): undefined {
  const name = args.filter((arg) => !arg.startsWith('-')).at(-1);
  if (name === undefined) return refuse('missing pool name argument', 2);
  pools(call, [name]);
  return undefined;
}
