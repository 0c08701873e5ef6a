/**
 * Disk images of VMs on the storages of the twin: making, copying, what a file to import holds. Recorded for dir and
 * btrfs. It knows no guest and no command line.
 */

import { storageType } from '../../proxmox/storage-types.ts';
import { type Call, refuse } from '../call.ts';
import { sizeOf } from '../files.ts';
import { cloudTree } from '../guest-tree.ts';
import type { FileEntry, GuestTree, Storage } from '../state.ts';
import { hasChains, hasFiles } from './storages.ts';
import { makeVolume, type VolumeWish } from './volumes.ts';

export interface ImageWish extends Pick<VolumeWish, 'size' | 'name' | 'disk' | 'link' | 'copy' | 'written'> {
  /** Default raw. */
  readonly format?: string;
}

/** Formats that the twin has images of. */
const formats = ['raw', 'qcow2'] as const;

/** Makes an image and prints what the tools print; an empty one unless something is copied. Returns its id. */
export function allocateImage(
  call: Call,
  storage: Storage,
  owner: number,
  { format: asked = 'raw', ...wish }: ImageWish,
): string {
  const known = formats.find((one) => one === asked);
  const type = storageType(storage.type);
  if (known === undefined || (type && type.formats[known] === undefined))
    return refuse(`unsupported format '${asked}'`);
  return makeVolume(call, storage, owner, { ...{ written: 0, format: known }, ...wish });
}

/** The format of a copy: the one that was asked for, the source's own where the storage has it, else raw (B101). */
export function copyFormat(storage: Storage, asked: string | undefined, own: string): string {
  const wanted = asked ?? own;
  const has = storageType(storage.type)?.disks.some((one) => one === wanted) === true;
  // A volume group has qcow2 only where its storage says so.
  return has && (hasFiles(storage) || hasChains(storage)) ? wanted : 'raw';
}

/** The format of a linked clone. */
export function linkFormat({ type }: Storage): string {
  return storageType(type)?.links ?? 'raw';
}

/** The format of a drive of cloud-init. */
export function cloudInitFormat(storage: Storage): string {
  return hasFiles(storage) ? 'qcow2' : 'raw';
}

/** First words of the text of an image on the twin that qemu-img made: format and bytes follow. */
export const diskMark = 'phx-twin disk';

const gib = 1024 ** 3;

/** What an image file holds: its bytes as a disk, and the system on it. A file that is no image is a raw one (B90). */
export function imageIn(entry: FileEntry): { size: number; written: number; tree?: GuestTree } {
  const [, bytes] = /^phx-twin disk \S+ (\d+)/.exec(entry.text) ?? [];
  if (bytes !== undefined) return { size: Number(bytes), written: 0 };
  const cloud = /^phx-twin (?:download|image) (\S+)/.exec(entry.text)?.[1];
  if (cloud === undefined) return { size: Math.ceil(sizeOf(entry) / 512) * 512, written: sizeOf(entry) };
  const ostype = /ubuntu|noble|jammy|focal|plucky|questing|resolute/.test(cloud)
    ? 'ubuntu'
    : /alpine/.test(cloud)
      ? 'alpine'
      : /alma|rocky|centos/.test(cloud)
        ? 'centos'
        : /fedora/.test(cloud)
          ? 'fedora'
          : 'debian';
  return { size: ostype === 'ubuntu' ? 3.5 * gib : 3 * gib, written: 1.5 * gib, tree: cloudTree(ostype) };
}

/** Lines like those of a copy. */
export function copyProgress(bytes: number): string {
  const whole = `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
  return `transferred 0.0 B of ${whole} (0.00%)\ntransferred ${whole} of ${whole} (100.00%)\n`;
}
