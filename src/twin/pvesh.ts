/**
 * `pvesh`: which path of Proxmox's interface means which handler. Refusals of what the twin has no path for are built from
 * documentation; each handler says itself what was recorded.
 */

import {
  createJob,
  deleteJob,
  jobCreateOptions,
  jobSetOptions,
  listJobs,
  setJob,
  showJob,
} from './backup-jobs.ts';
import { type Call, refuse, type Work } from './call.ts';
import type { Spec } from './formats.ts';
import { type Given, readOptions, type Verb } from './options.ts';

type Method = 'get' | 'create' | 'set' | 'delete';

interface Route {
  readonly method: Method;
  /** Its group is the name in the path. */
  readonly path: RegExp;
  readonly options: Readonly<Record<string, Spec>>;
  readonly run: (call: Call, given: Given, name: string) => void;
}

const job = /^\/cluster\/backup\/([^/]+)$/;
const jobs = /^\/cluster\/backup$/;

const routes: readonly Route[] = [
  { method: 'get', path: jobs, options: {}, run: listJobs },
  { method: 'create', path: jobs, options: jobCreateOptions, run: createJob },
  { method: 'get', path: job, options: {}, run: showJob },
  { method: 'set', path: job, options: jobSetOptions, run: setJob },
  { method: 'delete', path: job, options: {}, run: deleteJob },
];

export function pvesh(call: Call): Work | undefined {
  const [verb = '', ...args] = call.args;
  const asked = args.find((word) => word.startsWith('/')) ?? '';
  const path = asked.replace(/\/+$/, '');
  const route = routes.find((one) => one.method === verb && one.path.test(path));
  if (!route) return refuse(`No '${verb}' handler defined for '${asked}'`, 2);
  const spec: Verb = { args: { api_path: { required: true } }, options: route.options, prints: true };
  route.run(call, readOptions('pvesh', verb, spec, args), route.path.exec(path)?.[1] ?? '');
  return undefined;
}
