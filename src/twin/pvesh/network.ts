/** `/nodes/{node}/network`: interfaces as they will be, and the apply that makes them so (B136–B139, net-bridge). */

import { type Call, refuse, type Work } from '../call.ts';
import { applyInterfaces, linksOf, portWarnings } from '../interfaces.ts';
import { workTime } from '../latency.ts';
import { described, type Wrong, withoutKeys } from '../network/change.ts';
import { checkInterfaces } from '../network/checks.ts';
import type { Devices, Interfaces } from '../network/file.ts';
import { interfaceKeys, interfaceName, typeFilter } from '../network/keys.ts';
import { printInterfaces } from '../network/print.ts';
import { readInterfaces } from '../network/read.ts';
import { nodeFile, removeNodeFile, writeNodeFile } from '../node-files.ts';
import type { Given } from '../options.ts';
import type { TwinState } from '../state.ts';
import { columns, type DataRow, printObject, printRows } from '../tables.ts';
import { refuseParameter } from './refuse.ts';
import type { Endpoint, Method, Options, Route } from './route.ts';
import { taskEndpoint } from './task.ts';

const file = '/etc/network/interfaces';
/** What is written goes here; it counts once it is applied (B136). */
const pending = `${file}.new`;

const createKeys: Endpoint['options'] = { ...interfaceKeys, iface: interfaceName };
const setKeys: Endpoint['options'] = { ...interfaceKeys, delete: { format: 'pve-configid-list' } };
const optionsOf: Partial<Readonly<Record<Method, Options>>> = {
  create: createKeys,
  set: setKeys,
};

function devices(state: TwinState): Devices {
  const physical = state.hardware.nics ?? ['eno1'];
  const links = linksOf(state);
  const up = ['lo', ...state.bridges, ...links.flatMap(({ name, ports }) => [name, ...ports])];
  return { physical, active: up };
}

function read({ state }: Call): Interfaces {
  return readInterfaces(nodeFile(state, pending) ?? nodeFile(state, file) ?? '', devices(state));
}

function write(call: Call, interfaces: Interfaces): void {
  for (const iface of interfaces.ifaces.values())
    for (const suffix of ['', '6']) {
      iface[`address${suffix}`] ??= iface[`cidr${suffix}`];
      delete iface[`cidr${suffix}`];
    }
  checkInterfaces(interfaces.ifaces);
  writeNodeFile(call.state, pending, printInterfaces(interfaces, call.err), 0o644);
}

function wrongIn(method: Method): Wrong {
  return (name, why) => refuseParameter(method, name, why, optionsOf[method]);
}

/** The interface that the path names. */
function nameOf(given: Given, interfaces: Interfaces, method: Method): string {
  const name = given.values.get('iface') ?? '';
  return interfaces.ifaces.has(name) ? name : wrongIn(method)('iface', 'interface does not exist');
}

function list(call: Call, given: Given): undefined {
  const filter = given.values.get('type');
  const rows = [...read(call).ifaces]
    .filter(([name, { type }]) => {
      const bridge =
        /^any_(local_)?bridge$/.test(filter ?? '') && (type === 'bridge' || type === 'OVSBridge');
      return name !== 'lo' && (filter === undefined || filter === type || bridge);
    })
    .map(([iface, keys]): DataRow => ({ iface, ...keys }));
  const shown = new Set(rows.flatMap((row) => Object.keys(row)));
  printRows(call, given, columns(...[...shown].sort()), rows);
}

function show(call: Call, given: Given): undefined {
  const interfaces = read(call);
  const iface = interfaces.ifaces.get(nameOf(given, interfaces, 'get')) ?? {};
  printObject(call, given, iface, ['method', 'type']);
}

/** The parameters that describe an interface. */
function keysOf({ values }: Given): Map<string, string> {
  return new Map([...values].filter(([key]) => Object.hasOwn(interfaceKeys, key)));
}

function create(call: Call, given: Given): undefined {
  const interfaces = read(call);
  const name = given.values.get('iface') ?? '';
  if (interfaces.ifaces.has(name)) wrongIn('create')('iface', 'interface already exists');
  const made = described(keysOf(given), name, interfaces.ifaces, wrongIn('create'));
  if (given.values.get('type')?.startsWith('OVS'))
    refuse("Open VSwitch is not installed (need package 'openvswitch-switch')", 2);
  interfaces.ifaces.set(name, made);
  write(call, interfaces);
}

function set(call: Call, given: Given): undefined {
  const interfaces = read(call);
  const name = nameOf(given, interfaces, 'set');
  const iface = interfaces.ifaces.get(name) ?? {};
  withoutKeys(iface, given.values.get('delete') ?? '');
  const changed = described(keysOf(given), name, interfaces.ifaces, wrongIn('set'));
  interfaces.ifaces.set(name, { ...iface, ...changed });
  write(call, interfaces);
}

function remove(call: Call, given: Given): undefined {
  const interfaces = read(call);
  interfaces.ifaces.delete(nameOf(given, interfaces, 'delete'));
  write(call, interfaces);
}

function revert({ state }: Call): undefined {
  removeNodeFile(state, pending);
}

/** Only Proxmox's own ifupdown2 will do. */
function checkIfupdown({ state }: Call): undefined {
  const version = state.packages.ifupdown2;
  if (version === undefined) return refuse('you need ifupdown2 to reload network configuration');
  const [major, minor, patch, built = ''] = version.split(/[.-]/);
  const number = Number(major) * 100_000 + Number(minor) * 1000 + Number(patch) * 10;
  if (number < 102_080 || !/pve|pmx|proxmox/.test(built))
    refuse(
      `incompatible 'ifupdown2' package version '${version}'! Did you installed from Proxmox repositories?`,
    );
  return undefined;
}

/** The new file is in its place before anything is reloaded, and stays there whatever comes of it (B139). */
function* apply(call: Call): Work {
  const text = nodeFile(call.state, pending);
  if (text !== undefined) {
    writeNodeFile(call.state, file, text);
    removeNodeFile(call.state, pending);
  }
  yield workTime('ifreload -a');
  applyInterfaces(call.state);
  for (const line of portWarnings(call.state)) {
    const name = /(?:warning|error): (\S+):/.exec(line)?.[1];
    if (name !== undefined) call.out(`${name} : ${line} \n`);
  }
}

export const networkRoutes: readonly Route[] = [
  {
    path: '/nodes/{node}/network',
    get: { options: { type: typeFilter }, run: list },
    set: taskEndpoint('srvreload', {}, apply, { check: checkIfupdown, id: 'networking' }),
    create: { options: createKeys ?? {}, run: create },
    delete: { run: revert },
  },
  {
    path: '/nodes/{node}/network/{iface}',
    get: { run: show },
    set: { options: setKeys ?? {}, run: set },
    delete: { run: remove },
  },
];
