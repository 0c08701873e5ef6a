/** `/cluster/mapping/pci`: names for PCI devices (B160; what no recording shows is from the source of Proxmox VE 8.4). */

import { sha1 } from '../../core/digest.ts';
import { parseProperties, sorted, splitList } from '../../proxmox/conf.ts';
import { type Call, refuse } from '../call.ts';
import type { Spec } from '../formats.ts';
import { nodeFile, writeNodeFile } from '../node-files.ts';
import { arrayOf, type Given } from '../options.ts';
import { columns, type DataRow, printObject, printRows } from '../tables.ts';
import type { Route } from './route.ts';

const file = '/etc/pve/mapping/pci.cfg';
const device = '[a-f0-9]{4,}:[a-f0-9]{2}:[a-f0-9]{2}(?:.[a-f0-9])?';
const ids: Spec = { pattern: /^[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}$/ };

/** The device on one node. */
const map: Spec = {
  type: 'array',
  items: {
    props: {
      description: { maxLength: 4096 },
      id: { ...ids, required: true },
      iommugroup: { type: 'integer' },
      node: { format: 'pve-node', required: true },
      path: { pattern: new RegExp(`^(?:${device};)*${device}$`), required: true },
      'subsystem-id': ids,
    },
  },
};
const id: Spec = { format: 'pve-configid' };
const options: Readonly<Record<string, Spec>> = {
  description: { maxLength: 4096 },
  'live-migration-capable': { type: 'boolean' },
  map,
  mdev: { type: 'boolean' },
};
const createOptions: Readonly<Record<string, Spec>> = {
  ...options,
  id: { ...id, required: true },
  map: { ...map, required: true },
};
const setOptions: Readonly<Record<string, Spec>> = {
  ...options,
  delete: { format: 'pve-configid-list' },
  digest: { maxLength: 64 },
};

/** Options by their names; the devices as an array. */
type Mapping = Record<string, string>;
type Mappings = Map<string, Mapping>;

function read(call: Call): Mappings {
  const mappings: Mappings = new Map();
  let mapping: Mapping | undefined;
  for (const line of (nodeFile(call.state, file) ?? '').split('\n')) {
    const head = /^([A-Za-z][\w-]+)\s*$/.exec(line)?.[1];
    const [, key, value = ''] = /^\s+(\S+)(?:\s+(.*?))?\s*$/.exec(line) ?? [];
    if (head !== undefined) {
      mapping = {};
      mappings.set(head, mapping);
    } else if (key !== undefined && mapping && Object.hasOwn(options, key))
      mapping[key] = key === 'map' && mapping.map !== undefined ? `${mapping.map}\0${value}` : value;
  }
  return mappings;
}

/** The devices come first, then what else is said, by name. */
function save(call: Call, mappings: Mappings, what: string): void {
  const text = [...mappings].map(([name, mapping]) => {
    const lines = ['map', ...sorted(Object.keys(mapping)).filter((key) => key !== 'map')].flatMap((key) =>
      arrayOf(mapping[key]).map((value) => {
        if (/[\n\r]/.test(value)) refuse(`${what}: property '${key}' contains a line feed`);
        return `\t${key} ${value}\n`;
      }),
    );
    return `${name}\n${lines.join('')}\n`;
  });
  writeNodeFile(call.state, file, text.join(''), 0o640);
}

function digestOf(call: Call): string {
  return sha1(nodeFile(call.state, file) ?? '');
}

function rowOf(call: Call, mapping: Mapping): DataRow {
  const values = Object.entries(mapping).map(([key, value]): [string, unknown] => {
    if (key === 'map') return [key, arrayOf(value)];
    return [key, options[key]?.type === 'boolean' ? Number(value) : value];
  });
  return { ...Object.fromEntries(values), digest: digestOf(call), type: 'pci' };
}

/** With `check-node`, what is wrong with each: the twin's nodes have the devices that they were given. */
function list(call: Call, given: Given): undefined {
  const node = given.values.get('check-node');
  const own = call.state.hardware.node;
  if (node !== undefined && node !== 'localhost' && node !== own)
    refuse(
      `hostname lookup '${node}' failed - failed to get address info for: ${node}: Temporary failure in name resolution`,
      11,
    );
  const rows = [...read(call)].map(([name, mapping]) => ({
    ...rowOf(call, mapping),
    id: name,
    ...(node === undefined ? {} : { checks: checksOf(mapping, node) }),
  }));
  printRows(call, given, columns('description', 'id', 'map', 'checks'), rows);
}

function checksOf(mapping: Mapping, node: string): DataRow[] {
  const devices = arrayOf(mapping.map)
    .map((text) => parseProperties(text))
    .filter((one) => one.get('node') === node);
  if (devices.length === 0) return [{ severity: 'warning', message: `No mapping for node ${node}.` }];
  return devices.map((one) => {
    const path = (one.get('path') ?? '').split(';')[0] ?? '';
    const first = /\.[a-f0-9]/i.test(path) ? path : `${path}.0`;
    return { severity: 'error', message: `Invalid configuration: pci device '${first}' not found\n` };
  });
}

function show(call: Call, given: Given): undefined {
  const name = given.values.get('id') ?? '';
  printObject(call, given, rowOf(call, read(call).get(name) ?? refuse(`mapping '${name}' not found`)));
}

function create(call: Call, { values }: Given): undefined {
  const mappings = read(call);
  const { id: name = '', ...mapping } = Object.fromEntries(values);
  if (mappings.has(name)) refuse(`create hardware mapping failed: pci ID '${name}' already defined`);
  mappings.set(name, mapping);
  save(call, mappings, 'create hardware mapping failed');
}

/** The devices have to be said again each time. */
function set(call: Call, { values }: Given): undefined {
  const what = 'update hardware mapping failed';
  const mappings = read(call);
  const { id: name = '', delete: gone = '', digest, ...asked } = Object.fromEntries(values);
  if (digest !== undefined && digest !== digestOf(call))
    refuse(`${what}: detected modified configuration - file changed by other user? Try again.`);
  const mapping = mappings.get(name) ?? refuse(`${what}: pci ID '${name}' does not exist`);
  if (asked.map === undefined) refuse(`${what}: missing value for required option 'map'`);
  for (const key of splitList(gone)) {
    if (!Object.hasOwn(options, key)) refuse(`${what}: no such option '${key}'`);
    if (key === 'map') refuse(`${what}: unable to delete required option '${key}'`);
    if (asked[key] !== undefined)
      refuse(`${what}: cannot set and delete property '${key}' at the same time!`);
    delete mapping[key];
  }
  Object.assign(mapping, asked);
  save(call, mappings, what);
}

/** One that is not there is no mistake. */
function remove(call: Call, { values }: Given): undefined {
  const mappings = read(call);
  mappings.delete(values.get('id') ?? '');
  save(call, mappings, 'delete pci mapping failed');
}

export const mappingRoutes: readonly Route[] = [
  {
    path: '/cluster/mapping/pci',
    get: { options: { 'check-node': { format: 'pve-node' } }, run: list },
    create: { options: createOptions, run: create },
  },
  {
    path: '/cluster/mapping/pci/{id}',
    get: { options: { id }, run: show },
    set: { options: { ...setOptions, id }, run: set },
    delete: { options: { id }, run: remove },
  },
];
