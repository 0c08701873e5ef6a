/** What Proxmox's interface has for both kinds of guests: the verbs of their tool as tasks, and what it tells as data. */

import type { Call, Work } from '../call.ts';
import type { Guest } from '../guests.ts';
import { requestTask } from '../ha/requests.ts';
import type { Given, Verb } from '../options.ts';
import { columns, printRows } from '../tables.ts';
import { pendingData, snapshotData } from './guest-data.ts';
import type { Endpoint, Options, Packages, Route } from './route.ts';
import { type Handler, plain, taskEndpoint } from './task.ts';

/** One kind of guests. */
export interface GuestApi {
  readonly path: '/nodes/{node}/lxc' | '/nodes/{node}/qemu';
  readonly verb: (packages: Packages, name: string) => Verb | undefined;
  readonly run: (call: Call, name: string, given: Given) => Work | undefined;
  /** What the verbs are called as tasks. */
  readonly types: Readonly<Record<string, string>>;
  readonly load: (call: Call, id: string) => Guest;
  /** The keys of its conf. */
  readonly specs: (packages: Packages) => Options;
  readonly highest: Readonly<Record<string, number>>;
  /** The verb that makes a disk larger. */
  readonly resize: string;
  /** By verb: what is refused before there is a task. */
  readonly early?: Readonly<Record<string, Handler>>;
  readonly snapshotColumns: readonly string[];
}

export function guestOf(api: GuestApi, call: Call, { values }: Given): Guest {
  return api.load(call, values.get('vmid') ?? '');
}

/** The options of a verb, with those of its arguments that are not in the path. */
export function verbOptions(api: GuestApi, name: string, ...inPath: readonly string[]) {
  return (packages: Packages): Options => {
    const { args, options }: Verb = api.verb(packages, name) ?? { args: {}, options: {} };
    const own = Object.entries(args).filter(([arg]) => !inPath.includes(arg));
    return { ...Object.fromEntries(own), ...options };
  };
}

/** The verb without a task of its own. */
export function verbRun(api: GuestApi, name: string): Handler {
  return plain((call, given) => api.run(call, name, given));
}

/** The verb as a task. `check`: what is refused before there is one. */
export function verbTask(
  api: GuestApi,
  name: string,
  inPath: readonly string[] = ['vmid'],
  check?: Handler,
  type = api.types[name] ?? name,
): Endpoint {
  return taskEndpoint(type, verbOptions(api, name, ...inPath), (call, given) => api.run(call, name, given), {
    highest: api.highest,
    instead: ({ state }, { values }) =>
      requestTask(state, api.path.endsWith('lxc') ? 'ct' : 'vm', name, values.get('vmid') ?? ''),
    ...(check ? { check } : {}),
  });
}

export function guestRoutes(api: GuestApi): Route[] {
  const one = `${api.path}/{vmid}`;
  const task = (name: string, ...inPath: string[]) =>
    verbTask(api, name, ['vmid', ...inPath], (call, given) => {
      guestOf(api, call, given);
      return api.early?.[name]?.(call, given);
    });
  // What is not there is found by the tasks of power and of snapshots themselves (pvesh-errors; source).
  const late = (name: string, ...inPath: string[]) =>
    verbTask(api, name, ['vmid', ...inPath], api.early?.[name]);
  const power = ['stop', 'shutdown', 'reboot'].map((name) => ({
    path: `${one}/status/${name}`,
    create: late(name),
  }));
  return [
    { path: one, delete: task('destroy') },
    { path: `${one}/clone`, create: task('clone') },
    {
      path: `${one}/pending`,
      get: {
        run: (call, given) => {
          const rows = pendingData(guestOf(api, call, given), api.specs(call.state.packages));
          printRows(call, given, columns('key', 'delete#', 'pending', 'value'), rows);
          return undefined;
        },
      },
    },
    { path: `${one}/resize`, set: task(api.resize) },
    {
      path: `${one}/snapshot`,
      get: {
        run: (call, given) => {
          const { conf, state } = guestOf(api, call, given);
          const rows = snapshotData(conf, state.conf, state.running !== undefined);
          printRows(call, given, columns(...api.snapshotColumns), rows);
          return undefined;
        },
      },
      create: late('snapshot'),
    },
    { path: `${one}/snapshot/{snapname}`, delete: late('delsnapshot', 'snapname') },
    { path: `${one}/snapshot/{snapname}/rollback`, create: late('rollback', 'snapname') },
    ...power,
  ];
}
