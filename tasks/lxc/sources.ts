/**
 * Directories of the node that a container mounts: made with an owner of the container where nobody else makes them. What
 * lies in them is nobody's business here.
 */

import type { Container, Hypervisor } from '../../src/config/fleet.ts';
import { datasetUnder, mountpointOf } from '../../src/config/mountpoints.ts';
import { PhxError } from '../../src/core/error.ts';
import type { Probe, TaskContext } from '../../src/core/task.ts';
import type { DirectoryFacts, Facts } from '../../src/proxmox/facts.ts';
import { hostId } from '../../src/proxmox/idmap.ts';
import { normalLine } from '../../src/proxmox/lxc-keys.ts';
import { directoryTask, zfsTask } from '../guest/names.ts';

/** A directory as it is made, in numbers of the node; `owner`, `group` and `mode` are those that a mount says. */
export interface Source {
  readonly uid: number;
  readonly gid: number;
  readonly mode?: string;
  /** What of it is kept on a directory that is there already. */
  readonly kept: readonly ('owner' | 'group' | 'mode')[];
}

/** Tasks of the node that make the path of a bind mount, or what it lies on. */
export function makersOf(source: string, { zfs, directories }: Hypervisor): string[] {
  const dataset = datasetUnder(source, zfs.datasets);
  const described = Object.keys(directories).filter((path) => `${source}/`.startsWith(`${path}/`));
  return [...(dataset === undefined ? [] : [zfsTask(dataset)]), ...described.map(directoryTask)];
}

/** The directories that are this container's to make or to keep, by path. */
export function sourcesOf(ct: Container, node: Hypervisor): Record<string, Source> {
  const lines = (ct.lxc ?? []).map(normalLine);
  const sources: Record<string, Source> = {};
  for (const { source, owner, group, mode, idmap } of Object.values(ct.mounts)) {
    if (source === undefined) continue;
    const said = Object.entries({ owner, group, mode }).flatMap(([key, value]) =>
      value === undefined ? [] : [key as Source['kept'][number]],
    );
    if (said.length === 0 && isMadeByNode(source, node)) continue;
    const mapping = { unprivileged: ct.unprivileged, lines, mount: idmap };
    sources[source] = {
      uid: hostId('u', owner ?? 0, mapping),
      gid: hostId('g', group ?? 0, mapping),
      ...(mode === undefined ? {} : { mode: mode.replace(/^0+(?=.)/, '') }),
      kept: said,
    };
  }
  return sources;
}

function isMadeByNode(path: string, { zfs, directories }: Hypervisor): boolean {
  const points = Object.keys(zfs.datasets).map((name) => mountpointOf(name, zfs.datasets));
  const pools = Object.keys(zfs.pools).map((name) => `/${name}`);
  return Object.hasOwn(directories, path) || points.includes(path) || pools.includes(path);
}

export const sourceScope = (path: string): string => `dir:${path}`;

/** That it is there, with what is kept of it. */
export function sourceProbe(path: string, { kept }: Source): Probe<Facts> {
  return (facts) => {
    const found = facts.dirs.get(path);
    if (!found) return undefined;
    const words = { owner: found.uid, group: found.gid, mode: found.mode };
    return kept.length === 0 ? 'there' : kept.map((key) => `${key} ${words[key]}`).join(', ');
  };
}

/** Makes it, or mends what is said of it. */
export async function keepSource(path: string, source: Source, context: TaskContext<Facts>): Promise<void> {
  const look = async () => (await context.refresh([sourceScope(path)])).dirs.get(path);
  let found = await look();
  const isNew = !found;
  if (!found) {
    await context.run(['mkdir', '-p', path], { undo: ['rmdir', path] });
    found = await look();
  }
  const differs = wrong(source, found, isNew);
  if (differs.includes('owner') || differs.includes('group')) {
    const owner = differs.includes('owner') ? source.uid : '';
    const group = differs.includes('group') ? `:${source.gid}` : '';
    const undo = found && !isNew ? { undo: ['chown', `${found.uid}:${found.gid}`, path] } : {};
    await context.run(['chown', `${owner}${group}`, path], undo);
  }
  if (differs.includes('mode')) {
    const undo = found && !isNew ? { undo: ['chmod', found.mode, path] } : {};
    await context.run(['chmod', source.mode ?? '755', path], undo);
  }
  if (differs.length === 0) return;
  const left = wrong(source, await look(), isNew);
  if (left.length === 0) return;
  throw new PhxError('failed', {
    title: `Directory ${path} did not become what was asked for`,
    facts: [['still wrong', left.join(', ')]],
    hint: 'A file system from elsewhere may refuse owners and modes. Leave out what it cannot keep.',
  });
}

function wrong(source: Source, found: DirectoryFacts | undefined, isNew: boolean): Source['kept'] {
  const checked = isNew ? (['owner', 'group', 'mode'] as const) : source.kept;
  return checked.filter((key) => {
    if (key === 'owner') return found?.uid !== source.uid;
    if (key === 'group') return found?.gid !== source.gid;
    return source.mode !== undefined && found?.mode !== source.mode;
  });
}
