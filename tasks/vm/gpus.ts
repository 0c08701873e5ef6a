/** GPUs given whole: which PCI devices of the node they are, and which `hostpciN` of a VM they take. Pure. */

import type { GuestConf } from '../../src/proxmox/conf.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { normalParts } from '../../src/proxmox/vm-properties.ts';

/** Addresses of the node's NVIDIA display controllers, all functions of each, in the order of the bus. */
export function cardsOf({ host }: Facts): string[] {
  const cards = host.pci.filter(({ id, class: kind }) => id.startsWith('10de:') && kind.startsWith('03'));
  return cards.map(({ address }) => address.replace(/\.\d$/, '')).sort();
}

/** The PCI devices in a conf: key → address. What is pending counts. */
export function pciIn(conf: GuestConf): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of new Map([...conf.keys, ...conf.pending.keys])) {
    if (!/^hostpci\d+$/.test(key) || conf.pendingDelete.includes(key)) continue;
    const host = normalParts(key, value).get('host');
    if (host !== undefined) found.set(key, host.length < 9 ? `0000:${host}` : host);
  }
  return found;
}

export interface GpuChange {
  readonly keys: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

/** Which keys give these cards: one that has its card already stays where it is. `former`: cards that phx gave before. */
export function gpuChange(
  conf: GuestConf,
  hosts: readonly string[],
  numbered: readonly string[],
  former: readonly string[],
  pcie: boolean,
): GpuChange {
  const present = pciIn(conf);
  const taken = new Set([...present.keys(), ...numbered]);
  const keys: Record<string, string> = {};
  for (const host of hosts.filter((wanted) => ![...present.values()].includes(wanted))) {
    let index = 0;
    while (taken.has(`hostpci${index}`)) index++;
    taken.add(`hostpci${index}`);
    keys[`hostpci${index}`] = pcie ? `${host},pcie=1` : host;
  }
  const remove = [...present].flatMap(([key, host]) =>
    former.includes(host) && !hosts.includes(host) && !numbered.includes(key) ? [key] : [],
  );
  return { keys, remove };
}
