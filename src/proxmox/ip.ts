/** Addresses, networks and ranges of IPv4 and IPv6 as numbers. Pure arithmetic; it looks nothing up and knows no firewall. */

export interface Ip {
  readonly version: 4 | 6;
  readonly value: bigint;
}

/** All addresses from the first to the last, both included; a single address has `first === last`. */
export interface IpRange {
  readonly version: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

const bits = { 4: 32, 6: 128 } as const;

/** `10.0.0.1` or `fd00::1` (also `::ffff:10.0.0.1`); undefined for all else, such as `1.2.3` or a name. */
export function parseIp(text: string): Ip | undefined {
  const four = parseFour(text);
  if (four !== undefined) return { version: 4, value: four };
  const six = parseSix(text);
  return six === undefined ? undefined : { version: 6, value: six };
}

function parseFour(text: string): bigint | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  const parts = text.split('.').map(Number);
  if (parts.some((part) => part > 255)) return undefined;
  return parts.reduce((value, part) => value * 256n + BigInt(part), 0n);
}

function parseSix(text: string): bigint | undefined {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (tail) {
    const four = parseFour(tail[2] ?? '');
    if (four === undefined) return undefined;
    return parseSix(`${tail[1]}${(four >> 16n).toString(16)}:${(four & 0xffffn).toString(16)}`);
  }
  const halves = text.split('::');
  const [left = [], right = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const groups = left.length + right.length;
  if (halves.length > 2 || (halves.length === 2 ? groups > 7 : groups !== 8)) return undefined;
  const all = [...left, ...Array<string>(8 - groups).fill('0'), ...right];
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return all.reduce((value, group) => value * 0x10000n + BigInt(`0x${group}`), 0n);
}

/** An address, a network (`10.0.0.7/24` counts as the network it lies in) or a range `a-b`; else undefined. */
export function parseRange(text: string): IpRange | undefined {
  const [from = '', to, ...rest] = text.split('-');
  if (to === undefined) return parseNetwork(text);
  const [first, last] = [parseIp(from), parseIp(to)];
  if (rest.length > 0 || !first || !last || first.version !== last.version || first.value > last.value)
    return undefined;
  return { version: first.version, first: first.value, last: last.value };
}

/** An address or a network; the bits behind the prefix do not count. */
export function parseNetwork(text: string): IpRange | undefined {
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text);
  const ip = match && parseIp(match[1] ?? '');
  if (!ip) return undefined;
  const width = bits[ip.version];
  const prefix = match[2] === undefined ? width : Number(match[2]);
  if (prefix > width) return undefined;
  const hosts = 1n << BigInt(width - prefix);
  const first = ip.value - (ip.value % hosts);
  return { version: ip.version, first, last: first + hosts - 1n };
}

/** Whether bits behind the prefix are set, as in `10.0.0.7/24`: an address of a network, not the network. */
export function hasHostBits(text: string): boolean {
  const [address = ''] = text.split('/');
  const [ip, network] = [parseIp(address), parseNetwork(text)];
  return ip !== undefined && network !== undefined && ip.value !== network.first;
}

export function inRange(ip: Ip, range: IpRange): boolean {
  return ip.version === range.version && range.first <= ip.value && ip.value <= range.last;
}

/** Text that `parseIp` reads; IPv6 without `::`. */
export function printIp(ip: Ip): string {
  const [count, size] = ip.version === 4 ? [4, 8n] : [8, 16n];
  const parts = Array.from({ length: count }, (_, at) => {
    const part = (ip.value >> (size * BigInt(count - 1 - at))) & ((1n << size) - 1n);
    return part.toString(ip.version === 4 ? 10 : 16);
  });
  return parts.join(ip.version === 4 ? '.' : ':');
}

/** An address in the middle of a range: neither a router, which tends to be first or last, nor the network itself. */
export function middleOf(range: IpRange): Ip {
  return { version: range.version, value: (range.first + range.last + 1n) / 2n };
}
