/** GPUs given whole: which PCI devices of the node they are, and which `hostpciN` of a VM they take. Pure. */

import type { GuestConf } from '../../src/proxmox/conf.ts';
import { pciIn } from '../../src/proxmox/pci.ts';

export { cardsOf, pciIn } from '../../src/proxmox/pci.ts';

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
