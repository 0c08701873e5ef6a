/** /etc/network/interfaces → bridges, as `ifreload -a` applies it. From documentation; nothing was recorded. */

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

/** Makes the bridges follow the file. */
export function applyInterfaces(state: TwinState): void {
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
