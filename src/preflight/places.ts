/** What a storage lies on, and how much room the facts tell of there; as the node has it, or as it will be made. Pure. */

import type { Storage } from '../config/fleet.ts';
import { datasetUnder } from '../config/mountpoints.ts';
import type { ThinPool } from '../proxmox/facts.ts';
import { type StorageType, storageType, takesWhole } from '../proxmox/storage-types.ts';
import type { Scene } from './scene.ts';

export interface Place {
  /** `dataset tank/ct`, `thin pool pve/data`, `volume group pve`, `directory /srv/a`, `storage ceph`. */
  readonly subject: string;
  /** Tells how full it is. */
  readonly command: string;
  /** Bytes; undefined: the facts do not tell. */
  readonly free: number | undefined;
  readonly thin?: ThinPool;
  /** Whether a volume of the format takes all of its room at once. */
  readonly whole: (content: 'rootdir' | 'images') => boolean;
  /** How volumes can be made that do not. */
  readonly otherwise?: string;
}

/** Undefined where nothing is known of the storage, or it is not there yet and nobody can say what it will have. */
export function placeOf(id: string, scene: Scene): Place | undefined {
  const present = scene.storages.get(id);
  const wanted = scene.fleet.hypervisor.storage[id];
  const name = present?.type ?? wanted?.type;
  const type = storageType(name);
  if (!type || type.disks.length === 0) return undefined;
  const options = present?.options ?? optionsOf(wanted);
  const whole = (content: 'rootdir' | 'images') =>
    takesWhole(type, options, content === 'images' ? (type.disks[0] ?? 'raw') : type.mounts);
  const found = lying(id, type, options, scene);
  // Before a storage is there, only what it is to lie on can be asked.
  return found && (found.free !== undefined || present) ? { ...found, whole } : undefined;
}

function optionsOf(wanted: Storage | undefined): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(wanted ?? {}).map(([key, value]) => [key, value === true ? '1' : String(value)]),
  );
}

type Lying = Omit<Place, 'whole'>;

function lying(
  id: string,
  { family, room }: StorageType,
  options: { get(key: string): string | undefined },
  scene: Scene,
): Lying | undefined {
  const { facts, fleet } = scene;
  if (family === 'dataset') {
    const pool = options.get('pool');
    return pool === undefined ? undefined : onDataset(pool, scene, 'say sparse: true for the storage');
  }
  if (family === 'logical') return onLvm(options, room === 'whole', scene);
  if (family !== 'folder' && family !== 'subvolume')
    return { subject: `storage ${id}`, command: `pvesm status --storage ${id}`, free: undefined };
  const path = options.get('path') ?? (options.get('server') === undefined ? undefined : `/mnt/pve/${id}`);
  if (path === undefined) return undefined;
  const dataset = datasetUnder(path, fleet.hypervisor.zfs.datasets);
  if (dataset !== undefined) return onDataset(dataset, scene, 'take its preallocation away');
  const free = facts.host.rooms?.get(path)?.available;
  const otherwise = 'take the preallocation of the storage away';
  return { subject: `directory ${path}`, command: `df -h ${path}`, free, otherwise };
}

function onLvm(
  options: { get(key: string): string | undefined },
  whole: boolean,
  { facts }: Scene,
): Lying | undefined {
  const [group = '', pool = ''] = [options.get('vgname'), options.get('thinpool')];
  const known = facts.host.groups?.get(group);
  if (whole) return { subject: `volume group ${group}`, command: `vgs ${group}`, free: known?.free };
  const thin = known?.pools.get(pool);
  const free = thin?.data === undefined ? undefined : thin.size * (1 - thin.data / 100);
  const subject = `thin pool ${group}/${pool}`;
  return { subject, command: `lvs ${group}`, free, ...(thin ? { thin } : {}) };
}

/** Of the dataset, or, before it is made, of its pool. */
function onDataset(dataset: string, { facts }: Scene, otherwise: string): Lying {
  const { datasets, zpools } = facts.host;
  const available = datasets.get(dataset)?.get('available');
  const pool = dataset.replace(/\/.*$/, '');
  const bytes = available === undefined ? zpools.get(pool)?.free : Number(available);
  const free = bytes !== undefined && Number.isFinite(bytes) ? bytes : undefined;
  return { subject: `dataset ${dataset}`, command: `zfs list -o space ${dataset}`, free, otherwise };
}
