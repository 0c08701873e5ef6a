/**
 * What lies on a volume that can be taken from one container and given to another: while it is mounted its content is
 * part of the container's tree, else it is kept with the volume. It knows no verb.
 */

import { type Guest, type Mount, mountsOf } from './guests.ts';
import type { FileEntry, TwinState } from './state.ts';

/** Takes the content of a mounted volume out of its container's tree. */
export function takeContent(state: TwinState, guest: Guest, mount: Mount): void {
  const volume = state.volumes[mount.source];
  const at = mount.properties.get('mp');
  if (!volume || at === undefined || mount.kind !== 'volume') return;
  const { files } = guest.state.tree;
  const taken: Record<string, FileEntry> = {};
  for (const [path, entry] of Object.entries(files)) {
    if (mountAbove(guest, path) !== at) continue;
    taken[path.slice(at.length)] = entry;
    delete files[path];
  }
  if (Object.keys(taken).length > 0) volume.files = { ...volume.files, ...taken };
}

/** Gives it to the container that mounts it now. */
export function giveContent(state: TwinState, guest: Guest, mount: Mount): void {
  const volume = state.volumes[mount.source];
  const at = mount.properties.get('mp');
  if (!volume?.files || at === undefined) return;
  for (const [path, entry] of Object.entries(volume.files)) guest.state.tree.files[`${at}${path}`] = entry;
  delete volume.files;
}

/** Path of the mount that a file lies on; undefined for the root. */
export function mountAbove({ conf }: Pick<Guest, 'conf'>, path: string): string | undefined {
  return mountsOf(conf)
    .flatMap(({ key, properties }) => (key === 'rootfs' ? [] : [properties.get('mp') ?? '']))
    .filter((mp) => path.startsWith(`${mp}/`))
    .sort((a, b) => b.length - a.length)[0];
}
