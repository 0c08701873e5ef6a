/** `zfs create`, `set`, `get`, `list`, `destroy`, and the way to those about snapshots: built from the OpenZFS 2.2 manual and source; nothing was recorded. */

import { zfsCreationOnly } from '../proxmox/sweep-host.ts';
import { type Call, refuse, type Work } from './call.ts';
import { makeDirs } from './files.ts';
import { workTime } from './latency.ts';
import { humanSize } from './sizes.ts';
import { mountpointOf } from './storage/mountpoints.ts';
import type { Rooms } from './storage/rooms.ts';
import { property, roomsOnce, zfsDefaults } from './zfs-facts.ts';
import { checkProperty, isSize } from './zfs-properties.ts';
import {
  destroySnapshot,
  listSnapshots,
  rollbackSnapshot,
  snapshotsOf,
  takeSnapshots,
} from './zfs-snapshots.ts';

export function zfs(call: Call): Work | undefined {
  const [verb = '', ...args] = call.args;
  switch (verb) {
    case 'create':
      return create(call, args);
    case 'set':
      return set(call, args);
    case 'get':
      return get(call, args);
    case 'list':
      return list(call, args);
    case 'inherit':
      return inherit(call, args);
    case 'destroy':
      return destroy(call, args);
    case 'snapshot':
    case 'snap':
      return takeSnapshots(call, read(args, 'o').words);
    case 'rollback': {
      const { flags, words } = read(args, '');
      return rollbackSnapshot(call, flags, words[0] ?? '');
    }
    case 'mount':
    case 'unmount':
    case 'share':
      return undefined;
    default:
      return refuse(
        verb === ''
          ? 'missing command\nusage: zfs command args ...'
          : `unrecognized command '${verb}'\nusage: zfs command args ...`,
        2,
      );
  }
}

/** Options with a value, flags, and the rest. */
function read(
  args: readonly string[],
  takes: string,
): { values: [string, string][]; flags: string; words: string[] } {
  const values: [string, string][] = [];
  let flags = '';
  const words: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (!/^-[a-zA-Z]/.test(arg)) {
      words.push(arg);
      continue;
    }
    for (const letter of arg.slice(1)) {
      if (takes.includes(letter)) values.push([letter, args[++at] ?? '']);
      else flags += letter;
    }
  }
  return { values, flags, words };
}

function assignment(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals < 0) refuse(`missing '=' for property=value argument`, 2);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function* create(call: Call, args: readonly string[]): Work {
  const { values, flags, words } = read(args, 'obV');
  const name = words[0];
  if (name === undefined) return refuse('missing filesystem argument', 2);
  const props: Record<string, string> = {};
  for (const [, text] of values) {
    const [key, value] = assignment(text);
    const checked = checkProperty(key, value);
    if ('problem' in checked) refuse(`cannot create '${name}': ${checked.problem}`);
    props[key] = checked.value;
  }
  const { datasets, pools } = call.state;
  const pool = name.split('/')[0] ?? '';
  if (!pools[pool]) refuse(`cannot create '${name}': no such pool '${pool}'`);
  if (!/^[\w:.-]+(\/[\w:. -]+)*$/.test(name)) refuse(`cannot create '${name}': invalid character in name`);
  if (datasets[name]) {
    if (flags.includes('p')) return;
    refuse(`cannot create '${name}': dataset already exists`);
  }
  const parent = name.slice(0, name.lastIndexOf('/'));
  if (!datasets[parent] && !flags.includes('p')) refuse(`cannot create '${name}': parent does not exist`);
  yield workTime('zfs create');
  const parts = name.split('/');
  for (let length = 1; length < parts.length; length++) {
    const above = parts.slice(0, length).join('/');
    if (!call.state.datasets[above]) add(call, above, {});
  }
  add(call, name, props);
}

function add(call: Call, name: string, props: Record<string, string>): void {
  call.state.datasets[name] = { props };
  const path = mountpointOf(call.state, name);
  if (path.startsWith('/')) makeDirs(call.state.files, path);
}

function open(call: Call, name: string): Record<string, string> {
  const dataset = call.state.datasets[name];
  if (!dataset) return refuse(`cannot open '${name}': dataset does not exist`, 1);
  return dataset.props;
}

function* set(call: Call, args: readonly string[]): Work {
  const wishes = args.filter((arg) => arg.includes('='));
  const names = args.filter((arg) => !arg.includes('=') && !arg.startsWith('-'));
  if (wishes.length === 0) refuse('missing property=value argument', 2);
  if (names.length === 0) refuse('missing dataset name', 2);
  for (const name of names) {
    open(call, name);
    for (const wish of wishes) {
      const [key, value] = assignment(wish);
      const checked = checkProperty(key, value);
      if ('problem' in checked) refuse(`cannot set property for '${name}': ${checked.problem}`);
      if (zfsCreationOnly.some((one) => one === key))
        refuse(`cannot set property for '${name}': '${key}' is readonly`);
    }
  }
  yield workTime('zfs set');
  for (const name of names) {
    for (const wish of wishes) {
      const [key, value] = assignment(wish);
      const checked = checkProperty(key, value);
      if ('value' in checked) open(call, name)[key] = checked.value;
    }
    const path = mountpointOf(call.state, name);
    if (path.startsWith('/')) makeDirs(call.state.files, path);
  }
}

function inherit(call: Call, args: readonly string[]): undefined {
  const [key = '', ...names] = read(args, '').words;
  for (const name of names) delete open(call, name)[key];
  return undefined;
}

function chosen(call: Call, names: readonly string[], recursive: boolean): string[] {
  const all = Object.keys(call.state.datasets).sort();
  if (names.length === 0) return all;
  for (const name of names) open(call, name);
  return recursive
    ? all.filter((one) => names.some((name) => one === name || one.startsWith(`${name}/`)))
    : [...names];
}

function shown(
  call: Call,
  dataset: string,
  name: string,
  raw: boolean,
  rooms: () => Rooms,
): { value: string; source: string } {
  const found = property(call.state, dataset, name, rooms);
  if (!found) return { value: '-', source: '-' };
  if (raw || !isSize(name)) return found;
  const none = Number(found.value) === 0 && name !== 'used';
  return { value: none ? 'none' : humanSize(Number(found.value)), source: found.source };
}

function get(call: Call, args: readonly string[]): undefined {
  const { values, flags, words } = read(args, 'otsd');
  const option = new Map(values);
  const [asked = '', ...names] = words;
  const known = (name: string) =>
    name in zfsDefaults ||
    name === 'mountpoint' ||
    isSize(name) ||
    name.includes(':') ||
    ['type', 'mounted', 'compressratio'].includes(name);
  const wanted =
    asked === 'all' ? [...Object.keys(zfsDefaults), 'mountpoint', 'used', 'available'] : asked.split(',');
  const bad = wanted.find((name) => !known(name));
  if (bad !== undefined) refuse(`bad property list: invalid property '${bad}'`, 2);
  const columns = (option.get('o') ?? 'name,property,value,source').split(',');
  if (!flags.includes('H')) call.out(`${columns.map((column) => column.toUpperCase()).join('\t')}\n`);
  const rooms = roomsOnce(call.state);
  for (const dataset of chosen(call, names, flags.includes('r') || names.length === 0))
    for (const name of wanted) {
      const found = shown(call, dataset, name, flags.includes('p'), rooms);
      const cells: Record<string, string> = { name: dataset, property: name, ...found };
      call.out(`${columns.map((column) => cells[column] ?? '-').join('\t')}\n`);
    }
  return undefined;
}

function list(call: Call, args: readonly string[]): undefined {
  const { values, flags, words } = read(args, 'otsSd');
  if (new Map(values).get('t') === 'snapshot')
    return listSnapshots(call, words.length > 0 ? words : chosen(call, [], false));
  const columns = (new Map(values).get('o') ?? 'name,used,available,referenced,mountpoint').split(',');
  if (!flags.includes('H')) call.out(`${columns.map((column) => column.toUpperCase()).join('\t')}\n`);
  const rooms = roomsOnce(call.state);
  const long: Readonly<Record<string, string>> = { avail: 'available', refer: 'referenced' };
  for (const dataset of chosen(call, words, flags.includes('r')))
    call.out(
      `${columns.map((name) => (name === 'name' ? dataset : shown(call, dataset, long[name] ?? name, flags.includes('p'), rooms).value)).join('\t')}\n`,
    );
  return undefined;
}

function destroy(call: Call, args: readonly string[]): undefined {
  const { flags, words } = read(args, '');
  const name = words[0] ?? '';
  if (name.includes('@')) return destroySnapshot(call, name);
  open(call, name);
  const below = Object.keys(call.state.datasets).filter((one) => one.startsWith(`${name}/`));
  if (below.length > 0 && !/[rR]/.test(flags))
    refuse(
      `cannot destroy '${name}': filesystem has children\nuse '-r' to destroy the following datasets:\n${below.join('\n')}`,
    );
  const snapshots = snapshotsOf(call.state, name);
  if (snapshots.length > 0 && !/[rR]/.test(flags))
    refuse(
      `cannot destroy '${name}': filesystem has children\nuse '-r' to destroy the following datasets:\n${snapshots.map((one) => `${name}@${one}`).join('\n')}`,
    );
  for (const one of [name, ...below]) delete call.state.datasets[one];
  return undefined;
}
