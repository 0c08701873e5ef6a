/** What left the configuration but is still on the node: named by plan and status, never touched. */

import type { Leftover } from '../config/project.ts';
import type { Stamp } from '../core/stamp.ts';
import { parseConf } from '../proxmox/conf.ts';
import type { Facts } from '../proxmox/facts.ts';
import { jobsCfg, parseJobsCfg, projectOf } from '../proxmox/jobs-cfg.ts';
import { readMark } from '../proxmox/mark.ts';
import { parkedWords, parkings } from '../proxmox/parking.ts';
import { parseStorageCfg } from '../proxmox/storage-cfg.ts';
import { imageFile } from '../proxmox/workspace.ts';
import type { Opened } from './open.ts';

type Known = Pick<Opened, 'phoenix' | 'config' | 'graph' | 'stamps'>;

/** Targets such as `ctid:960`, and things of the node such as `storage iso`. */
export function orphansOf(known: Known, facts: Facts): string[] {
  return [
    ...guestsLeft(known, facts),
    ...volumesLeft(known, facts),
    ...jobsLeft(known, facts).map((id) => `backup job ${id}`),
    ...recordedThings(known, facts)
      .map(({ kind, name }) => `${kind} ${name}`)
      .sort(),
  ];
}

/** Backup jobs that carry the project's mark. */
function jobsLeft({ phoenix, config }: Known, facts: Facts): string[] {
  const { backups } = config.fleet.hypervisor;
  const jobs = [...parseJobsCfg(facts.files.get(jobsCfg) ?? '')];
  const left = jobs.filter(([id, job]) => projectOf(job) === phoenix.name && !Object.hasOwn(backups, id));
  return left.map(([id]) => id).sort();
}

/** Guests that carry the project's mark. */
export function guestsLeft({ phoenix, config }: Known, facts: Facts): string[] {
  return [...facts.guests.values()].flatMap((guest) => {
    const mark = readMark(parseConf(guest.conf, guest.kind).description, guest.id);
    const gone = mark?.project === phoenix.name && config.fleet.guests[String(guest.id)] === undefined;
    return gone ? [`${mark.kind}:${guest.id}`] : [];
  });
}

/** Parked volumes whose guest left the configuration. */
function volumesLeft({ phoenix, config }: Known, facts: Facts): string[] {
  return parkings(facts).flatMap(({ project, of, volumes }) => {
    if (project !== phoenix.name || config.fleet.guests[String(of)] !== undefined) return [];
    return [...volumes].map(([key, value]) => `parked ${parkedWords(key, value)} of ctid:${of}`);
  });
}

/** A thing of the node that left the configuration and is still there. */
export interface Thing extends Omit<Leftover, 'kind'> {
  readonly kind: Leftover['kind'] | 'pool';
  /** The task that made it, where a record tells. */
  readonly task?: string;
}

/** What can be named one by one, beside guests: jobs by the mark they carry, everything else by the records of what made it. */
export function thingsOf(known: Known, facts: Facts): Thing[] {
  const jobs = jobsLeft(known, facts).map((name): Thing => ({ kind: 'backup-job', name }));
  return [...jobs, ...recordedThings(known, facts)];
}

/** Pools, datasets, storages and downloads carry no mark: phx knows its own by the records of the tasks that made them. */
function recordedThings({ graph, stamps }: Known, facts: Facts): Thing[] {
  const images = graph.tasks.filter(({ id }) => id.startsWith('hypervisor/image:'));
  const used = new Set(images.map(({ config }) => imageFile(String(config.url))));
  return [...stamps.all()].flatMap((stamp) => {
    const made = stamp.state === 'done' || stamp.former !== undefined;
    const thing = made && !graph.index.has(stamp.task) ? thingOf(stamp, facts, used) : undefined;
    return thing ? [{ ...thing, task: stamp.task }] : [];
  });
}

/** A thing, when the node still has it. */
function thingOf({ task, outputs }: Stamp, { host }: Facts, used: ReadonlySet<string>): Thing | undefined {
  const [, kind, name = ''] = /^hypervisor\/(zfs|storage|template|image):(.+)$/.exec(task) ?? [];
  if (kind === 'zfs' && name.includes('/'))
    return host.datasets.has(name) ? { kind: 'dataset', name } : undefined;
  if (kind === 'zfs') return host.zpools.has(name) ? { kind: 'pool', name } : undefined;
  if (kind === 'storage') return parseStorageCfg(host.storageCfg).has(name) ? { kind, name } : undefined;
  if (kind === 'template') {
    const file = host.templates.find(({ path }) => path.endsWith(`/${name}`));
    return file && { kind, name, path: file.path };
  }
  if (kind !== 'image') return undefined;
  // A name that came later may mean the same file.
  const path = (outputs.path ?? '').replace(/^"|"$/g, '');
  return !used.has(path) && host.images.some((image) => image.path === path)
    ? { kind, name, path }
    : undefined;
}
