/** What the tools say when a copy in full does not fit: rsync of containers, qemu-img of VMs. From their sources; nothing was recorded. */

import type { Volume } from '../state.ts';
import { writtenOn } from './counting.ts';
import type { VolumeWish } from './volumes.ts';

/** What rsync says when the volumes of a container do not fit. */
export function copyOf(volume: Volume, target: number, before = ''): NonNullable<VolumeWish['copy']> {
  const [from, to] = [2, 1].map((number) => `/var/lib/lxc/${target}/.copy-volume-${number}`);
  return {
    bytes: writtenOn(volume),
    failed: () => [
      `rsync: [receiver] write failed on "${to}/usr/lib/locale/locale-archive": No space left on device (28)`,
      'rsync error: error in file IO (code 11) at receiver.c(380) [receiver=3.2.7]',
      `${before}command 'rsync --stats -X -A --numeric-ids -aH --whole-file --sparse --one-file-system '--bwlimit=0' ${from}/ ${to}' failed: exit code 11`,
    ],
  };
}

/** What qemu-img says when a copy does not fit. */
export function convertOf(
  bytes: number,
  {
    from,
    formats: [source, target],
    before = '',
  }: { from: string; formats: readonly [string, string]; before?: string },
): NonNullable<VolumeWish['copy']> {
  return {
    bytes,
    failed: (path) => [
      'qemu-img: error while writing at byte 0: No space left on device',
      `${before}copy failed: command '/usr/bin/qemu-img convert -p -n -f ${source} -O ${target} ${from} zeroinit:${path}' failed: exit code 1`,
    ],
  };
}
