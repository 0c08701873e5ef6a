/** Snapshots by Proxmox: what is in the way of them, one that a person asks for by name, and going back to one. */

import { BlockedError, PhxError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import { parseProperties } from '../../src/proxmox/conf.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { pct } from '../../src/proxmox/pct.ts';
import { parseStorageCfg } from '../../src/proxmox/storage-cfg.ts';
import { forgetReady } from '../guest/inside.ts';
import type { LXCContainer } from './container.ts';

const minutes = 60_000;

/** Takes a snapshot of all volumes; one of this name that stands is a refusal, since it tells of another moment. */
export async function takeSnapshot(
  container: LXCContainer,
  name: string,
  context: TaskContext<Facts>,
): Promise<void> {
  const { id } = container;
  const obstacle = snapshotObstacle(container, context.facts());
  if (obstacle !== undefined) {
    throw new BlockedError({
      title: `Proxmox can take no snapshot of container ${id}`,
      facts: [['because', obstacle]],
      hint: 'A backup can be taken of every container; it leaves out bind mounts.',
      command: `phx backup ctid:${id}`,
    });
  }
  if (container.conf.snapshots.has(name) && !container.conf.snapshots.get(name)?.keys.has('snapstate')) {
    throw new BlockedError({
      title: `Container ${id} already has a snapshot ${name}`,
      hint: 'Choose another name; without one it is named by the time.',
    });
  }
  if (container.conf.snapshots.has(name)) await context.run(pct.deleteSnapshot(id, name));
  await context.run(pct.snapshot(id, name, `phx: taken by hand of ctid:${id}`), {
    deadline: 10 * minutes,
    detached: true,
  });
  await container.look();
  if (container.conf.snapshots.has(name)) return;
  throw new PhxError('failed', { title: `pct said that it took ${name}, but it is not there` });
}

/** Why Proxmox would refuse (B66, F9, F14); undefined when nothing is known to stand in the way. */
export function snapshotObstacle({ conf }: LXCContainer, facts: Facts): string | undefined {
  const storages = parseStorageCfg(facts.host.storageCfg);
  for (const [key, value] of conf.keys) {
    if (key !== 'rootfs' && !/^mp\d+$/.test(key)) continue;
    const volume = parseProperties(value, 'volume').get('volume') ?? '';
    if (volume.startsWith('/')) return `${key} is a directory of the node (${volume})`;
    const storage = volume.replace(/:.*$/, '');
    const type = storages.get(storage)?.type;
    if (type !== undefined && !['zfspool', 'lvmthin', 'btrfs', 'rbd'].includes(type))
      return `${key} lies on ${storage}, a storage of type ${type}`;
  }
  return conf.keys.get('template') === '1' ? 'it is a template' : undefined;
}

/** Goes back to a snapshot, and leaves the container stopped (B67). */
export async function restoreSnapshot(
  container: LXCContainer,
  name: string,
  context: TaskContext<Facts>,
): Promise<void> {
  const { id } = container;
  forgetReady(context, id);
  await context.run(pct.rollback(id, name), { deadline: 30 * minutes, detached: true });
  await container.look();
  const parent = container.conf.keys.get('parent');
  if (parent === name) return;
  throw new PhxError('failed', {
    title: `pct said that it rolled ${id} back to ${name}, but it did not`,
    facts: [['present branch', parent ?? '(none)']],
  });
}
