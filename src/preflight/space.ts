/**
 * Whether new volumes find room. What is thin, or a limit, is told as a warning; a volume that takes its whole size at once
 * is refused by ZFS when there is less. Storages whose room a sweep does not tell are left out. Pure.
 */

import type { Guest, Storage } from '../config/fleet.ts';
import { datasetUnder } from '../config/mountpoints.ts';
import { targetOf } from '../config/task-names.ts';
import type { StorageSection } from '../proxmox/storage-cfg.ts';
import { clonesAsLink } from './clones.ts';
import { type Conflict, isNew, type Kind, type Scene } from './scene.ts';
import { volumesOf } from './volumes.ts';

const gibibyte = 1024 ** 3;

interface Need {
  readonly guest: Guest;
  readonly key: string;
  /** GiB. */
  readonly size: number;
  /** It takes all of it at once. */
  readonly whole: boolean;
}

export const space: Kind = (scene) => {
  const places = new Map<string, { readonly free: number; readonly needs: Need[] }>();
  for (const guest of scene.owned) {
    const linked = isNew(guest, scene) && clonesAsLink(guest, scene);
    for (const { key, storage, size, content, root, fresh } of volumesOf(guest, scene)) {
      const room = fresh && size > 0 && !(root && linked) ? roomOf(storage, scene) : undefined;
      if (!room) continue;
      const place = places.get(room.dataset) ?? { free: room.free, needs: [] };
      place.needs.push({ guest, key, size, whole: content === 'images' && room.thick });
      places.set(room.dataset, place);
    }
  }
  return [...places].flatMap(([dataset, { free, needs }]) => tooMuch(dataset, free, needs));
};

function tooMuch(dataset: string, free: number, needs: readonly Need[]): Conflict[] {
  const whole = needs.filter((need) => need.whole);
  const refused = sum(whole) > free;
  const told = refused ? whole : needs;
  const wanted = sum(told);
  if (wanted <= free) return [];
  const listed = told.map(({ guest, key, size }) => `${targetOf(guest)} ${key} ${size} GiB`).join(', ');
  return [
    {
      subject: `dataset ${dataset}`,
      title: `new volumes want ${wanted} GiB, and ${Math.floor(free)} GiB are free`,
      facts: [['volumes', listed]],
      hint: refused
        ? 'They take their whole size at once: make them smaller, make room, or say sparse: true for the storage.'
        : 'They take only what is written to them, so this works until they are full.',
      command: `zfs list -o space ${dataset}`,
      severity: refused ? 'blocks' : 'warns',
    },
  ];
}

function sum(needs: readonly Need[]): number {
  return needs.reduce((total, { size }) => total + size, 0);
}

interface Room {
  readonly dataset: string;
  /** GiB. */
  readonly free: number;
  readonly thick: boolean;
}

function roomOf(id: string, scene: Scene): Room | undefined {
  const { fleet, storages } = scene;
  const place = placeOf(storages.get(id), fleet.hypervisor.storage[id], scene);
  const free = place && freeIn(place.dataset, scene);
  return place && free !== undefined ? { ...place, free } : undefined;
}

/** The dataset that a storage lies on; as the node has it, or as it will be made. */
function placeOf(
  present: StorageSection | undefined,
  wanted: Storage | undefined,
  { fleet }: Scene,
): Omit<Room, 'free'> | undefined {
  const type = present?.type ?? wanted?.type;
  if (type === 'zfspool') {
    const pool = present?.options.get('pool') ?? (wanted?.type === 'zfspool' ? wanted.pool : undefined);
    const sparse = present
      ? (present.options.get('sparse') ?? '0') !== '0'
      : wanted?.type === 'zfspool' && wanted.sparse === true;
    return pool === undefined ? undefined : { dataset: pool, thick: !sparse };
  }
  if (type !== 'dir') return undefined;
  const path = present?.options.get('path') ?? (wanted?.type === 'dir' ? wanted.path : undefined);
  const dataset = path === undefined ? undefined : datasetUnder(path, fleet.hypervisor.zfs.datasets);
  return dataset === undefined ? undefined : { dataset, thick: false };
}

/** Of the dataset, or, before it is made, of its pool; undefined while there is neither. */
function freeIn(dataset: string, { facts }: Scene): number | undefined {
  const available = facts.host.datasets.get(dataset)?.get('available');
  const bytes =
    available === undefined ? facts.host.zpools.get(dataset.replace(/\/.*$/, ''))?.free : Number(available);
  return bytes === undefined || !Number.isFinite(bytes) ? undefined : bytes / gibibyte;
}
