/** `pve-firewall simulate`: the way of a packet over bridges to the node or a guest, and what stops it (B149, fw-by-hand). */

import { type Call, refuse } from '../call.ts';
import { kindOf } from '../guests.ts';
import { type SimulatedPacket, SimulatorError, walk } from './chain-walk.ts';
import type { Compiled } from './compile.ts';
import { netsOf } from './guest-nets.ts';

/** Where a packet starts or ends. */
interface End {
  readonly type: 'host' | 'port' | 'guest';
  readonly bridge: string;
  /** The device: a card of a bridge, or a guest's. */
  readonly device: string;
  /** Of a guest: `900i0`, and its MAC address. */
  readonly id?: string;
  readonly mac?: string;
}

/** `host`, `outside`, `ct900`, `vm100`, or `BRIDGE/DEVICE`. */
function endOf(call: Call, text: string): End {
  if (text === 'host') return { type: 'host', bridge: '', device: 'host' };
  if (text === 'outside') return { type: 'port', bridge: 'vmbr0', device: 'eth0' };
  const [, kind = '', id = ''] = /^(vm|ct)(\d+)$/.exec(text) ?? [];
  if (id === '') {
    const [bridge = '', ...device] = text.split('/');
    return { type: 'port', bridge, device: device.join('/') };
  }
  if (kindOf(call.state, id) !== kind) refuse(`no such ${kind.toUpperCase()} '${id}'`);
  const net = netsOf(call, id).find(({ number }) => number === '0');
  if (!net?.mac) refuse('unable to get mac address');
  if (net.bridge === '') refuse('unable to get bridge');
  if (kind === 'ct' && net.ip === undefined) refuse('unable to get ip address');
  return { type: 'guest', bridge: net.bridge, device: net.device, id: `${id}i0`, mac: net.mac };
}

/** ACCEPT, DROP or REJECT. */
export function simulate(
  call: Call,
  compiled: Compiled,
  values: ReadonlyMap<string, string>,
  [fromText, toText]: readonly [from: string, to: string],
): string {
  if (fromText === toText) refuse('from/to needs to be different');
  const [from, to] = [endOf(call, fromText), endOf(call, toText)];
  const node = call.state.hardware.address.split('/')[0] ?? '';
  const address = (end: End, otherwise: string) => (end.type === 'host' ? node : otherwise);
  const packet: SimulatedPacket = {
    ...{ proto: values.get('protocol') ?? 'tcp', mac: from.mac, mark: 0 },
    ...{ sport: values.get('sport'), dport: values.get('dport') },
    source: values.get('source') ?? address(from, '100.100.1.2'),
    dest: values.get('dest') ?? address(to, '100.200.3.4'),
  };
  try {
    for (const { chain, ...devices } of wayOf(from, to)) {
      const nothing = {
        inDevice: undefined,
        outDevice: undefined,
        physicalIn: undefined,
        physicalOut: undefined,
      };
      Object.assign(packet, nothing, devices);
      const fate = walk(compiled.filter[4], compiled.sets, chain, packet);
      if (fate !== 'ACCEPT') return fate ?? '';
    }
  } catch (error) {
    if (error instanceof SimulatorError) refuse(error.message);
    throw error;
  }
  return 'ACCEPT';
}

type Hop = { readonly chain: string } & Pick<
  SimulatedPacket,
  'inDevice' | 'outDevice' | 'physicalIn' | 'physicalOut'
>;

/** The chains that the kernel asks on the way, with the devices that the packet is between. */
function wayOf(from: End, to: End): Hop[] {
  if (from.type === 'host') {
    const out: Hop = { chain: 'PVEFW-OUTPUT', inDevice: 'lo', outDevice: to.bridge };
    return [out, ...intoGuest(to)];
  }
  return [...outOfGuest(from), ...overBridge(from, to), ...intoGuest(to)];
}

function outOfGuest({ type, id, device }: End): Hop[] {
  if (type !== 'guest') return [];
  const bridge = `fwbr${id}`;
  const ends = { physicalIn: device, physicalOut: `fwln${id}` };
  return [{ chain: 'PVEFW-FORWARD', inDevice: bridge, outDevice: bridge, ...ends }];
}

function intoGuest({ type, id, device }: End): Hop[] {
  if (type !== 'guest') return [];
  const bridge = `fwbr${id}`;
  const ends = { physicalIn: `fwln${id}`, physicalOut: device };
  return [{ chain: 'PVEFW-FORWARD', inDevice: bridge, outDevice: bridge, ...ends }];
}

/** The port of a guest's firewall bridge on the bridge that it is plugged into. */
function portOf({ type, id = '', device }: End): string {
  return type === 'guest' ? `fwpr${id.replace('i', 'p')}` : device;
}

function overBridge(from: End, to: End): Hop[] {
  const came = { inDevice: from.bridge, physicalIn: portOf(from) };
  if (to.type === 'host') return [{ chain: 'PVEFW-INPUT', ...came, outDevice: 'lo' }];
  const same = from.bridge === to.bridge;
  return [
    { chain: 'PVEFW-FORWARD', ...came, outDevice: to.bridge, ...(same ? { physicalOut: portOf(to) } : {}) },
  ];
}
