/** Whether a guest's conf is that of a template. Pure. */

import { type GuestConf, parseProperties } from './conf.ts';

/** The flag alone says little: it can be set without any volume being converted (B59). */
export function hasTemplateFlag({ keys }: GuestConf): boolean {
  return keys.get('template') === '1';
}

const volumes = /^(rootfs|mp\d+|scsi\d+|virtio\d+|sata\d+|ide\d+|efidisk0|tpmstate0)$/;

/**
 * Mounts and disks whose volume is no base volume: `base-900-disk-0`, on ZFS `basevol-900-disk-0` for containers. CD
 * drives, that of cloud-init among them, are never converted.
 */
export function unconverted({ keys }: GuestConf): string[] {
  return [...keys].flatMap(([key, value]) => {
    if (!volumes.test(key)) return [];
    const properties = parseProperties(value, 'volume');
    const volume = properties.get('volume') ?? properties.get('file') ?? '';
    if (properties.get('media') === 'cdrom' || volume === 'none') return [];
    return volume.startsWith('/') || /[:/]base(vol)?-\d+-[^/]*$/.test(volume) ? [] : [key];
  });
}
