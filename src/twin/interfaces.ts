/** /etc/network/interfaces → bridges, as `ifreload -a` applies it. From documentation; nothing was recorded. */

import type { Link } from './machine-state.ts';
import type { TwinState } from './state.ts';

/** Stanzas of an interfaces file: name → its options; only those that `auto` or `allow-hotplug` brings up count. */
export function parseInterfaces(
  text: string,
): { name: string; auto: boolean; options: Map<string, string> }[] {
  const found: { name: string; auto: boolean; options: Map<string, string> }[] = [];
  const auto = new Set<string>();
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [word = '', ...rest] = line.split(/\s+/);
    if (word === 'auto' || word === 'allow-hotplug') for (const name of rest) auto.add(name);
    else if (word === 'iface') found.push({ name: rest[0] ?? '', auto: false, options: new Map() });
    else found.at(-1)?.options.set(word.replaceAll('_', '-'), rest.join(' '));
  }
  return found.map((one) => ({ ...one, auto: auto.has(one.name) }));
}

/** The text of all interfaces files: the main one, and those in interfaces.d that it may source. */
function interfacesText(state: TwinState): string {
  const main = state.files['/etc/network/interfaces']?.text ?? '';
  const extra = Object.keys(state.files)
    .filter((path) => path.startsWith('/etc/network/interfaces.d/') && !state.files[path]?.dir)
    .map((path) => state.files[path]?.text ?? '');
  return /^\s*source(-directory)?\s+\/etc\/network\/interfaces\.d/m.test(main)
    ? [main, ...extra].join('\n')
    : main;
}

/** What the file brings up; what a sweep of a real node cannot tell of is taken from the file too. */
function linksOfFile(state: TwinState): Link[] {
  return parseInterfaces(interfacesText(state))
    .filter((one) => one.auto)
    .map(({ name, options }) => {
      const keys = ['bridge-ports', 'ovs-ports', 'bond-slaves', 'slaves', 'vlan-raw-device'];
      const ports = keys.flatMap((key) => (options.get(key) ?? '').split(/\s+/));
      const [address, gateway] = [options.get('address'), options.get('gateway')];
      return {
        name,
        ports: ports.filter((port) => port !== '' && port !== 'none'),
        ...(address === undefined ? {} : { address }),
        ...(gateway === undefined ? {} : { gateway }),
      };
    });
}

/** The interfaces that are up: an edit of the file counts only once it is applied. */
export function linksOf(state: TwinState): readonly Link[] {
  return state.links ?? linksOfFile(state);
}

/** The MTU that the file gives an interface, or that of every Ethernet. */
export function mtuOf(state: TwinState, name: string): number {
  const stanzas = parseInterfaces(interfacesText(state)).filter((one) => one.name === name);
  return Number(stanzas.find(({ options }) => options.has('mtu'))?.options.get('mtu') ?? 1500);
}

/** Ports of bridges that are neither a card of the node nor an interface of the file. */
export function unknownPorts(state: TwinState): { bridge: string; port: string }[] {
  const stanzas = parseInterfaces(interfacesText(state)).filter((one) => one.auto || one.options.size > 0);
  const known = [...(state.hardware.nics ?? ['eno1']), ...stanzas.map((one) => one.name)];
  return stanzas
    .filter((one) => one.auto)
    .flatMap(({ name, options }) =>
      (options.get('bridge-ports') ?? '')
        .split(/\s+/)
        .filter((port) => port !== '' && port !== 'none' && !known.includes(port.replace(/\.\d+$/, '')))
        .map((port) => ({ bridge: name, port })),
    );
}

/** What `ifreload -a` says of them; the bridge comes up without a link (B139; ifupdown2's bridge.py). */
export function portWarnings(state: TwinState): string[] {
  return unknownPorts(state).map(
    ({ bridge, port }) => `warning: ${bridge}: bridge port ${port} does not exist`,
  );
}

/** Makes the bridges and the interfaces that are up follow the file. */
export function applyInterfaces(state: TwinState): void {
  state.links = linksOfFile(state);
  const names = parseInterfaces(interfacesText(state))
    .filter((one) => one.auto && (one.options.has('bridge-ports') || one.options.has('bridge-vlan-aware')))
    .map((one) => one.name);
  state.bridges = [...new Set(names)].sort();
}

/** Addresses by interface, as configured. */
export function addresses(state: TwinState): { name: string; address: string }[] {
  return parseInterfaces(interfacesText(state)).flatMap((one) => {
    const address = one.options.get('address');
    return address === undefined ? [] : [{ name: one.name, address }];
  });
}
