/** The volumes that guests want, and which of them are not there yet. Pure. */

import type { Guest } from '../config/fleet.ts';
import { type GuestConf, parseProperties } from '../proxmox/conf.ts';
import { confOf } from '../proxmox/guest-conf.ts';
import { isNew, type Scene } from './scene.ts';

export interface Volume {
  /** `rootfs`, `mp0`, `scsi1`. */
  readonly key: string;
  readonly storage: string;
  /** GiB; 0 where Proxmox decides it. */
  readonly size: number;
  readonly content: 'rootdir' | 'images';
  readonly root: boolean;
  /** It has still to be allocated. */
  readonly fresh: boolean;
}

export function volumesOf(guest: Guest, scene: Scene): Volume[] {
  const there = isNew(guest, scene) ? undefined : scene.facts.guests.get(guest.id);
  const has = holds(guest, there && confOf(there));
  return wantedVolumes(guest).map(({ at, ...volume }) => ({ ...volume, fresh: !has(volume.key, at) }));
}

/** Mounts of a container are known by their paths inside, drives of a VM by their keys. */
function holds(guest: Guest, conf: GuestConf | undefined): (key: string, at: string) => boolean {
  if (!conf) return () => false;
  if (guest.kind === 'vm') return (key) => conf.keys.has(key);
  const paths = [...new Map([...conf.keys, ...conf.pending.keys])].flatMap(([key, value]) =>
    /^mp\d+$/.test(key) ? [parseProperties(value, 'volume').get('mp') ?? ''] : [],
  );
  return (_, at) => at === '/' || paths.includes(at);
}

type Wanted = Omit<Volume, 'fresh'> & { readonly at: string };

function wantedVolumes(guest: Guest): Wanted[] {
  if (guest.kind === 'ct') {
    const { storage, size } = guest.rootfs;
    const mounts = Object.entries(guest.mounts).flatMap(([key, mount]): Wanted[] =>
      mount.storage === undefined
        ? []
        : [
            {
              key,
              storage: mount.storage,
              size: mount.size ?? 0,
              content: 'rootdir',
              root: false,
              at: mount.mp,
            },
          ],
    );
    return [{ key: 'rootfs', storage, size, content: 'rootdir', root: true, at: '/' }, ...mounts];
  }
  const image = (key: string, storage: string, size: number, root = false): Wanted => ({
    ...{ key, storage, size, root, content: 'images', at: key },
  });
  const { disk, drives, efidisk0, tpmstate0 } = guest;
  return [
    image(`${disk.bus ?? 'scsi'}0`, disk.storage, disk.size, true),
    ...Object.entries(drives).flatMap(([key, drive]) =>
      drive.storage === undefined ? [] : [image(key, drive.storage, drive.size ?? 0)],
    ),
    ...(efidisk0 ? [image('efidisk0', efidisk0.storage, 0)] : []),
    ...(tpmstate0 ? [image('tpmstate0', tpmstate0.storage, 0)] : []),
  ];
}
