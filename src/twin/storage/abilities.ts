/** What can be done with a volume where it lies: snapshots, links, copies, rollbacks (F9). It changes nothing. */

import { type Origin, storageType } from '../../proxmox/storage-types.ts';
import { isBase } from '../../proxmox/volume-names.ts';
import { refuse } from '../call.ts';
import type { TwinState } from '../state.ts';
import { allStorages, findStorage } from './storages.ts';
import { findVolume } from './volumes.ts';

function abilitiesOf(state: TwinState, volid: string) {
  const type = allStorages(state).find((one) => one.id === volid.split(':')[0])?.type;
  return storageType(type)?.formats[state.volumes[volid]?.format ?? 'raw'];
}

function originOf(volid: string, snapshot: string | undefined): Origin {
  return snapshot !== undefined ? 'snapshot' : isBase(volid) ? 'base' : 'current';
}

/** Can a snapshot of it be taken (F9; recorded for dir, where only qcow2 can, and btrfs)? */
export function canSnapshot(state: TwinState, volid: string): boolean {
  return abilitiesOf(state, volid)?.snapshot === true && !isBase(volid);
}

/** Can it be cloned as a link, from that snapshot; for a container, which has no use for qcow2 (F9)? */
export function canLink(state: TwinState, volid: string, snapshot?: string): boolean {
  const type = allStorages(state).find((one) => one.id === volid.split(':')[0])?.type;
  return storageType(type)?.links !== 'qcow2' && canLinkImage(state, volid, snapshot);
}

/** The same for a VM (F9, B100; only btrfs links what is no base). */
export function canLinkImage(state: TwinState, volid: string, snapshot?: string): boolean {
  return abilitiesOf(state, volid)?.link.includes(originOf(volid, snapshot)) === true;
}

/** Can a VM's disk be copied, from that snapshot? A ZFS volume's snapshot cannot (F9). */
export function canCopyImage(state: TwinState, volid: string, snapshot: string | undefined): boolean {
  findVolume(state, volid);
  return abilitiesOf(state, volid)?.copy.includes(originOf(volid, snapshot)) !== false;
}

/** Refuses a rollback to another snapshot than the newest where only that one can be reached (F9). */
export function checkRollback(state: TwinState, volid: string, name: string): void {
  const { snapshots, storage } = findVolume(state, volid);
  if (storageType(findStorage(state, storage).type)?.rollback !== 'newest') return;
  if (snapshots.at(-1) !== name)
    refuse(`can't rollback, '${name}' is not most recent snapshot on '${volid}'`);
}
