/**
 * Volumes that are files: images below a directory of the node or of a server (dir, nfs, cifs, cephfs), and those of btrfs,
 * which are subvolumes. Recorded for dir and btrfs; what runs out of room follows the source of QEMU.
 */

import { splitList } from '../../proxmox/conf.ts';
import { baseIdOf, ownName } from '../../proxmox/volume-names.ts';
import { refuse } from '../call.ts';
import { isDir, makeDirs } from '../files.ts';
import type { Storage, TwinState, Volume } from '../state.ts';
import { isMounted, type Mounts, mountBelow, mountsOfNode } from './mountpoints.ts';
import type { Place, StoragePlugin } from './plugin.ts';
import { serverProblem } from './servers.ts';

const gib = 1024 ** 3;

/** What a file system holds before anything lies on it. */
const system = 3 * gib;
/** Of a server that nobody asked, and of a btrfs. */
const unseen = 1024 * gib;

/** The file system below a path; a dataset, where it is one. */
export function fileSystemOf(mounts: Mounts, path: string): Place {
  const mountpoint = mountBelow(mounts, path);
  const mounted = mounts.get(mountpoint) ?? { size: 40 * gib };
  return 'dataset' in mounted
    ? { key: `dataset:${mounted.dataset}`, size: 0, taken: 0 }
    : { key: `files:${mountpoint}`, size: mounted.size, taken: mountpoint === '/' ? system : 0 };
}

const special = /^(vztmpl|iso|backup|snippets|import)\/(.+)$/;
const subfolders: Readonly<Record<string, string>> = {
  vztmpl: 'template/cache',
  iso: 'template/iso',
  backup: 'dump',
};
const contentFolders: Readonly<Record<string, string>> = {
  ...subfolders,
  ...{ images: 'images', rootdir: 'private', snippets: 'snippets', import: 'import' },
};

function pathOf({ options }: Storage, name: string): string {
  const root = options.path ?? '';
  const [, kind = '', file = ''] = special.exec(name) ?? [];
  if (kind !== '') return `${root}/${subfolders[kind] ?? kind}/${file}`;
  // A linked clone is named with its base before it.
  return `${root}/images/${/^\d+\/base-[^/]+\/\d+\//.test(name) ? ownName(name) : name}`;
}

/** A directory that has to be a mount point and is none (B133). */
function mountProblem(state: TwinState, { id, options }: Storage): string | undefined {
  const mount = options.is_mountpoint;
  if (mount === undefined || /^(0|no)$/.test(mount)) return undefined;
  const expected = mount.startsWith('/') ? mount : (options.path ?? '');
  return isMounted(state, expected)
    ? undefined
    : `unable to activate storage '${id}' - directory is expected to be a mount point but is not mounted: '${expected}'\n`;
}

/** What qemu-img says; a linked clone begins with a word of Proxmox. */
function formatted(path: string, storage: Storage, name: string, { size, format }: Volume): string {
  const { preallocation } = storage.options;
  if (format === 'subvol') return '';
  if (format === 'raw')
    return `Formatting '${path}', fmt=raw size=${size} preallocation=${preallocation === undefined || preallocation === 'metadata' ? 'off' : preallocation}\n`;
  const common = `Formatting '${path}', fmt=qcow2 cluster_size=65536 extended_l2=off`;
  const rest = 'lazy_refcounts=off refcount_bits=16';
  const from = baseIdOf(`${storage.id}:${name}`)?.replace(/^[^:]+:/, '');
  if (from === undefined)
    return `${common} preallocation=${preallocation ?? 'metadata'} compression_type=zlib size=${size} ${rest}\n`;
  const [, owner = '', own = ''] = /^(\d+)\/(.+)$/.exec(ownName(name)) ?? [];
  const kind = /\.(\w+)$/.exec(from)?.[1] ?? 'raw';
  return (
    `clone ${from}: images, ${own}, ${owner} to ${own} (base=../${from})\n` +
    `${common} compression_type=zlib size=${size} backing_file=../${from} backing_fmt=${kind} ${rest}\n`
  );
}

const nothing = () => {};

export const folders: StoragePlugin = {
  check(call, { id, options }) {
    const { path, mkdir } = options;
    if (path === undefined || options.server !== undefined) return undefined;
    if (mkdir !== undefined)
      call.err(
        `NOTE: The 'mkdir' option set for '${id}' is deprecated and will be removed in Proxmox VE 9. Use 'create-base-path' or 'create-subdirs' instead.\n`,
      );
    const forbidden = mkdir === '0' || options['create-base-path'] === '0';
    return forbidden && !isDir(call.state.files, path)
      ? `unable to activate storage '${id}' - directory '${path}' does not exist or is unreachable`
      : undefined;
  },
  add({ files }, { options }) {
    const { path, content = '' } = options;
    if (path === undefined) return undefined;
    makeDirs(files, path);
    if (options['create-subdirs'] === '0') return undefined;
    for (const kind of splitList(content)) {
      const folder = contentFolders[kind];
      if (folder !== undefined) makeDirs(files, `${path}/${folder}`);
    }
    return undefined;
  },
  problem: (state, storage) => mountProblem(state, storage) ?? serverProblem(state, storage),
  place(state, { id, options }, _, mounts = () => mountsOfNode(state)) {
    // What a server has is not below any disk of the node.
    if (options.server !== undefined || options.path === undefined)
      return { key: `storage:${id}`, size: unseen, taken: 0 };
    return fileSystemOf(mounts(), options.path);
  },
  path: (_, storage, name) => pathOf(storage, name),
  make(state, storage, { name, volume, whole }, look) {
    const path = pathOf(storage, name);
    if (state.volumes[`${storage.id}:${name}`]) refuse(`disk image '${path}' already exists`);
    if (whole && look.space().available < volume.size) refuse(`unable to create image: ${noRoom(path)}`);
    return { out: formatted(path, storage, name, volume) };
  },
  grow(_, storage, { name, volume, size, whole, running }, look) {
    if (whole && look.space().available < size - volume.size)
      refuse(`command '/usr/bin/qemu-img resize' failed: ${noRoom(pathOf(storage, name))}`);
    return { out: running ? '' : 'Image resized.\n' };
  },
  remove: nothing,
  rename: nothing,
};

function noRoom(path: string): string {
  return `qemu-img: ${path}: Could not preallocate data: No space left on device`;
}

export const btrfs: StoragePlugin = {
  ...folders,
  check: () => undefined,
  // A twin has no btrfs but those that it began with.
  add: ({ storages }, { type, options: { path } }) =>
    storages.some((one) => one.type === type && one.options.path === path)
      ? undefined
      : `'${path}' is not a btrfs file system`,
  problem: mountProblem,
  place: (state, { options }, _, mounts = () => mountsOfNode(state)) => {
    const below = fileSystemOf(mounts(), options.path ?? '');
    // The node's own file system is none: it is taken to be one of its own.
    return below.key === 'files:/' ? { key: `files:${options.path}`, size: unseen, taken: 0 } : below;
  },
  path: (_, storage, name) => {
    const path = pathOf(storage, name);
    return special.test(name) ? path : path.replace(/\.raw$/, '/disk.raw');
  },
  make(state, storage, made, look) {
    const printed = folders.make(state, storage, made, look);
    return made.volume.format === 'raw' ? {} : printed;
  },
};
