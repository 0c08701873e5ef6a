/** Which release of Proxmox VE the twin says it is. */

import type { TwinState } from './state.ts';

/** 8.4 as recorded; what is newer has a version that was made up. */
export function managerOf({ hardware }: TwinState): { release: string; version: string; repoid: string } {
  const release = hardware.pve ?? '8.4';
  return release === '8.4'
    ? { release, version: '8.4.21', repoid: '2606ac85' }
    : { release, version: `${release}.1`, repoid: 'twin' };
}
