/**
 * Disk images of VMs on the storages of the twin: making, linking, what a file to import holds. Recorded for dir and btrfs;
 * zfspool and lvmthin follow the documentation of pve-storage. It knows no guest and no command line.
 */

import { refuse } from './call.ts';
import { sizeOf } from './files.ts';
import { cloudTree } from './guest-tree.ts';
import type { FileEntry, GuestTree, Storage, TwinState, Volume } from './state.ts';
import { activationProblem, findStorage } from './storages.ts';
import { datasetOf, findVolume, freeNumber, isBase, parseVolumeId, volumePath } from './volumes.ts';

export interface ImageWish {
  /** Bytes. */
  readonly size: number;
  /** Default raw. */
  readonly format?: string;
  /** `cloudinit` or `state-<snapshot>` instead of the next disk. */
  readonly name?: string;
  /** The whole name, where it was asked for. */
  readonly disk?: string;
  /** Volume id of the base that it lies upon. */
  readonly base?: string;
}

/** Makes an image; returns its id and what the tools print. */
export function allocateImage(
  state: TwinState,
  storage: Storage,
  owner: number,
  { size, format = 'raw', name, base, disk: whole }: ImageWish,
): { volid: string; printed: string } {
  const problem = activationProblem(state, storage);
  if (problem) refuse(problem);
  const folder = storage.options.path !== undefined;
  if (format !== 'raw' && !(folder && format === 'qcow2')) refuse(`unsupported format '${format}'`);
  const disk = whole ?? `vm-${owner}-${name ?? `disk-${freeNumber(state, storage.id, owner)}`}`;
  const named = base !== undefined && (folder || storage.type === 'zfspool') && storage.type !== 'btrfs';
  const before = named ? `${baseName(base)}/` : '';
  const volid = `${storage.id}:${before}${folder ? `${owner}/${disk}.${format}` : disk}`;
  checkPlace(state, storage, volid);
  const volume: Volume = {
    storage: storage.id,
    owner,
    format: format as Volume['format'],
    size,
    snapshots: [],
    ...(base === undefined ? {} : { base }),
  };
  state.volumes[volid] = volume;
  return { volid, printed: printed(state, storage, volid, volume) };
}

/** The base itself, without the one that it may lie upon: `base-100-disk-0`, in a directory `100/base-100-disk-0.qcow2`. */
function baseName(volid: string): string {
  return /(?:\d+\/)?base-[^/]+$/.exec(parseVolumeId(volid).name)?.[0] ?? '';
}

function checkPlace(state: TwinState, storage: Storage, volid: string): void {
  const there = state.volumes[volid] !== undefined;
  if (storage.type === 'zfspool') {
    const dataset = datasetOf(storage, parseVolumeId(volid).name);
    const why = there
      ? 'dataset already exists'
      : state.datasets[storage.options.pool ?? '']
        ? undefined
        : 'parent does not exist';
    if (why) refuse(`zfs error: cannot create '${dataset}': ${why}\n\n`);
  } else if (there) refuse(`disk image '${volumePath(state, volid)}' already exists`);
}

/** What qemu-img and lvcreate say; a raw image on btrfs and a ZFS volume come without a word. */
function printed(state: TwinState, { type, options }: Storage, volid: string, volume: Volume): string {
  const { size, format, base } = volume;
  if (type === 'lvmthin' || type === 'lvm')
    return `  Logical volume "${parseVolumeId(volid).name}" created.\n`;
  if (options.path === undefined || (type === 'btrfs' && format === 'raw')) return '';
  const path = volumePath(state, volid);
  if (format === 'raw') return `Formatting '${path}', fmt=raw size=${size} preallocation=off\n`;
  const common = `Formatting '${path}', fmt=qcow2 cluster_size=65536 extended_l2=off`;
  const rest = 'lazy_refcounts=off refcount_bits=16';
  if (base === undefined)
    return `${common} preallocation=metadata compression_type=zlib size=${size} ${rest}\n`;
  const from = baseName(base);
  const [, file = ''] = /^\d+\/(.+)$/.exec(from) ?? [];
  const [, own = '', owner = ''] = /\/((?:vm)-(\d+)-[^/]+)$/.exec(volid) ?? [];
  const kind = /\.(\w+)$/.exec(file)?.[1] ?? 'raw';
  return (
    `clone ${from}: images, ${own}, ${owner} to ${own} (base=../${from})\n` +
    `${common} compression_type=zlib size=${size} backing_file=../${from} backing_fmt=${kind} ${rest}\n`
  );
}

/** Can a VM's volume be cloned as a link (F9, B100; only btrfs links what is no base)? */
export function canLinkImage(state: TwinState, volid: string): boolean {
  const { storage, name } = parseVolumeId(volid);
  const { type } = findStorage(state, storage);
  if (type === 'btrfs') return name.endsWith('.raw');
  return ['zfspool', 'lvmthin', 'rbd', 'dir', 'nfs', 'cifs', 'cephfs'].includes(type) && isBase(volid);
}

/** Can it be copied, from that snapshot? A ZFS volume's snapshot cannot (F9). */
export function canCopyImage(state: TwinState, volid: string, snapshot: string | undefined): boolean {
  const volume = findVolume(state, volid);
  return snapshot === undefined || findStorage(state, volume.storage).type !== 'zfspool';
}

/** The format of a copy: the one that was asked for, the source's own where the storage has it, else raw (B101). */
export function copyFormat(storage: Storage, asked: string | undefined, own: string): string {
  const wanted = asked ?? own;
  return storage.options.path !== undefined && storage.type !== 'btrfs' ? wanted : 'raw';
}

/** First words of the text of an image on the twin that qemu-img made: format and bytes follow. */
export const diskMark = 'phx-twin disk';

const gib = 1024 ** 3;

/** What an image file holds: its bytes as a disk, and the system on it. A file that is no image is a raw one (B90). */
export function imageIn(entry: FileEntry): { size: number; tree?: GuestTree } {
  const [, bytes] = /^phx-twin disk \S+ (\d+)/.exec(entry.text) ?? [];
  if (bytes !== undefined) return { size: Number(bytes) };
  const cloud = /^phx-twin (?:download|image) (\S+)/.exec(entry.text)?.[1];
  if (cloud === undefined) return { size: Math.ceil(sizeOf(entry) / 512) * 512 };
  const ostype = /ubuntu|noble|jammy|focal|plucky|questing|resolute/.test(cloud)
    ? 'ubuntu'
    : /alpine/.test(cloud)
      ? 'alpine'
      : /alma|rocky|centos/.test(cloud)
        ? 'centos'
        : /fedora/.test(cloud)
          ? 'fedora'
          : 'debian';
  return { size: ostype === 'ubuntu' ? 3.5 * gib : 3 * gib, tree: cloudTree(ostype) };
}

/** Lines like those of a copy. */
export function copyProgress(bytes: number): string {
  const whole = `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
  return `transferred 0.0 B of ${whole} (0.00%)\ntransferred ${whole} of ${whole} (100.00%)\n`;
}
