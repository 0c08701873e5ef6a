/** Options of backup jobs and what Proxmox finds wrong with them, from the source of vzdump of Proxmox VE 8.4. It knows no file. */

import { parseProperties, sorted } from '../../proxmox/conf.ts';
import type { Spec } from '../formats.ts';
import { arrayOf } from '../options.ts';
import { refusePlainly } from './refuse.ts';

const flag: Spec = { type: 'boolean' };
const count: Spec = { type: 'integer', min: 0 };

/** Those of vzdump itself. */
const vzdumpOptions: Readonly<Record<string, Spec>> = {
  all: flag,
  bwlimit: count,
  compress: { values: ['0', '1', 'gzip', 'lzo', 'zstd'] },
  dumpdir: {},
  exclude: { format: 'pve-vmid-list' },
  'exclude-path': { type: 'array', items: {} },
  fleecing: { props: { enabled: flag, storage: { format: 'pve-storage-id' } }, defaultKey: 'enabled' },
  ionice: { type: 'integer', min: 0, max: 8 },
  lockwait: count,
  mailnotification: { values: ['always', 'failure'] },
  mailto: { format: 'email-or-username-list' },
  maxfiles: { type: 'integer', min: 1 },
  mode: { values: ['snapshot', 'suspend', 'stop'] },
  node: { format: 'pve-node' },
  'notes-template': { maxLength: 1024, requires: 'storage' },
  'notification-mode': { values: ['auto', 'legacy-sendmail', 'notification-system'] },
  'notification-policy': { values: ['always', 'failure', 'never'] },
  'notification-target': { format: 'pve-configid' },
  'pbs-change-detection-mode': { values: ['legacy', 'data', 'metadata'] },
  performance: {
    props: {
      'max-workers': { type: 'integer', min: 1, max: 256 },
      'pbs-entries-max': { type: 'integer', min: 1 },
    },
  },
  pigz: { type: 'integer' },
  pool: {},
  protected: { ...flag, requires: 'storage' },
  'prune-backups': {
    props: {
      'keep-all': flag,
      'keep-daily': count,
      'keep-hourly': count,
      'keep-last': count,
      'keep-monthly': count,
      'keep-weekly': count,
      'keep-yearly': count,
    },
    exclusive: 'keep-all',
  },
  quiet: flag,
  remove: flag,
  script: {},
  stdexcludes: flag,
  stop: flag,
  stopwait: count,
  storage: { format: 'pve-storage-id' },
  tmpdir: {},
  vmid: { format: 'pve-vmid-list' },
  zstd: { type: 'integer' },
};

export const jobOptions: Readonly<Record<string, Spec>> = {
  ...vzdumpOptions,
  comment: { maxLength: 512 },
  dow: { format: 'pve-day-of-week-list', requires: 'starttime' },
  enabled: flag,
  'repeat-missed': flag,
  schedule: { format: 'pve-calendar-event', maxLength: 128 },
  starttime: { pattern: /^\d{1,2}:\d{1,2}$/ },
};
export const jobCreateOptions: Readonly<Record<string, Spec>> = {
  id: { format: 'pve-configid' },
  ...jobOptions,
};
export const jobSetOptions: Readonly<Record<string, Spec>> = {
  delete: { format: 'pve-configid-list' },
  ...jobOptions,
};
/** A job in a path. */
export const jobId: Spec = { pattern: /^\S+$/, maxLength: 50 };

/** What `--delete` may name. */
export function deletable(key: string): boolean {
  return key in vzdumpOptions || key === 'comment' || key === 'repeat-missed';
}

const structured = new Set(['fleecing', 'performance', 'prune-backups']);

/** Its parts as they are kept: all backups where nothing else says how many. */
function partsOf(key: string, value: string): Map<string, string> {
  const parts = parseProperties(value, jobOptions[key]?.defaultKey);
  if (key !== 'prune-backups') return parts;
  const kept = [...parts].filter(([name]) => name !== 'keep-all');
  return kept.some(([, many]) => Number(many) > 0) ? new Map(kept) : new Map([['keep-all', '1']]);
}

/** As the file has them: property strings in order, the main part without its name. */
export function stored(job: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(job).map(([key, value]): [string, string] => {
    if (!structured.has(key)) return [key, value];
    const main = jobOptions[key]?.defaultKey;
    const parts = partsOf(key, value);
    const names = sorted(parts.keys()).filter((name) => name !== main);
    const first = main === undefined ? undefined : parts.get(main);
    return [
      key,
      [...(first === undefined ? [] : [first]), ...names.map((name) => `${name}=${parts.get(name)}`)].join(
        ',',
      ),
    ];
  });
  return Object.fromEntries(entries);
}

/** As the interface answers it. */
export function shownValue(key: string, value: string): unknown {
  if (structured.has(key)) return Object.fromEntries(partsOf(key, value));
  if (key === 'exclude-path') return arrayOf(value);
  return jobOptions[key]?.type === 'boolean' ? Number(value) : value;
}

/** Refuses what contradicts itself; `whole`: it has to say which guests it is about. */
export function verifyJob(job: Record<string, string>, whole: boolean): void {
  const conflict = (key: string, other: string) =>
    refusePlainly(key, `option conflicts with option '${other}'`);
  const on = (key: string) => job[key] !== undefined && job[key] !== '' && job[key] !== '0';
  for (const key of ['all', 'exclude', 'pool']) if (on(key) && on('vmid')) conflict(key, 'vmid');
  if (job['prune-backups'] !== undefined && job.maxfiles !== undefined) conflict('prune-backups', 'maxfiles');
  if (job.maxfiles !== undefined) job['prune-backups'] = `keep-last=${job.maxfiles}`;
  delete job.maxfiles;
  const notes = notesProblem(job['notes-template'] ?? '');
  if (notes !== undefined) refusePlainly('notes-template', `${notes}\n`);
  if (job.exclude !== undefined && !on('pool')) job.all = '1';
  if (whole && !['all', 'stop', 'pool', 'vmid'].some(on)) refusePlainly('vmid', 'property is missing');
}

/** What a template for notes may not have. */
export function notesProblem(template: string): string | undefined {
  if (template.includes('\n')) return 'contains a line feed';
  const escapes = [...template.matchAll(/\\(.)/g)]
    .filter(([, char = '']) => !/[n\\]/.test(char))
    .map(({ 1: char, index }) => `escape sequence '\\${char}' at char ${index}`);
  const variables = [...template.matchAll(/\{\{([^\s{}]+)\}\}/g)]
    .filter(([, name = '']) => !/^(cluster|guestname|node|vmid)$/.test(name))
    .map(({ 1: name = '', index }) => `variable '${name}' at char ${index + 4}`);
  const found = [...escapes, ...variables];
  return found.length > 0 ? `found unknown: ${found.join(', ')}` : undefined;
}
