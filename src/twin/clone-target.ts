/**
 * `--target` of a clone: it is made on the node of its source, and handed to another one at the end, which has to see all of
 * its volumes. From documentation: the source of pve-container and qemu-server.
 */

import { type Call, refuse } from './call.ts';
import { clusterOf } from './cluster-view.ts';
import { handOver } from './migrate.ts';
import { checkQuorum } from './quorum.ts';
import { enabledStorage, findStorage, isShared } from './storage/storages.ts';
import { parseVolumeId } from './storage/volumes.ts';

/** The other node that is asked for; undefined: none, or this one. Refuses one that there is not. */
export function otherNode({ state }: Call, target: string | undefined): string | undefined {
  if (target === undefined || target === state.hardware.node || target === 'localhost') return undefined;
  if (!clusterOf(state)?.members.some(({ name }) => name === target))
    refuse(`no such cluster node '${target}'`);
  return target;
}

/** The storage of `--storage`, which both nodes have to have, and share. */
export function checkStorageFor({ state }: Call, id: string | undefined, target: string | undefined): void {
  if (id !== undefined) {
    const storage = enabledStorage(state, id);
    if (target !== undefined) {
      if (!(storage.options.nodes?.split(',').includes(target) ?? true))
        refuse(`storage '${id}' is not available on node '${target}'`);
      if (!isShared(storage)) refuse(`can't clone to non-shared storage '${id}'`);
    }
  }
  checkQuorum(state);
}

/** Whether a volume, or one of the storage that it is copied to, is there for all nodes. */
export function isForAll({ state }: Call, volid: string, store?: string): boolean {
  return isShared(findStorage(state, store ?? parseVolumeId(volid).storage));
}

/** The last thing that is done. */
export function handTo(call: Call, id: number, target: string | undefined): void {
  if (target !== undefined) handOver(call, { id, target, storages: new Map() });
}
