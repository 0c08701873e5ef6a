/** Options of the data centre in /etc/pve/datacenter.cfg (datacenter-options). */

import { parseProperties } from '../../proxmox/conf.ts';
import { nodeFile } from '../node-files.ts';
import type { TwinState } from '../state.ts';

const file = '/etc/pve/datacenter.cfg';

/** Where the next free id of a guest is looked for. */
export function nextIdRange(state: TwinState): { lower: number; upper: number } {
  const line = /^next-id: *(.*)$/m.exec(nodeFile(state, file) ?? '')?.[1] ?? '';
  const range = parseProperties(line);
  return { lower: Number(range.get('lower') ?? 100), upper: Number(range.get('upper') ?? 1_000_000) };
}
