/** `/cluster/backup`: jobs in /etc/pve/jobs.cfg, as recorded (B155). The twin starts none. */

import { nextEvent } from '../../proxmox/calendar-next.ts';
import { sorted, splitList } from '../../proxmox/conf.ts';
import { jobsCfg, parseJobsCfg } from '../../proxmox/jobs-cfg.ts';
import { type Call, refuse } from '../call.ts';
import { anyGuest, guestIds, kindOf } from '../guests.ts';
import { nodeFile, writeNodeFile } from '../node-files.ts';
import { arrayOf, type Given } from '../options.ts';
import { poolsOf } from '../pools.ts';
import { columns, printObject, printRows } from '../tables.ts';
import { parseUserCfg } from '../user-cfg.ts';
import {
  deletable,
  jobCreateOptions,
  jobId,
  jobSetOptions,
  shownValue,
  stored,
  verifyJob,
} from './job-options.ts';
import { refuseParameter, refusePlainly } from './refuse.ts';
import type { Route } from './route.ts';

type Jobs = Map<string, Record<string, string>>;

function jobsOf(call: Call): Jobs {
  const text = nodeFile(call.state, jobsCfg) ?? '';
  const jobs = parseJobsCfg(text);
  return new Map([...jobs].map(([id, job]) => [id, { ...job, ...excludedPaths(text, id) }]));
}

/** The one option that has a line for each of its values. */
function excludedPaths(text: string, id: string): Record<string, string> {
  const section = text.split(/\n(?=\S)/).find((part) => part.startsWith(`vzdump: ${id}\n`)) ?? '';
  const paths = [...section.matchAll(/^\s+exclude-path (.*?)\s*$/gm)].map((match) => match[1] ?? '');
  return paths.length > 0 ? { 'exclude-path': paths.join('\0') } : {};
}

/** Comment and schedule come first, then what else is set, by name. */
function save(call: Call, jobs: Jobs): void {
  const text = [...jobs].map(([id, job]) => {
    const keys = ['comment', 'schedule', ...sorted(Object.keys(job))];
    const lines = [...new Set(keys)].flatMap((key) => arrayOf(job[key]).map((one) => lineOf(key, one)));
    return `vzdump: ${id}\n${lines.join('')}\n`;
  });
  writeNodeFile(call.state, jobsCfg, text.join(''), 0o640);
}

function lineOf(key: string, value: string): string {
  if (/[\n\r]/.test(value)) refuse(`property '${key}' contains a line feed`);
  return value === '' ? '' : `\t${key} ${value}\n`;
}

function listJobs(call: Call, given: Given): undefined {
  const rows = [...jobsOf(call)].map(([id, job]) => shown(call, id, job));
  printRows(call, given, columns('id'), rows);
}

function showJob(call: Call, given: Given): undefined {
  const id = given.values.get('id') ?? '';
  const job = jobsOf(call).get(id) ?? refuseParameter('get', 'id', `No such job '${id}'`);
  printObject(call, given, shown(call, id, job, false));
}

/** With the time of its next run in a list, and without it alone. */
function shown(
  call: Call,
  id: string,
  job: Readonly<Record<string, string>>,
  listed = true,
): Record<string, unknown> {
  const next = listed ? nextEvent(job.schedule ?? '', call.now()) : undefined;
  const values = Object.entries(job).map(([key, value]) => [key, shownValue(key, value)] as const);
  return {
    ...Object.fromEntries(values),
    ...{ id, type: 'vzdump' },
    ...(next === undefined ? {} : { 'next-run': next / 1000 }),
  };
}

/** When it runs: the older way of saying it is a day and a time. */
function scheduled(job: Record<string, string>, method: 'create' | 'set'): void {
  const { dow = '', starttime } = job;
  const options = method === 'create' ? jobCreateOptions : jobSetOptions;
  delete job.dow;
  delete job.starttime;
  if (starttime !== undefined && job.schedule !== undefined)
    refuseParameter(method, 'starttime', "'starttime' and 'schedule' cannot both be set", options);
  const days = splitList(dow).join(',');
  if (starttime !== undefined)
    job.schedule = days === '' || days === 'mon,tue,wed,thu,fri,sat,sun' ? starttime : `${days} ${starttime}`;
  if (method === 'create' && job.schedule === undefined)
    refuseParameter(method, 'schedule', "neither 'starttime' nor 'schedule' were set", options);
}

function createJob(call: Call, { values }: Given): undefined {
  const { id = madeUp(call), ...job } = Object.fromEntries(values);
  needPool(call, job.pool);
  scheduled(job, 'create');
  job.enabled ??= '1';
  const jobs = jobsOf(call);
  if (jobs.has(id)) refuse(`Job '${id}' already exists`);
  verifyJob(job, true);
  jobs.set(id, stored(job));
  save(call, jobs);
}

function setJob(call: Call, { values }: Given): undefined {
  const { id = '', delete: deleted = '', ...asked } = Object.fromEntries(values);
  const gone = splitList(deleted);
  needPool(call, asked.pool);
  scheduled(asked, 'set');
  const jobs = jobsOf(call);
  if (Object.keys(asked).length === 0 && gone.length === 0) refuse('no options specified');
  verifyJob(asked, false);
  const job = jobs.get(id) ?? refuse('no such vzdump job');
  for (const key of gone) {
    if (!deletable(key)) refusePlainly('delete', `unknown option '${key}'`);
    delete job[key];
  }
  Object.assign(job, stored(asked));
  if (job.exclude !== undefined && job.pool === undefined) job.all = '1';
  // What a job is about is one of the three; each takes the others with it.
  const replaced =
    asked.vmid !== undefined
      ? ['all', 'exclude', 'pool']
      : asked.all === '1'
        ? ['vmid', 'pool']
        : job.pool
          ? ['all', 'exclude', 'vmid']
          : [];
  for (const key of replaced) delete job[key];
  verifyJob(job, true);
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

/** Guests that no job takes along, be it enabled or not. */
function notBackedUp(call: Call, given: Given): undefined {
  const pools = poolsOf(parseUserCfg(nodeFile(call.state, '/etc/pve/user.cfg') ?? '', () => {}));
  const taken = (id: number, job: Readonly<Record<string, string>>) => {
    if (job.pool) return pools.find(({ name }) => name === job.pool)?.vms.includes(String(id)) ?? false;
    if (job.vmid) return splitList(job.vmid).includes(String(id));
    return job.all === '1' && !splitList(job.exclude ?? '').includes(String(id));
  };
  const jobs = [...jobsOf(call).values()];
  const rows = guestIds(call.state)
    .filter((id) => !jobs.some((job) => taken(id, job)))
    .map((vmid) => {
      const type = kindOf(call.state, vmid) === 'vm' ? 'qemu' : 'lxc';
      return { vmid, type, name: nameOf(call, vmid) };
    });
  printRows(call, given, columns('type', 'vmid#', 'name'), rows);
}

function nameOf(call: Call, id: number): string | undefined {
  const guest = anyGuest(call, id);
  return guest?.conf.keys.get(guest.state.kind === 'vm' ? 'name' : 'hostname');
}

function analyze(call: Call, given: Given): undefined {
  const rows: { timestamp: number; utc: string }[] = [];
  let at: number | undefined = Number(given.values.get('starttime') ?? call.now() / 1000) * 1000;
  for (let left = Number(given.values.get('iterations') ?? 10); left > 0 && at !== undefined; left--) {
    at = nextEvent(given.values.get('schedule') ?? '', at);
    if (at !== undefined) rows.push({ timestamp: at / 1000, utc: perlTime(at) });
  }
  printRows(call, given, columns('timestamp#', 'utc'), rows);
}

/** `Wed Jan  1 02:30:00 2025`, as Perl and C say a time. */
function perlTime(at: number): string {
  const [, day, date, month, year, time] =
    /^(\w+), (\d+) (\w+) (\d+) (\S+)/.exec(new Date(at).toUTCString()) ?? [];
  return `${day} ${month} ${String(Number(date)).padStart(2)} ${time} ${year}`;
}

export const backupRoutes: readonly Route[] = [
  {
    path: '/cluster/backup',
    get: { run: listJobs },
    create: { options: jobCreateOptions, run: createJob },
  },
  {
    path: '/cluster/backup/{id}',
    get: { options: { id: jobId }, run: showJob },
    set: { options: { ...jobSetOptions, id: jobId }, run: setJob },
    delete: { options: { id: jobId }, run: deleteJob },
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
