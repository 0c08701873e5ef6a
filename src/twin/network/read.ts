/** Reads /etc/network/interfaces as Proxmox does (B136). Pure text to records; it knows no file and no state. */

import {
  type Devices,
  type Interface,
  type Interfaces,
  isTrue,
  netmaskBits,
  settleType,
  textOf,
} from './file.ts';

/** Options by their other names. */
const names: Readonly<Record<string, string>> = {
  ovs_mtu: 'mtu',
  'bond-slaves': 'slaves',
  bond_slaves: 'slaves',
  'bond-xmit-hash-policy': 'bond_xmit_hash_policy',
  'bond-mode': 'bond_mode',
  'bond-miimon': 'bond_miimon',
  'bridge-vlan-aware': 'bridge_vlan_aware',
  'bridge-fd': 'bridge_fd',
  'bridge-stp': 'bridge_stp',
  'bridge-ports': 'bridge_ports',
  'bridge-vids': 'bridge_vids',
};

/** Options that are kept under their own name. */
const known = new Set(
  [
    'mtu ovs_type ovs_options ovs_bridge ovs_bonds ovs_ports bridge_fd bridge_vids bridge-access bridge-learning',
    'bridge-arp-nd-suppress bridge-unicast-flood bridge-multicast-flood bridge-disable-mac-learning bond_miimon',
    'bond_xmit_hash_policy bond-primary link-type uplink-id vlan-protocol vlan-raw-device vlan-id vxlan-id',
    'vxlan-svcnodeip vxlan-physdev vxlan-local-tunnelip',
  ].flatMap((line) => line.split(' ')),
);

/** The names of modes, by their numbers. */
const bondModes = [
  'balance-rr',
  'active-backup',
  'balance-xor',
  'broadcast',
  '802.3ad',
  'balance-tlb',
  'balance-alb',
];

export function readInterfaces(text: string, devices: Devices): Interfaces {
  const found: Interfaces = { ifaces: new Map(), rest: [] };
  readLines(text.split('\n'), found);
  const { ifaces } = found;
  for (const name of devices.physical) of(ifaces, name).exists = 1;
  for (const name of devices.active) if (ifaces.has(name)) of(ifaces, name).active = 1;
  if (!ifaces.has('lo')) ifaces.set('lo', { priority: 1, method: 'loopback', autostart: 1 });
  for (const name of [...ifaces.keys()].sort()) finish(name, of(ifaces, name), ifaces, devices);
  return found;
}

function of(ifaces: Map<string, Interface>, name: string): Interface {
  const iface = ifaces.get(name) ?? {};
  ifaces.set(name, iface);
  return iface;
}

function readLines(lines: readonly string[], { ifaces, rest }: Interfaces): void {
  // 1 is that of the loopback interface.
  let priority = 2;
  for (let at = 0; at < lines.length; ) {
    const line = lines[at++] ?? '';
    if (/^\s*#/.test(line)) continue;
    const started = /^\s*(?:allow-auto|auto|allow-ovs|allow-hotplug)\s+(.*)$/.exec(line)?.[1];
    const head = /^\s*iface\s+(\S+)(?:\s+(inet6?)\s+(\S+))?\s*$/.exec(line);
    if (started !== undefined)
      for (const name of started.split(/\s+/).filter(Boolean)) of(ifaces, name).autostart = 1;
    else if (head) {
      const iface = of(ifaces, head[1] ?? '');
      if (!isTrue(iface.priority)) iface.priority = priority++;
      const end = stanzaEnd(lines, at);
      readStanza(iface, lines.slice(at, end), head[2], head[3]);
      at = end;
    } else if (/\w/.test(line)) rest.push({ priority: priority++, line });
  }
}

function stanzaEnd(lines: readonly string[], from: number): number {
  const ends = (line: string) =>
    !/^\s*#/.test(line) &&
    (/^\s*(?:(?:iface|mapping|auto|source|source-directory)\s|allow-)/.test(line) ||
      !/^\s*\S+\s+\S/.test(line));
  const length = lines.slice(from).findIndex(ends);
  return length < 0 ? lines.length : from + length;
}

/** `family` is missing where one stanza holds the addresses of both. */
function readStanza(iface: Interface, lines: readonly string[], family?: string, method?: string): void {
  const suffix = family?.replace(/^inet/, '') ?? '';
  iface.families = [...((iface.families as readonly (string | null)[] | undefined) ?? []), family ?? null];
  if (family !== undefined) iface[`method${suffix}`] = method;
  const own: { comments?: string; options?: string[] } = {};
  for (const raw of lines) {
    const line = raw.trimEnd();
    const comment = /^\s*#(.*)$/.exec(line)?.[1];
    const [, option = '', word = '', value = ''] = /^\s*((\S+)\s+(.+))$/.exec(line) ?? [];
    if (comment !== undefined) own.comments = `${own.comments ?? ''}${comment}\n`;
    else if (
      !readOption(iface, Object.hasOwn(names, word) ? (names[word] ?? '') : word, value, family, suffix)
    )
      own.options = [...(own.options ?? []), option];
  }
  for (const [key, value] of Object.entries(own)) iface[`${key}${suffix}`] = value;
}

/** False for an option that Proxmox does not know: it is kept as it is. */
function readOption(iface: Interface, id: string, value: string, family: string | undefined, suffix: string) {
  if (['address', 'netmask', 'broadcast', 'gateway'].includes(id)) {
    const six = family === undefined && id !== 'netmask' && value.includes(':');
    iface[`${id}${six ? '6' : suffix}`] = value;
  } else if (known.has(id)) iface[id] = value;
  else if (id === 'slaves' || id === 'bridge_ports') {
    const ports = [...new Set(value.split(/\s+/))].filter((name) => name !== 'none' && name !== '').sort();
    iface[id] = [textOf(iface, id), ...ports].filter(Boolean).join(' ');
  } else if (id === 'bridge_stp') iface[id] = /^\s*(on|yes)\s*$/i.test(value) ? 'on' : 'off';
  else if (id === 'bridge_vlan_aware') iface[id] = 1;
  else if (id === 'bond_mode') iface[id] = bondModes[/^\d$/.test(value) ? Number(value) : -1] ?? value;
  else if (id === 'vxlan-remoteip')
    iface[id] = [...((iface[id] as readonly string[] | undefined) ?? []), value];
  else return false;
  return true;
}

function finish(name: string, iface: Interface, ifaces: Map<string, Interface>, devices: Devices): void {
  settleType(name, iface, ifaces, devices);
  settleAddress(iface, '', 32);
  settleAddress(iface, '6', 128);
  if (iface.comments6 !== undefined) {
    iface.comments = textOf(iface, 'comments') + textOf(iface, 'comments6');
    delete iface.comments6;
  }
  if (!isTrue(iface.method)) iface.method = 'manual';
  if (!isTrue(iface.method6)) iface.method6 = 'manual';
  iface.families ??= ['inet'];
}

/** Address and netmask also as one, and the other way round. */
function settleAddress(iface: Interface, suffix: '' | '6', whole: number): void {
  const address = textOf(iface, `address${suffix}`);
  if (address === '') return;
  const mask = textOf(iface, `netmask${suffix}`);
  const bits = /^\d+$/.test(mask) ? mask : netmaskBits(mask);
  const split = /^(.+)\/(\d+)$/.exec(address);
  iface[`cidr${suffix}`] = split ? address : `${address}/${bits ?? whole}`;
  if (split) [iface[`address${suffix}`], iface[`netmask${suffix}`]] = [split[1], split[2]];
  else if (suffix === '' && bits !== undefined) iface.netmask = String(bits);
}
