/** How much room a storage has on a node, or will have once the node is as its configuration has it. Pure. */

import type { Fleet, Hypervisor } from '../../src/config/fleet.ts';
import { datasetUnder } from '../../src/config/mountpoints.ts';
import { parseLsblk } from '../../src/proxmox/blocks.ts';
import type { HostFacts } from '../../src/proxmox/facts.ts';
import { capacityOf } from '../../src/proxmox/pool-capacity.ts';
import { parseStorageCfg } from '../../src/proxmox/storage-cfg.ts';
import { knownStorage, roomOf } from '../../src/proxmox/storage-room.ts';

const gibibyte = 1024 ** 3;

/** GiB; undefined where nobody can say. */
export function diskRoom(
  node: string,
  storage: string,
  fleet: Fleet,
  host: HostFacts | undefined,
): number | undefined {
  if (!host) return undefined;
  const own = fleet.nodes?.[node] ?? fleet.hypervisor;
  const present = parseStorageCfg(host.storageCfg).get(storage);
  const known = knownStorage(present, own.storage[storage]);
  const free =
    known &&
    roomOf(storage, known, {
      host,
      datasetAt: (path) => datasetUnder(path, own.zfs.datasets),
      poolToBe: (pool) => bytesOf(own.zfs.pools[pool], host),
    })?.free;
  return free === undefined ? undefined : free / gibibyte;
}

/** Of its disks as the node has them, else as the configuration knows them. */
function bytesOf(
  pool: Hypervisor['zfs']['pools'][string] | undefined,
  { blocks, deviceOf }: HostFacts,
): number | undefined {
  if (!pool) return undefined;
  const sizes = new Map(parseLsblk(blocks).map(({ name, size }) => [name, size]));
  const found = pool.disks.map((disk) => sizes.get(deviceOf.get(disk) ?? disk));
  const known = found.filter((size) => size !== undefined && size > 0) as number[];
  const told = pool.diskSize === undefined ? undefined : pool.diskSize * gibibyte;
  const smallest = known.length === pool.disks.length ? Math.min(...known) : told;
  return smallest === undefined ? undefined : capacityOf(pool.raid, pool.disks.length, smallest);
}
