/** `/cluster/backup`: jobs in /etc/pve/jobs.cfg, as recorded (B155). The twin starts none. */

import { nextEvent } from '../../proxmox/calendar-next.ts';
import { sorted, splitList } from '../../proxmox/conf.ts';
import { jobsCfg, parseJobsCfg } from '../../proxmox/jobs-cfg.ts';
import { type Call, refuse } from '../call.ts';
import type { Spec } from '../formats.ts';
import { anyGuest, guestIds, kindOf } from '../guests.ts';
import { nodeFile, writeNodeFile } from '../node-files.ts';
import type { Given } from '../options.ts';
import { columns, printObject, printRows } from '../tables.ts';
import { parseUserCfg } from '../user-cfg.ts';
import { refuseParameter, refusePlainly } from './refuse.ts';
import type { Route } from './route.ts';

const flag: Spec = { type: 'boolean' };
const count: Spec = { type: 'integer', min: 0 };

/** From the schema of vzdump of Proxmox VE 8.4, as far as jobs are described by it. */
const jobOptions: Readonly<Record<string, Spec>> = {
  all: flag,
  bwlimit: count,
  comment: { maxLength: 512 },
  compress: { values: ['0', '1', 'gzip', 'lzo', 'zstd'] },
  dow: {},
  enabled: flag,
  exclude: { format: 'pve-vmid-list' },
  'exclude-path': {},
  ionice: { type: 'integer', min: 0, max: 8 },
  lockwait: count,
  mailnotification: { values: ['always', 'failure'] },
  mailto: {},
  mode: { values: ['snapshot', 'suspend', 'stop'] },
  node: { format: 'pve-node' },
  'notes-template': { maxLength: 1024 },
  'notification-mode': { values: ['auto', 'legacy-sendmail', 'notification-system'] },
  pool: {},
  protected: flag,
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
  },
  'repeat-missed': flag,
  schedule: { format: 'pve-calendar-event', maxLength: 128 },
  starttime: { pattern: /^\d{1,2}:\d{1,2}$/ },
  stdexcludes: flag,
  storage: { format: 'pve-storage-id' },
  vmid: { format: 'pve-vmid-list' },
  zstd: count,
};
const jobCreateOptions: Readonly<Record<string, Spec>> = {
  id: { format: 'pve-configid', maxLength: 50 },
  ...jobOptions,
};
const jobSetOptions: Readonly<Record<string, Spec>> = {
  delete: { format: 'pve-configid-list' },
  ...jobOptions,
};

type Jobs = Map<string, Record<string, string>>;

function jobsOf(call: Call): Jobs {
  const jobs = parseJobsCfg(nodeFile(call.state, jobsCfg) ?? '');
  return new Map([...jobs].map(([id, job]) => [id, { ...job }]));
}

/** Comment and schedule come first, then what else is set, by name. */
function save(call: Call, jobs: Jobs): void {
  const text = [...jobs].map(([id, job]) => {
    const keys = ['comment', 'schedule', ...sorted(Object.keys(job))];
    const lines = [...new Set(keys)].flatMap((key) =>
      job[key] === undefined ? [] : [`\t${key} ${job[key]}\n`],
    );
    return `vzdump: ${id}\n${lines.join('')}\n`;
  });
  writeNodeFile(call.state, jobsCfg, text.join(''), 0o640);
}

function listJobs(call: Call, given: Given): undefined {
  const rows = [...jobsOf(call)].map(([id, job]) => shown(call, id, job));
  printRows(call, given, columns('id', 'enabled#', 'schedule', 'storage'), rows);
}

function showJob(call: Call, given: Given): undefined {
  const id = given.values.get('id') ?? '';
  printObject(call, given, shown(call, id, jobOf(jobsOf(call), id), false));
}

function jobOf(jobs: Jobs, id: string): Record<string, string> {
  return jobs.get(id) ?? refuse('no such vzdump job');
}

/** With the time of its next run in a list, and without it alone. */
function shown(
  call: Call,
  id: string,
  job: Readonly<Record<string, string>>,
  listed = true,
): Record<string, unknown> {
  const next = listed ? nextEvent(job.schedule ?? '', call.now()) : undefined;
  const values = Object.entries(job).map(([key, value]): [string, unknown] => {
    if (key === 'prune-backups')
      return [key, Object.fromEntries(splitList(value).map((part) => part.split('=')))];
    return [key, jobOptions[key]?.type === 'boolean' ? Number(value) : value];
  });
  return {
    ...Object.fromEntries(values),
    ...{ id, type: 'vzdump' },
    ...(next === undefined ? {} : { 'next-run': next / 1000 }),
  };
}

function createJob(call: Call, { values }: Given): undefined {
  const jobs = jobsOf(call);
  const { id = madeUp(call), dow, starttime, ...job } = Object.fromEntries(values);
  if (job.all === '1' && job.vmid !== undefined) refusePlainly('all', "option conflicts with option 'vmid'");
  if (starttime !== undefined) job.schedule ??= `${dow ?? 'mon..sun'} ${starttime}`;
  if (job.schedule === undefined) {
    refuseParameter('create', 'schedule', "neither 'starttime' nor 'schedule' were set");
  }
  if (jobs.has(id)) refuse(`Job '${id}' already exists`);
  if (job.all !== '1' && job.vmid === undefined && job.pool === undefined)
    refusePlainly('vmid', 'property is missing');
  needPool(call, job.pool);
  jobs.set(id, { enabled: '1', ...job });
  save(call, jobs);
}

function setJob(call: Call, { values }: Given): undefined {
  const jobs = jobsOf(call);
  const id = values.get('id') ?? '';
  const job = jobOf(jobs, id);
  const { id: _, delete: gone = '', ...asked } = Object.fromEntries(values);
  needPool(call, asked.pool);
  for (const key of splitList(gone)) delete job[key];
  Object.assign(job, asked);
  // What a job is about is one of the three; each takes the others with it.
  const replaced = asked.vmid
    ? ['all', 'exclude', 'pool']
    : asked.all === '1'
      ? ['vmid', 'pool']
      : asked.pool
        ? ['all', 'exclude', 'vmid']
        : [];
  for (const key of replaced) delete job[key];
  if (job.all !== '1' && job.vmid === undefined && job.pool === undefined)
    refusePlainly('vmid', 'property is missing');
  save(call, jobs);
}

function deleteJob(call: Call, { values }: Given): undefined {
  const id = values.get('id') ?? '';
  const jobs = jobsOf(call);
  if (!jobs.delete(id)) refusePlainly('id', `No such job '${id}'`);
  save(call, jobs);
}

function needPool(call: Call, pool: string | undefined): void {
  if (pool === undefined) return;
  const { pools } = parseUserCfg(nodeFile(call.state, '/etc/pve/user.cfg') ?? '', () => {});
  if (!pools.some((line) => line.split(':')[1] === pool))
    refuse(`403 Permission check failed (pool '${pool}' does not exist)`);
}

/** A UUID, where no id is given. */
function madeUp(call: Call): string {
  const digits = (many: number) =>
    Array.from({ length: many }, () => Math.floor(call.random() * 16).toString(16)).join('');
  return [8, 4, 4, 4, 12].map(digits).join('-');
}

/** Guests that no enabled job takes along. */
function notBackedUp(call: Call, given: Given): undefined {
  const jobs = [...jobsOf(call).values()].filter((job) => job.enabled !== '0');
  const taken = (id: number) =>
    jobs.some((job) =>
      job.all === '1'
        ? !splitList(job.exclude ?? '').includes(String(id))
        : splitList(job.vmid ?? '').includes(String(id)),
    );
  const rows = guestIds(call.state)
    .filter((id) => !taken(id))
    .map((vmid) => {
      const type = kindOf(call.state, vmid) === 'vm' ? 'qemu' : 'lxc';
      return { vmid, type, name: nameOf(call, vmid) };
    });
  printRows(call, given, columns('vmid#', 'type', 'name'), rows);
}

function nameOf(call: Call, id: number): string {
  const guest = anyGuest(call, id);
  return guest?.conf.keys.get(guest.state.kind === 'vm' ? 'name' : 'hostname') ?? '';
}

function analyze(call: Call, given: Given): undefined {
  const rows: { timestamp: number; utc: string }[] = [];
  let at: number | undefined = Number(given.values.get('starttime') ?? call.now() / 1000) * 1000;
  for (let left = Number(given.values.get('iterations') ?? 10); left > 0 && at !== undefined; left--) {
    at = nextEvent(given.values.get('schedule') ?? '', at);
    if (at !== undefined)
      rows.push({ timestamp: at / 1000, utc: new Date(at).toISOString().slice(0, 19).replace('T', ' ') });
  }
  printRows(call, given, columns('timestamp#', 'utc'), rows);
}

export const backupRoutes: readonly Route[] = [
  {
    path: '/cluster/backup',
    get: { run: listJobs },
    create: { options: jobCreateOptions, run: createJob },
  },
  {
    path: '/cluster/backup/{id}',
    get: { run: showJob },
    set: { options: jobSetOptions, run: setJob },
    delete: { run: deleteJob },
  },
  { path: '/cluster/backup-info/not-backed-up', get: { run: notBackedUp } },
  {
    path: '/cluster/jobs/schedule-analyze',
    get: {
      options: {
        iterations: { type: 'integer', min: 1, max: 100 },
        schedule: { format: 'pve-calendar-event', maxLength: 128, required: true },
        starttime: { type: 'integer' },
      },
      run: analyze,
    },
  },
];
