/** How much room storages of nodes have, or will have once the nodes are as their configuration has them, for guests that are not there yet. Pure. */

import type { Fleet, Hypervisor } from '../../src/config/fleet.ts';
import { datasetUnder } from '../../src/config/mountpoints.ts';
import { parseLsblk } from '../../src/proxmox/blocks.ts';
import type { HostFacts } from '../../src/proxmox/facts.ts';
import { capacityOf } from '../../src/proxmox/pool-capacity.ts';
import { parseStorageCfg } from '../../src/proxmox/storage-cfg.ts';
import { knownStorage, type Room, roomOf } from '../../src/proxmox/storage-room.ts';

const gibibyte = 1024 ** 3;

/** Storages that lie on the same dataset, volume group or directory share its room. */
export class Disks {
  readonly #fleet: Fleet;
  readonly #nodes: ReadonlyMap<string, HostFacts>;
  /** Node and storage → what it lies on there. */
  readonly #under = new Map<string, string>();
  /** What storages lie on → GiB that are free before anybody takes of it; undefined: nobody can say. */
  readonly #free = new Map<string, number | undefined>();
  readonly #taken = new Map<string, number>();

  constructor(fleet: Fleet, nodes: ReadonlyMap<string, HostFacts>) {
    this.#fleet = fleet;
    this.#nodes = nodes;
  }

  /** GiB. */
  left(node: string, storage: string): number | undefined {
    const under = this.#underOf(node, storage);
    const free = this.#free.get(under);
    return free === undefined ? undefined : free - (this.#taken.get(under) ?? 0);
  }

  /** A guest that is not there yet will have so many GiB. */
  take(node: string, storage: string, size: number): void {
    const under = this.#underOf(node, storage);
    this.#taken.set(under, (this.#taken.get(under) ?? 0) + size);
  }

  #underOf(node: string, storage: string): string {
    const name = `${node} ${storage}`;
    const known = this.#under.get(name);
    if (known !== undefined) return known;
    const room = roomAt(node, storage, this.#fleet, this.#nodes.get(node));
    const under = room ? `${node} ${room.subject}` : name;
    this.#under.set(name, under);
    if (!this.#free.has(under))
      this.#free.set(under, room?.free === undefined ? undefined : room.free / gibibyte);
    return under;
  }
}

function roomAt(node: string, storage: string, fleet: Fleet, host: HostFacts | undefined): Room | undefined {
  if (!host) return undefined;
  const own = fleet.nodes?.[node] ?? fleet.hypervisor;
  const known = knownStorage(parseStorageCfg(host.storageCfg).get(storage), own.storage[storage]);
  return (
    known &&
    roomOf(storage, known, {
      host,
      datasetAt: (path) => datasetUnder(path, own.zfs.datasets),
      poolToBe: (pool) => bytesOf(own.zfs.pools[pool], host),
    })
  );
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
