/** Walks a packet through chains as Proxmox's simulator does, with what that cannot do (fw-by-hand, B149). It knows no guest. */

import { readNetIp } from './net-ip.ts';
import type { Ruleset } from './ruleset.ts';

export interface SimulatedPacket {
  readonly proto: string;
  readonly source: string;
  readonly dest: string;
  readonly sport?: string | undefined;
  readonly dport?: string | undefined;
  readonly mac?: string | undefined;
  inDevice?: string | undefined;
  outDevice?: string | undefined;
  physicalIn?: string | undefined;
  physicalOut?: string | undefined;
  /** The mark that groups and guests' rules leave. */
  mark: number;
}

/** What the simulator ends with when it meets something that it does not know. */
export class SimulatorError extends Error {}

function need<T>(value: T | undefined, what: string): T {
  if (value === undefined || value === '') throw new SimulatorError(`missing ${what}`);
  return value;
}

/** `fwln+` is any device that begins so. */
function isDevice(pattern: string, device: string): boolean {
  return pattern.endsWith('+') ? device.startsWith(pattern.slice(0, -1)) : pattern === device;
}

function overlaps(one: string, other: string): boolean {
  const [a, b] = [readNetIp(one), readNetIp(other)];
  if (typeof a === 'string' || typeof b === 'string') return false;
  return a.version === b.version && a.first <= b.last && b.first <= a.last;
}

function inSet(sets: Ruleset, name: string, address: string): boolean {
  const lines = sets.get(name);
  if (!lines) throw new SimulatorError(`no such ipset '${name}'`);
  return lines.slice(1).some((line) => {
    const cidr = /^add \S+ (\S+)$/.exec(line)?.[1];
    if (cidr === undefined) throw new SimulatorError('implement me');
    return overlaps(cidr, address);
  });
}

function between(port: string, first: string | undefined, last = first): boolean {
  return Number(port) >= Number(first) && Number(port) <= Number(last);
}

type Match = (packet: SimulatedPacket, found: RegExpExecArray, sets: Ruleset) => boolean;

/** Everything that a line may ask, in the order in which it is looked for. */
const matches: readonly (readonly [pattern: RegExp, match: Match])[] = [
  [/^-m conntrack --ctstate (\S+)\s*/, (_, [, state = '']) => state.includes('NEW')],
  [/^-m addrtype --(?:src|dst)-type (\S+)\s*/, (_, [, type]) => type === 'UNICAST'],
  [
    /^-m icmp(?:v6)? --icmp-type (\S+)\s*/,
    ({ dport }, [, type]) => need(dport, 'destination address type (dsttype)') === type,
  ],
  [
    /^-i (\S+)\s*/,
    ({ inDevice }, [, device = '']) => isDevice(device, need(inDevice, 'interface (iface_in)')),
  ],
  [
    /^-o (\S+)\s*/,
    ({ outDevice }, [, device = '']) => isDevice(device, need(outDevice, 'interface (iface_out)')),
  ],
  [/^-p (tcp|udp|igmp|icmp)\s*/, ({ proto }, [, asked]) => proto === asked],
  [
    /^--dport (\d+)(?::(\d+))?\s*/,
    ({ dport }, [, first, last]) => between(need(dport, 'dport'), first, last),
  ],
  [/^-s (\S+)\s*/, ({ source }, [, network = '']) => overlaps(network, source)],
  [/^-d (\S+)\s*/, ({ dest }, [, network = '']) => overlaps(network, dest)],
  [
    /^-m set (!\s+)?--match-set (\S+) src\s*/,
    ({ source }, [, not, name = ''], sets) => inSet(sets, name, source) === !not,
  ],
  [/^-m set --match-set (\S+) dst\s*/, ({ dest }, [, name = ''], sets) => inSet(sets, name, dest)],
  [/^-m mac ! --mac-source (\S+)\s*/, ({ mac }, [, asked]) => need(mac, 'source mac') !== asked],
  [
    /^-m physdev --physdev-is-bridged --physdev-in (\S+)\s*/,
    ({ physicalIn }, [, device = '']) => physicalIn !== undefined && isDevice(device, physicalIn),
  ],
  [
    /^-m physdev --physdev-is-bridged --physdev-out (\S+)\s*/,
    ({ physicalOut }, [, device = '']) => physicalOut !== undefined && isDevice(device, physicalOut),
  ],
  [
    /^-m mark --mark (\w+)\/(\w+)\s*/,
    ({ mark }, [, value, mask]) => (mark & Number(mask)) >>> 0 === Number(value),
  ],
];

/** Where a line sends the packet; undefined where it does not catch. `-g` does not come back. */
function targetOf(
  line: string,
  chain: string,
  packet: SimulatedPacket,
  sets: Ruleset,
): { readonly target: string; readonly goes: boolean } | undefined {
  let rest = line.slice(`-A ${chain} `.length).trimStart();
  for (;;) {
    const mark = /^-j MARK --set-mark (\w+)\/(\w+)\s*$/.exec(rest);
    if (mark) {
      packet.mark = ((packet.mark & ~Number(mark[2])) | Number(mark[1])) >>> 0;
      return undefined;
    }
    const jump = /^-([jg]) (\S+)\s*$/.exec(rest);
    if (jump) return { target: jump[2] ?? '', goes: jump[1] === 'g' };
    if (/^-j NFLOG --nflog-prefix "[^"]+"$/.test(rest)) return undefined;
    const known = matches.find(([pattern]) => pattern.test(rest));
    const found = known?.[0].exec(rest);
    if (!known || !found) throw new SimulatorError(`unable to parse rule: ${rest}`);
    if (!known[1](packet, found, sets)) return undefined;
    rest = rest.slice(found[0].length);
  }
}

/** What becomes of the packet in a chain; undefined where it comes out of it. */
export function walk(
  ruleset: Ruleset,
  sets: Ruleset,
  chain: string,
  packet: SimulatedPacket,
): string | undefined {
  if (chain === 'PVEFW-Drop') return 'DROP';
  if (chain === 'PVEFW-reject') return 'REJECT';
  if (chain === 'PVEFW-tcpflags') return undefined;
  const lines = ruleset.get(chain);
  if (!lines) throw new SimulatorError(`no such chain '${chain}'`);
  for (const line of lines) {
    const found = targetOf(line, chain, packet, sets);
    if (!found) continue;
    const { target, goes } = found;
    if (['ACCEPT', 'DROP', 'REJECT'].includes(target)) return target;
    if (target === 'RETURN') break;
    const inner = walk(ruleset, sets, target, packet);
    if (goes || inner !== undefined) return inner;
  }
  return /^PVEFW-(INPUT|OUTPUT|FORWARD)$/.test(chain) ? 'ACCEPT' : undefined;
}
