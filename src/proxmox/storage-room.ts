/** How much room a storage has on a node, out of what a sweep tells of the node. Pure. */

import type { HostFacts } from './facts.ts';
import { parseStorageCfg } from './storage-cfg.ts';

/** Bytes that are free; undefined where the node does not have the storage, or does not tell. */
export function roomOf(storage: string, host: HostFacts): number | undefined {
  const options = parseStorageCfg(host.storageCfg).get(storage)?.options;
  const dataset = options?.get('pool');
  if (dataset !== undefined) {
    const available = host.datasets.get(dataset)?.get('available');
    return available === undefined ? host.zpools.get(dataset.replace(/\/.*$/, ''))?.free : Number(available);
  }
  const [group, pool] = [options?.get('vgname'), options?.get('thinpool')];
  const known = group === undefined ? undefined : host.groups?.get(group);
  if (known && pool === undefined) return known.free;
  const thin = known?.pools.get(pool ?? '');
  if (thin?.data !== undefined) return thin.size * (1 - thin.data / 100);
  return host.rooms?.get(options?.get('path') ?? `/mnt/pve/${storage}`)?.available;
}
