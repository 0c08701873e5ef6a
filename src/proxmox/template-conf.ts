/** Whether a container's conf is that of a template. Pure. */

import { type GuestConf, parseProperties } from './conf.ts';

/** The flag alone says little: it can be set without any volume being converted (B59). */
export function hasTemplateFlag({ keys }: GuestConf): boolean {
  return keys.get('template') === '1';
}

/** Mounts whose volume is no base volume: `base-900-disk-0`, on ZFS `basevol-900-disk-0`. */
export function unconverted({ keys }: GuestConf): string[] {
  return [...keys].flatMap(([key, value]) => {
    if (key !== 'rootfs' && !/^mp\d+$/.test(key)) return [];
    const volume = parseProperties(value, 'volume').get('volume') ?? '';
    return volume.startsWith('/') || /[:/]base(vol)?-\d+-[^/]*$/.test(volume) ? [] : [key];
  });
}
