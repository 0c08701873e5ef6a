/**
 * Backup jobs as /etc/pve/jobs.cfg keeps them and `/cluster/backup` takes them. A job of ours carries a mark at the end of
 * its comment, which every view of Proxmox shows. Builds and parses; runs nothing.
 */

import { sorted, splitList } from './conf.ts';
import { parseSections } from './sections.ts';

export const jobsCfg = '/etc/pve/jobs.cfg';
/** Scope of the sweep that reads it. */
export const jobsScope = `file:${jobsCfg}`;

/** Options of a job by name, as Proxmox writes them. */
export type JobOptions = Readonly<Record<string, string>>;

/** What the configuration says of a job; its other options are nobody's business here. */
export const jobKeys = [
  'schedule',
  'storage',
  'all',
  'vmid',
  'exclude',
  'mode',
  'compress',
  'enabled',
  'prune-backups',
  'comment',
];
/** What Proxmox takes for an option that a job does not name. */
const usual: JobOptions = { mode: 'snapshot', compress: '0', enabled: '1' };

/** The part of `config/node.ts`'s BackupJob that a job is made of. */
export interface WantedJob {
  readonly schedule: string;
  readonly storage: string;
  readonly guests: 'all' | readonly number[];
  readonly exclude?: readonly number[];
  readonly mode: string;
  readonly compress: string;
  readonly enabled: boolean;
  readonly keep?: Readonly<Record<string, number>>;
  readonly comment?: string;
}

/** The options of every backup job by its id. */
export function parseJobsCfg(text: string): Map<string, JobOptions> {
  const jobs = [...parseSections(text).values()].filter(({ type }) => type === 'vzdump');
  return new Map(jobs.map(({ id, options }) => [id, Object.fromEntries(options)]));
}

/** The comment of a job of ours: what the configuration says, then whose it is. */
export function markedComment(comment: string | undefined, project: string): string {
  return comment ? `${comment} (phx: ${project})` : `(phx: ${project})`;
}

/** The project that a job belongs to. */
export function projectOf({ comment = '' }: JobOptions): string | undefined {
  return /\(phx: ([a-z0-9-]+)\)$/.exec(comment)?.[1];
}

export function wantedOptions(job: WantedJob, project: string): JobOptions {
  const keep = keptWords(job.keep);
  return normal({
    schedule: job.schedule,
    storage: job.storage,
    ...(job.guests === 'all' ? { all: '1' } : { vmid: job.guests.join(',') }),
    ...(job.exclude ? { exclude: job.exclude.join(',') } : {}),
    mode: job.mode,
    compress: job.compress,
    enabled: job.enabled ? '1' : '0',
    ...(keep.length > 0 ? { 'prune-backups': keep.join(',') } : {}),
    comment: markedComment(job.comment, project),
  });
}

/** As Proxmox stores it: `keep-all` stands alone or not at all, and nothing that is kept means all (pve-storage). */
function keptWords(keep: WantedJob['keep']): string[] {
  if (!keep) return [];
  const counts = Object.entries(keep).filter(([name, count]) => name !== 'keep-all' && count > 0);
  return counts.length > 0 && keep['keep-all'] !== 1
    ? counts.map(([name, count]) => `${name}=${count}`)
    : [...counts.map(([name, count]) => `${name}=${count}`), 'keep-all=1'];
}

/** Those of `jobKeys` in one form, with what Proxmox takes where nothing is said. */
export function normal(options: JobOptions): JobOptions {
  const lists = ['vmid', 'exclude', 'prune-backups'];
  const own = jobKeys.flatMap((key) => {
    const value = options[key] ?? usual[key];
    if (value === undefined || (key === 'all' && value === '0')) return [];
    return [[key, lists.includes(key) ? sorted(splitList(value)).join(',') : value] as const];
  });
  return Object.fromEntries(own);
}

/** What has to change of a job. */
export interface JobChange {
  readonly set: JobOptions;
  readonly gone: readonly string[];
}

/** Both sides in their normal form. `vmid` takes `all` and `exclude` with it, `all` takes `vmid` (B155). */
export function jobDifference(present: JobOptions, wanted: JobOptions): JobChange {
  const set = Object.fromEntries(Object.entries(wanted).filter(([key, value]) => present[key] !== value));
  const implied = 'vmid' in set ? ['all', 'exclude'] : 'all' in set ? ['vmid'] : [];
  const gone = Object.keys(present).filter((key) => !(key in wanted) && !implied.includes(key));
  return { set, gone };
}

export function createJobArgv(id: string, options: JobOptions): string[] {
  return ['pvesh', 'create', '/cluster/backup', '--id', id, ...words(options)];
}

export function setJobArgv(id: string, { set, gone }: JobChange): string[] {
  const deleted = gone.length > 0 ? ['--delete', gone.join(',')] : [];
  return ['pvesh', 'set', `/cluster/backup/${id}`, ...words(set), ...deleted];
}

export function deleteJobArgv(id: string): string[] {
  return ['pvesh', 'delete', `/cluster/backup/${id}`];
}

function words(options: JobOptions): string[] {
  return Object.entries(options).flatMap(([key, value]) => [`--${key}`, value]);
}
