/** Step `volumes`: the root has its size, each mount its volume; allocated once, recognised afterwards, only grown. */

import type { Container, Fleet, Mount } from '../../src/config/fleet.ts';
import { datasetUnder } from '../../src/config/mountpoints.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { BlockedError, PhxError } from '../../src/core/error.ts';
import type { Json } from '../../src/core/json.ts';
import type { TaskContext } from '../../src/core/task.ts';
import { type GuestConf, parseProperties } from '../../src/proxmox/conf.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { pct } from '../../src/proxmox/pct.ts';
import { directoryTask, stepOf, storageTask, targetOf, zfsTask } from '../guest/names.ts';
import { confOf, LXCContainer } from './container.ts';

export function volumesTask(ct: Container, { hypervisor }: Fleet): PhxTask {
  const mounts = Object.values(ct.mounts);
  const storages = [...new Set(mounts.flatMap(({ storage }) => (storage ? [storage] : [])))];
  const paths = mounts.map(({ mp }) => mp);
  const sources = mounts.flatMap(({ source }) => (source === undefined ? [] : [source]));
  const beneath = new Set(sources.flatMap((source) => makersOf(source, hypervisor)));
  return {
    id: stepOf(ct, 'volumes'),
    target: targetOf(ct),
    title: `volumes of ${ct.id}`,
    revision: '1',
    config: { rootfs: ct.rootfs.size, ...(ct.mounts as unknown as Record<string, Json>) },
    dependencies: [
      { task: stepOf(ct, 'define'), kind: 'result' },
      { task: stepOf(ct, 'configure'), kind: 'order' },
      ...[...storages.map(storageTask), ...beneath].map((task) => ({ task, kind: 'order' as const })),
    ],
    outputs: {
      rootfs: (facts) => volumesOf(facts, ct.id).get('/')?.size,
      ...Object.fromEntries(
        paths.map((mp) => [mp, (facts: Facts) => describe(volumesOf(facts, ct.id).get(mp))]),
      ),
    },
    drift: ct.drift,
    pools: [`guest:${ct.id}`, ...storages.map((storage) => `storage:${storage}`)],
    touches: [`guest:${ct.id}`],
    run: async (context) => {
      const { rootfs, ...wanted } = context.config;
      await growTo(ct.id, '/', Number(rootfs), context);
      for (const [key, mount] of Object.entries(wanted as unknown as Record<string, Mount>)) {
        await mountOne(ct.id, key, mount, context);
      }
      await detachFormer(ct.id, paths, context);
      return undefined;
    },
  };
}

/** Tasks of the node that make the path of a bind mount. */
function makersOf(source: string, { zfs, directories }: Fleet['hypervisor']): string[] {
  const dataset = datasetUnder(source, zfs.datasets);
  const described = Object.keys(directories).filter((path) => `${source}/`.startsWith(`${path}/`));
  return [...(dataset === undefined ? [] : [zfsTask(dataset)]), ...described.map(directoryTask)];
}

/** A mounted volume, or a bind mount, which has a path on the node and no size. */
interface Mounted {
  readonly key: string;
  readonly volume: string;
  /** GiB. */
  readonly size: number | undefined;
  /** It goes at the next start. */
  readonly leaving: boolean;
}

function describe(mounted: Mounted | undefined): string | undefined {
  if (!mounted || mounted.leaving) return undefined;
  return mounted.size === undefined
    ? mounted.volume
    : `${mounted.volume.replace(/:.*$/, '')} ${mounted.size}G`;
}

/** Mounts of a container by their path inside; `/` is the root. */
export function volumesOf(facts: Facts, id: number): Map<string, Mounted> {
  const guest = facts.guests.get(id);
  return guest ? mountsIn(confOf(guest)) : new Map();
}

function mountsIn(conf: GuestConf): Map<string, Mounted> {
  const mounts = new Map<string, Mounted>();
  for (const [key, value] of [...conf.keys, ...conf.pending.keys]) {
    if (key !== 'rootfs' && !/^mp\d+$/.test(key)) continue;
    const properties = parseProperties(value, 'volume');
    const path = key === 'rootfs' ? '/' : (properties.get('mp') ?? '');
    const volume = properties.get('volume') ?? '';
    const leaving = conf.pendingDelete.includes(key);
    mounts.set(path, { key, volume, size: gibibytes(properties.get('size')), leaving });
  }
  return mounts;
}

function gibibytes(size: string | undefined): number | undefined {
  const match = /^([\d.]+)([KMGT]?)$/.exec(size ?? '');
  if (!match) return undefined;
  const unit = { '': 1 / 2 ** 30, K: 1 / 2 ** 20, M: 1 / 1024, G: 1, T: 1024 }[match[2] ?? ''] ?? 1;
  return Number(match[1]) * unit;
}

async function mountOne(id: number, key: string, mount: Mount, context: TaskContext<Facts>): Promise<void> {
  const present = volumesOf(context.facts(), id).get(mount.mp);
  if (!present) {
    await context.run(pct.set(id, { [freeKey(id, key, context)]: printMount(mount) }), {
      deadline: 30 * 60_000,
    });
    await new LXCContainer(id, context).look();
    return;
  }
  const where = mount.storage ? present.volume.replace(/:.*$/, '') : present.volume;
  const wanted = mount.storage ?? mount.source ?? '';
  if (where !== wanted) {
    throw new BlockedError({
      title: `${mount.mp} of container ${id} would have to move`,
      facts: [[mount.mp, `${where} → ${wanted}`]],
      hint: 'phx does not move data unasked: pct move-volume does, and keeps the old volume.',
      command: `pct move-volume ${id} ${present.key} ${wanted}`,
    });
  }
  if (present.leaving) {
    await context.run(pct.revert(id, [present.key]));
    await new LXCContainer(id, context).look();
  }
  if (mount.size !== undefined) await growTo(id, mount.mp, mount.size, context);
}

async function growTo(id: number, path: string, size: number, context: TaskContext<Facts>): Promise<void> {
  const present = volumesOf(context.facts(), id).get(path);
  if (present?.size === undefined || present.size === size) return;
  if (present.size > size) {
    throw new BlockedError({
      title: `${path} of container ${id} would have to shrink`,
      facts: [[path, `${present.size}G → ${size}G`]],
      hint: 'Proxmox only grows volumes. Set the size back, or rebuild the container.',
    });
  }
  await context.run(pct.resize(id, present.key, size), { deadline: 30 * 60_000 });
  await new LXCContainer(id, context).look();
  const seen = volumesOf(context.facts(), id).get(path)?.size;
  if (seen === size) return;
  // pct resize ends with zero although its task failed (B5).
  throw new PhxError('failed', {
    title: `pct resize ended well, but ${path} of container ${id} has not grown`,
    facts: [['size', `${seen}G instead of ${size}G`]],
  });
}

/** The key that the configuration names, unless another mount sits there: then the first free one. */
function freeKey(id: number, wanted: string, context: TaskContext<Facts>): string {
  const taken = new Set([...volumesOf(context.facts(), id).values()].map(({ key }) => key));
  if (!taken.has(wanted)) return wanted;
  let index = 0;
  while (taken.has(`mp${index}`)) index++;
  return `mp${index}`;
}

function printMount({ storage, size, source, mp, ro, backup }: Mount): string {
  const volume = storage ? `${storage}:${size}` : source;
  return [volume, `mp=${mp}`, ...(ro ? ['ro=1'] : []), ...(backup ? ['backup=1'] : [])].join(',');
}

/** A mount that left the configuration is detached; its volume stays with the container as `unusedN`. */
async function detachFormer(
  id: number,
  paths: readonly string[],
  context: TaskContext<Facts>,
): Promise<void> {
  const recorded = Object.keys(context.stamp(context.task)?.outputs ?? {}).filter((key) =>
    key.startsWith('/'),
  );
  const mounts = volumesOf(context.facts(), id);
  const keys = recorded.flatMap((path) => {
    const mounted = paths.includes(path) ? undefined : mounts.get(path);
    return mounted && !mounted.leaving ? [mounted.key] : [];
  });
  if (keys.length > 0) await context.run(pct.set(id, {}, keys));
}
