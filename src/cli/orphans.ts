/** What left the configuration but is still on the node: named by plan and status, never touched. */

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
    ...jobsLeft(known, facts),
    ...thingsLeft(known, facts),
  ];
}

/** Backup jobs that carry the project's mark. */
function jobsLeft({ phoenix, config }: Known, facts: Facts): string[] {
  const { backups } = config.fleet.hypervisor;
  const jobs = [...parseJobsCfg(facts.files.get(jobsCfg) ?? '')];
  const left = jobs.filter(([id, job]) => projectOf(job) === phoenix.name && !Object.hasOwn(backups, id));
  return left.map(([id]) => `backup job ${id}`).sort();
}

/** Guests that carry the project's mark. */
function guestsLeft({ phoenix, config }: Known, facts: Facts): string[] {
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

/** Pools, datasets, storages and downloads carry no mark: phx knows its own by the records of the tasks that made them. */
function thingsLeft({ graph, stamps }: Known, facts: Facts): string[] {
  const images = graph.tasks.filter(({ id }) => id.startsWith('hypervisor/image:'));
  const used = new Set(images.map(({ config }) => imageFile(String(config.url))));
  const left = [...stamps.all()].flatMap((stamp) => {
    const made = stamp.state === 'done' || stamp.former !== undefined;
    return made && !graph.index.has(stamp.task) ? thingOf(stamp, facts, used) : [];
  });
  return left.sort();
}

/** A thing as a person reads it, when the node still has it. */
function thingOf({ task, outputs }: Stamp, { host }: Facts, used: ReadonlySet<string>): string[] {
  const [, kind, name = ''] = /^hypervisor\/(zfs|storage|template|image):(.+)$/.exec(task) ?? [];
  const shown = (what: string, there: boolean) => (there ? [`${what} ${name}`] : []);
  if (kind === 'zfs' && name.includes('/')) return shown('dataset', host.datasets.has(name));
  if (kind === 'zfs') return shown('pool', host.zpools.has(name));
  if (kind === 'storage') return shown(kind, parseStorageCfg(host.storageCfg).has(name));
  if (kind === 'template')
    return shown(
      kind,
      host.templates.some(({ path }) => path.endsWith(`/${name}`)),
    );
  // A name that came later may mean the same file.
  const path = (outputs.path ?? '').replace(/^"|"$/g, '');
  return shown('image', !used.has(path) && host.images.some((image) => image.path === path));
}
