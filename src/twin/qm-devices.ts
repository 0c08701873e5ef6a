/** What a VM's conf says of its devices: the agent's channel, and what it takes from the node. It knows no state. */

import { type ConfSection, parseProperties, sorted } from '../proxmox/conf.ts';
import { parseBoolean } from './formats.ts';

/** Is the agent asked for? It counts from the start on (B97). */
export function agentWanted({ keys }: ConfSection): boolean {
  const enabled = parseProperties(keys.get('agent') ?? '', 'enabled').get('enabled');
  return enabled !== undefined && parseBoolean(enabled) === true;
}

/** PCI addresses of the node with their domain; with or without a function. */
export function hostDevices({ keys }: ConfSection): string[] {
  return sorted([...keys.keys()].filter((key) => /^hostpci\d+$/.test(key))).flatMap((key) =>
    (parseProperties(keys.get(key) ?? '', 'host').get('host') ?? '')
      .split(';')
      .filter((address) => address !== '')
      .map((address) => (/^[0-9a-f]+:[0-9a-f]+:/.test(address) ? address : `0000:${address}`)),
  );
}
