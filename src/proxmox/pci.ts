/** PCI devices: the graphics cards of a node, and what a VM's conf is given of them. Pure. */

import type { GuestConf } from './conf.ts';
import type { Facts } from './facts.ts';
import { normalParts } from './vm-properties.ts';

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
