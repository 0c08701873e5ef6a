/** What a storage lies on, and how much room a node's facts tell of there; as the node has it, or as it will be made. Pure. */

import type { HostFacts, ThinPool } from './facts.ts';
import type { StorageSection } from './storage-cfg.ts';
import { type StorageType, storageType } from './storage-types.ts';

export interface Room {
  /** `dataset tank/ct`, `thin pool pve/data`, `volume group pve`, `directory /srv/a`, `storage ceph`. */
  readonly subject: string;
  /** Tells how full it is. */
  readonly command: string;
  /** Bytes; undefined: the facts do not tell. */
  readonly free: number | undefined;
  readonly thin?: ThinPool;
  /** How volumes can be made that do not take all of their room at once. */
  readonly otherwise?: string;
}

export interface KnownStorage {
  readonly type: StorageType;
  readonly options: { get(key: string): string | undefined };
}

/** As the node has it, else as it is wanted; undefined where neither says so, or in words that nobody knows. */
export function knownStorage(
  present: StorageSection | undefined,
  wanted: { readonly type: string } | undefined,
): KnownStorage | undefined {
  const type = storageType(present?.type ?? wanted?.type);
  return type && { type, options: present?.options ?? optionsOf(wanted ?? {}) };
}

function optionsOf(wanted: object): ReadonlyMap<string, string> {
  return new Map(Object.entries(wanted).map(([key, value]) => [key, value === true ? '1' : String(value)]));
}

/** Where the room is looked for. */
export interface Ground {
  readonly host: HostFacts;
  /** The dataset that a directory lies on, or will. */
  readonly datasetAt?: (path: string) => string | undefined;
  /** Bytes that a pool of ZFS will have that is not there yet. */
  readonly poolToBe?: (pool: string) => number | undefined;
}

/** Undefined where the storage does not say what it lies on. */
export function roomOf(id: string, { type, options }: KnownStorage, ground: Ground): Room | undefined {
  const { host, datasetAt } = ground;
  const onDataset = (name: string, otherwise: string) => ofDataset(name, ground, otherwise);
  const { family, room } = type;
  if (family === 'dataset') {
    const pool = options.get('pool');
    return pool === undefined ? undefined : onDataset(pool, 'say sparse: true for the storage');
  }
  if (family === 'logical') return onLvm(options, room === 'whole', host);
  if (family !== 'folder' && family !== 'subvolume')
    return { subject: `storage ${id}`, command: `pvesm status --storage ${id}`, free: undefined };
  const path = options.get('path') ?? (options.get('server') === undefined ? undefined : `/mnt/pve/${id}`);
  if (path === undefined) return undefined;
  const dataset = datasetAt?.(path);
  if (dataset !== undefined) return onDataset(dataset, 'take its preallocation away');
  const free = host.rooms?.get(path)?.available;
  const otherwise = 'take the preallocation of the storage away';
  return { subject: `directory ${path}`, command: `df -h ${path}`, free, otherwise };
}

function onLvm(options: KnownStorage['options'], whole: boolean, { groups }: HostFacts): Room {
  const [group = '', pool = ''] = [options.get('vgname'), options.get('thinpool')];
  const known = groups?.get(group);
  if (whole) return { subject: `volume group ${group}`, command: `vgs ${group}`, free: known?.free };
  const thin = known?.pools.get(pool);
  const free = thin?.data === undefined ? undefined : thin.size * (1 - thin.data / 100);
  const subject = `thin pool ${group}/${pool}`;
  return { subject, command: `lvs ${group}`, free, ...(thin ? { thin } : {}) };
}

/** Of the dataset, or, before it is made, of its pool. */
function ofDataset(dataset: string, { host, poolToBe }: Ground, otherwise: string): Room {
  const { datasets, zpools } = host;
  const available = datasets.get(dataset)?.get('available');
  const pool = dataset.replace(/\/.*$/, '');
  const ofPool = () => (zpools.has(pool) ? zpools.get(pool)?.free : poolToBe?.(pool));
  const bytes = available === undefined ? ofPool() : Number(available);
  const free = bytes !== undefined && Number.isFinite(bytes) ? bytes : undefined;
  return { subject: `dataset ${dataset}`, command: `zfs list -o space ${dataset}`, free, otherwise };
}
