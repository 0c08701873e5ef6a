/** Where the twin's datasets are mounted, and on which file system a path lies. It knows no storage. */

import { disksOf } from '../disks.ts';
import type { TwinState } from '../state.ts';

/** Where a dataset is mounted. */
export function mountpointOf(state: TwinState, name: string, props = state.datasets[name]?.props): string {
  const own = props?.mountpoint;
  if (own !== undefined) return own;
  const slash = name.lastIndexOf('/');
  if (slash < 0) return `/${name}`;
  const parent = mountpointOf(state, name.slice(0, slash));
  return parent.startsWith('/') ? `${parent === '/' ? '' : parent}/${name.slice(slash + 1)}` : parent;
}

/** Mount point → what is mounted there: a dataset, or a disk with its bytes. */
export type Mounts = ReadonlyMap<string, { readonly dataset: string } | { readonly size: number }>;

/** Every file system of the node, but for the volumes of containers: a node has thousands of them, and no storage lies there. */
export function mountsOfNode(state: TwinState): Mounts {
  const mounts = new Map<string, { readonly dataset: string } | { readonly size: number }>();
  for (const disk of Object.values(disksOf(state)))
    for (const { mountpoint, size } of [disk, ...disk.parts])
      if (mountpoint?.startsWith('/')) mounts.set(mountpoint, { size });
  for (const name in state.datasets) {
    const last = name.lastIndexOf('/') + 1;
    if (name.startsWith('subvol-', last) || name.startsWith('basevol-', last)) continue;
    const path = mountpointOf(state, name);
    if (path.startsWith('/')) mounts.set(path, { dataset: name });
  }
  return mounts;
}

/** The same, looked at when it is first asked for. */
export function mountsOnce(state: TwinState): () => Mounts {
  let mounts: Mounts | undefined;
  return () => {
    mounts ??= mountsOfNode(state);
    return mounts;
  };
}

/** The mount point of the file system that holds a path. */
export function mountBelow(mounts: Mounts, path: string): string {
  for (let at = path; at !== '' && at !== '/'; at = at.slice(0, at.lastIndexOf('/')))
    if (mounts.has(at)) return at;
  return '/';
}

export function isMounted(state: TwinState, path: string): boolean {
  return path === '/' || Object.keys(state.datasets).some((name) => mountpointOf(state, name) === path);
}
