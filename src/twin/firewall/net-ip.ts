/** Addresses, networks and ranges as Perl's Net::IP reads them, with its words for what it does not take. It knows no rule. */

import { parseIp, printIp } from '../../proxmox/ip.ts';

/** What an address, a network or a range holds. */
export interface NetIp {
  readonly version: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

/** What a text stands for, or Net::IP's complaint. `1.2.3` is `1.2.3.0` here. */
export function readNetIp(text: string): NetIp | string {
  const [, network = '', prefix = ''] = /^(\S+?)(\/\S+)$/.exec(text) ?? [];
  if (network !== '') return readNetwork(network, prefix);
  const [, from = text, to] = /^(.+?)\s*-\s*(.+)$/.exec(text) ?? [];
  const first = readAddress(from);
  if (typeof first === 'string') return first;
  if (to === undefined) return { version: first.version, first: first.value, last: first.value };
  const last = readAddress(to);
  if (typeof last === 'string') return last;
  const said = `${printIp(first)} - ${printIp(last)}`;
  if (last.version !== first.version) return `Begin and End addresses have different IP versions - ${said}`;
  if (first.value > last.value) return `Begin address is greater than End address ${said}`;
  return { version: first.version, first: first.value, last: last.value };
}

function readNetwork(address: string, prefix: string): NetIp | string {
  const ip = readAddress(address);
  if (typeof ip === 'string') return ip;
  const length = /^\/(\d+)$/.exec(prefix)?.[1];
  // Whatever else stands behind the slash is not looked at.
  if (length === undefined) return { version: ip.version, first: ip.value, last: ip.value };
  const width = ip.version === 4 ? 32 : 128;
  if (Number(length) > width) return `Prefix length ${length} is longer than IP address (${width})`;
  const hosts = 1n << BigInt(width - Number(length));
  if (ip.value % hosts !== 0n) return `Invalid prefix ${ip.value.toString(2).padStart(width, '0')}/${length}`;
  return { version: ip.version, first: ip.value, last: ip.value + hosts - 1n };
}

function readAddress(text: string): { readonly version: 4 | 6; readonly value: bigint } | string {
  const wrong = text.includes(':') ? problemOfSix(text) : problemOfFour(text);
  if (wrong !== undefined) return wrong;
  const quads = text.includes(':')
    ? text
    : [...text.split('.'), '0', '0', '0'].slice(0, 4).map(Number).join('.');
  return parseIp(quads) ?? `Invalid IP address ${text}`;
}

function problemOfFour(text: string): string | undefined {
  if (!/^[\d.]+$/.test(text)) return `Invalid chars in IP ${text}`;
  if (text.startsWith('.')) return `Invalid IP ${text} - starts with a dot`;
  if (text.endsWith('.')) return `Invalid IP ${text} - ends with a dot`;
  const quads = text.split('.');
  if (quads.length > 4) return `Invalid IP address ${text}`;
  if (quads.includes('')) return `Empty quad in IP address ${text}`;
  const large = quads.find((quad) => Number(quad) > 255);
  return large === undefined ? undefined : `Invalid quad in IP address ${text} - ${large}`;
}

function problemOfSix(text: string): string | undefined {
  const parts = text.split(':');
  const last = parts.at(-1) ?? '';
  const embedded = last.includes('.') && problemOfFour(last) === undefined;
  const octets = embedded ? parts.slice(0, -1) : parts;
  if (octets.some((octet) => octet !== '' && !/^[a-f\d]{1,4}$/i.test(octet)))
    return `Invalid IP address ${text}`;
  if (/^:[^:]/.test(text)) return `Invalid address ${text} (starts with :)`;
  if (/[^:]:$/.test(text)) return `Invalid address ${text} (ends with :)`;
  if (text.split('::').length > 2) return `Invalid address ${text} (More than one :: pattern)`;
  if (octets.length + (embedded ? 2 : 0) !== 8 && !text.includes('::'))
    return `Invalid number of octets ${text}`;
  return undefined;
}

/** An IPv6 address with its longest row of zeros as `::`. */
export function compressSix(address: string): string {
  const ip = parseIp(address);
  if (!ip) return address;
  const text = printIp(ip);
  const [longest] = [...text.matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].sort((a, b) => b[0].length - a[0].length);
  if (!longest) return text;
  const [left, right] = [text.slice(0, longest.index), text.slice(longest.index + longest[0].length)];
  return `${left}::${right.replace(/^:/, '')}`;
}

/** A network without what stands behind its prefix: 10.0.0.7/24 is 10.0.0.0/24. */
export function cleanCidr(cidr: string): string {
  const [address = '', prefix] = cidr.split('/');
  const ip = parseIp(address);
  if (!ip || !prefix || prefix === '0') return cidr;
  const width = ip.version === 4 ? 32 : 128;
  const hosts = 1n << BigInt(Math.max(0, width - Number(prefix)));
  const base = printIp({ version: ip.version, value: ip.value - (ip.value % hosts) });
  return `${ip.version === 4 ? base : compressSix(base)}/${prefix}`;
}

/** As Proxmox stores it: a single address without its prefix. Undefined where it is neither address nor network. */
export function normalCidr(text: string): { readonly cidr: string; readonly version: 4 | 6 } | undefined {
  const [, address = '', prefix = ''] = /^([^/]+)(\/\d+)?$/.exec(text) ?? [];
  const ip = parseIp(address);
  if (!ip) return undefined;
  return { cidr: prefix === (ip.version === 4 ? '/32' : '/128') ? address : text, version: ip.version };
}
