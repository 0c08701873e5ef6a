/** The drives of a VM's conf as fields of its file: root disk, further drives, firmware variables, TPM, cloud-init. Pure. */

import type { Json } from '../core/json.ts';
import { normalParts } from '../proxmox/vm-properties.ts';
import { gibibytes } from '../proxmox/volume-size.ts';
import { byNumber, type Reading, wholeSize } from './reading.ts';
import { type Fits, typedParts } from './typed.ts';

export const driveKeys = /^(scsi|virtio|sata|ide)\d+$|^efidisk0$|^tpmstate0$/;

interface Drive {
  readonly text: string;
  /** Volume, `none`, or a path. */
  readonly file: string;
  readonly storage: string;
  readonly size: number | undefined;
  readonly kind: 'disk' | 'cloudinit' | 'file';
  /** All but place and size, in normal form. */
  readonly options: ReadonlyMap<string, string>;
}

/** Whether one of them carries the settings of cloud-init. `order`: what it boots from. */
export function readDrives(
  all: ReadonlyMap<string, string>,
  order: readonly string[],
  reading: Reading,
  fits: Fits,
): boolean {
  const { fields, left } = reading;
  const drives = new Map([...all].map(([key, text]) => [key, driveOf(text)]));
  const root = rootOf(drives, order);
  if (root === undefined) {
    reading.refused =
      'none of scsi0, virtio0, sata0 and ide0 is a disk of a storage, and a file has to name its root disk';
    return false;
  }
  readRoot(root, drives.get(root) as Drive, reading, fits);
  for (const [key, drive] of [...drives].sort(byNumber)) {
    if (key === root) continue;
    if (key === 'efidisk0' || key === 'tpmstate0') {
      fields.set(key, { storage: drive.storage, ...typedParts(drive.options, [key], fits) });
    } else if (drive.kind === 'cloudinit') fields.set(key, { storage: drive.storage, cloudinit: true });
    else if (drive.kind === 'file')
      fields.set(key, { file: drive.file, ...typedParts(drive.options, [key], fits) });
    else {
      const size = wholeSize(drive.size);
      const options = typedParts(drive.options, [key], fits);
      if (size !== undefined) fields.set(key, { storage: drive.storage, size, ...options });
      else left.push({ key, value: drive.text, why: 'a size that is no whole number of GiB' });
    }
  }
  return [...drives.values()].some(({ kind }) => kind === 'cloudinit');
}

function driveOf(text: string): Drive {
  const options = normalParts('drive', text);
  const file = options.get('file') ?? '';
  const size = options.get('size');
  for (const own of ['file', 'size', 'format', 'import-from']) options.delete(own);
  const owned = size !== undefined && /[:/](vm|base)-\d+-/.test(file);
  const kind = /[:/]vm-\d+-cloudinit(\.\w+)?$/.test(file) ? 'cloudinit' : owned ? 'disk' : 'file';
  return {
    ...{ text, file, kind, options, storage: file.replace(/:.*$/, '') },
    size: gibibytes(size),
  };
}

/** A file names a root disk, which is number 0 of its bus: what is booted from first, or the first one there is. */
function rootOf(drives: ReadonlyMap<string, Drive>, order: readonly string[]): string | undefined {
  const able = ['scsi0', 'virtio0', 'sata0', 'ide0'].filter((key) => {
    const drive = drives.get(key);
    return drive?.kind === 'disk' && drive.options.get('media') !== 'cdrom';
  });
  return order.find((key) => able.includes(key)) ?? able[0];
}

function readRoot(key: string, drive: Drive, { fields, left, ignore }: Reading, fits: Fits): void {
  const size = wholeSize(drive.size);
  if (size === undefined) {
    ignore.add(key);
    left.push({ key, value: drive.text, why: 'a size that is no whole number of GiB' });
  }
  const bus = key.replace(/\d+$/, '');
  const options: Record<string, Json> = size === undefined ? {} : typedParts(drive.options, ['disk'], fits);
  fields.set('disk', {
    storage: drive.storage,
    size: size ?? Math.max(1, Math.ceil(drive.size ?? 1)),
    ...(bus === 'scsi' ? {} : { bus }),
    ...options,
  });
}
