/** Storages and volumes of the twin: what each type can do, how it names volumes. It knows no guest and no command line. */

import { refuse } from './call.ts';
import type { Storage, TwinState } from './state.ts';
import { serverProblem } from './storage-servers.ts';

/** What every node has, also when storage.cfg does not name it (B135); the next write puts it into the file. */
const builtIn: Storage = {
  id: 'local',
  type: 'dir',
  options: { path: '/var/lib/vz', content: 'images,rootdir,vztmpl,iso,snippets,backup' },
};

/** All storages of the node, the built-in one included. */
export function allStorages(state: TwinState): Storage[] {
  return state.storages.some((one) => one.id === builtIn.id)
    ? state.storages
    : [{ ...builtIn, options: { ...builtIn.options } }, ...state.storages];
}

/** The storage, or Proxmox's refusal (B20, B84). */
export function findStorage(state: TwinState, id: string): Storage {
  const storage = allStorages(state).find((one) => one.id === id);
  if (!storage) refuse(`storage '${id}' does not exist`);
  return storage;
}

/** The storage if it may be used on this node now. */
export function enabledStorage(state: TwinState, id: string): Storage {
  const storage = findStorage(state, id);
  if (isDisabled(storage)) refuse(`storage '${id}' is disabled`);
  if (!isHere(state, storage)) refuse(`storage '${id}' is not available on node '${state.hardware.node}'`);
  return storage;
}

export function isDisabled(storage: Storage): boolean {
  const value = storage.options.disable;
  return value !== undefined && value !== '0';
}

/** Is it defined for this node? */
export function isHere(state: TwinState, storage: Storage): boolean {
  const nodes = storage.options.nodes;
  return nodes === undefined || nodes.split(',').includes(state.hardware.node);
}

/** Whether there is the volume group that it names: a node has the installer's, or none. */
export function hasGroup({ hardware }: TwinState, { options }: Storage): boolean {
  return hardware.lvm !== false && options.vgname === 'pve';
}

/** Content types of a storage; a storage without the option has its type's default. */
export function contentOf(storage: Storage): string[] {
  return (storage.options.content ?? 'images,rootdir').split(',').filter((part) => part !== '');
}

/**
 * What `activate_storage` says, or undefined when the storage works. The texts for dir are recorded (B133); those for
 * zfspool and lvmthin follow the documentation and source of pve-storage, with the words of zpool and lvm.
 */
export function activationProblem(state: TwinState, storage: Storage): string | undefined {
  const { id, type, options } = storage;
  if (type === 'dir' || type === 'btrfs') {
    const mount = options.is_mountpoint;
    const expected =
      mount === undefined || /^(0|no)$/.test(mount)
        ? undefined
        : mount.startsWith('/')
          ? mount
          : options.path;
    if (expected !== undefined && !isMounted(state, expected))
      return `unable to activate storage '${id}' - directory is expected to be a mount point but is not mounted: '${expected}'\n`;
  }
  const pool = options.pool?.split('/')[0] ?? '';
  if (type === 'zfspool' && !state.pools[pool])
    return `could not activate storage '${id}', zfs error: cannot import '${pool}': no such pool available\n\n`;
  if (type === 'lvmthin' && !(hasGroup(state, storage) && options.thinpool === 'data'))
    return `no such logical volume ${options.vgname}/${options.thinpool}\n`;
  return serverProblem(state, storage);
}

function isMounted(state: TwinState, path: string): boolean {
  return (
    path === '/' ||
    Object.entries(state.datasets).some(([name, one]) => mountpointOf(state, name, one.props) === path)
  );
}

/** Where a dataset is mounted. */
export function mountpointOf(state: TwinState, name: string, props = state.datasets[name]?.props): string {
  const own = props?.mountpoint;
  if (own !== undefined) return own;
  const slash = name.lastIndexOf('/');
  if (slash < 0) return `/${name}`;
  const parent = mountpointOf(state, name.slice(0, slash));
  return parent.startsWith('/') ? `${parent === '/' ? '' : parent}/${name.slice(slash + 1)}` : parent;
}
