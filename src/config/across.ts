/**
 * On which nodes of a cluster guests may be born, and whether a clone can be on another one than its source: what `--target`
 * of Proxmox takes (F10). It knows no node as it is.
 */

import type { CloneRefusal } from '../proxmox/clone-wish.ts';
import { storageType } from '../proxmox/storage-types.ts';
import type { Loose, LooseGuest } from './check/subject.ts';
import type { Storage } from './fleet.ts';

export type Storages = { readonly [id: string]: Loose<Storage> | undefined } | undefined;

/** Whether all nodes see the same there; one that is not described counts as not shared. */
export function isSharedByAll(storage: Loose<Storage> | undefined): boolean {
  return (
    storageType(storage?.type)?.shared === true ||
    (storage !== undefined && 'shared' in storage && storage.shared === true)
  );
}

/** Undefined: it can. */
export function acrossRefusal(
  guest: LooseGuest,
  source: LooseGuest,
  storages: Storages,
): CloneRefusal | undefined {
  const local = seenByBoth(guest, source).find((id) => !isSharedByAll(storages?.[id]));
  return local === undefined ? undefined : { reason: `storage '${local}' is not shared by the nodes`, way };
}

/** What can be done instead, for whoever cannot have it. */
export const way =
  "put both on a storage that all nodes share, give each node a source of its own, or have it moved once it is made (node and migrate: 'offline')";

/** Storages that both nodes have to see: of a container what it lies on itself, of a VM also all that its source has. */
function seenByBoth(guest: LooseGuest, source: LooseGuest): string[] {
  const known = (id: string | undefined) => (id === undefined ? [] : [id]);
  if (guest.kind === 'ct') return known(guest.rootfs?.storage);
  if (source.kind === 'ct') return [];
  const { disk, drives, efidisk0, tpmstate0 } = source;
  return [
    ...known(guest.disk?.storage),
    ...known(disk?.storage),
    ...Object.values(drives ?? {}).flatMap((drive) =>
      known(drive?.storage ?? /^([^/]+):/.exec(drive?.file ?? '')?.[1]),
    ),
    ...known(efidisk0?.storage),
    ...known(tpmstate0?.storage),
  ];
}

/** What is looked at for where a guest may be born. */
export interface Birth<G extends LooseGuest = LooseGuest> {
  readonly guestOf: (id: number) => G | undefined;
  /** Of the cluster, in the order of the phoenixfile. */
  readonly nodes: readonly string[];
  readonly storages: Storages;
}

/** The source that a clone is born beside; none where its node was chosen, and sees all that it is made of. */
export function besideOf<G extends LooseGuest>(guest: G, { guestOf, storages }: Birth<G>): G | undefined {
  const source = guest.clone?.from === undefined ? undefined : guestOf(guest.clone.from);
  if (!source || source === guest) return undefined;
  const isChosen = guest.node !== undefined || guest.place !== undefined;
  return isChosen && !acrossRefusal(guest, source, storages) ? undefined : source;
}

/** Nodes where a guest may be born, before anything is known. */
export function birthplacesOf<G extends LooseGuest>(guest: G, birth: Birth<G>): readonly string[] {
  const seen = new Set<G>();
  let at = guest;
  // Sources in a circle are told elsewhere.
  for (let next = besideOf(at, birth); next && !seen.has(next); next = besideOf(at, birth)) {
    seen.add(next);
    at = next;
  }
  const among = at.place?.among?.filter((name) => name !== undefined);
  return among ?? (at.node === undefined ? birth.nodes.slice(0, 1) : [at.node]);
}
