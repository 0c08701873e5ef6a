/** `pct`: finds the verb, checks its options, hands over to the file of its family. */

import { type Call, refuse, type Work } from './call.ts';
import { containerLock, underLock } from './file-locks.ts';
import { loadGuest } from './guests.ts';
import { request, requestTask } from './ha/requests.ts';
import { type Given, readOptions } from './options.ts';
import { pctClone } from './pct-clone.ts';
import { pctCreate } from './pct-create.ts';
import {
  pctDf,
  pctFsck,
  pctFstrim,
  pctMount,
  pctRescan,
  pctResume,
  pctSuspend,
  pctUnmount,
} from './pct-disks.ts';
import { pctExec, pctPull, pctPush } from './pct-exec.ts';
import { pctDestroy, pctResize, pctTemplate, pctUnlock } from './pct-manage.ts';
import { pctMigrate } from './pct-migrate.ts';
import { pctMoveVolume } from './pct-move.ts';
import { pctVerb } from './pct-options.ts';
import { pctReboot, pctShutdown, pctStart, pctStop } from './pct-power.ts';
import { pctRestore } from './pct-restore.ts';
import { pctSet } from './pct-set.ts';
import { pctConfig, pctList, pctListSnapshot, pctPending, pctStatus } from './pct-show.ts';
import { pctDelSnapshot, pctRollback, pctSnapshot } from './pct-snapshot.ts';
import { asTask, newTask } from './task-log.ts';

/** There is nobody at the terminal of a twin. */
function pctEnter(call: Call, { values }: Given): undefined {
  const { id, state } = loadGuest(call, values.get('vmid') ?? '');
  if (!state.running) refuse(`container '${id}' not running!`);
}

type VerbProgram = (call: Call, given: Given) => Work | undefined;

const verbs: Readonly<Record<string, VerbProgram>> = {
  clone: pctClone,
  config: pctConfig,
  console: (call, { values }) => void loadGuest(call, values.get('vmid') ?? ''),
  cpusets: (call) => {
    if (!Object.values(call.state.guests).some((guest) => guest.running)) call.out('no running containers\n');
    return undefined;
  },
  create: pctCreate,
  delsnapshot: pctDelSnapshot,
  destroy: pctDestroy,
  df: pctDf,
  enter: pctEnter,
  exec: pctExec,
  fsck: pctFsck,
  fstrim: pctFstrim,
  list: pctList,
  listsnapshot: pctListSnapshot,
  migrate: pctMigrate,
  mount: pctMount,
  'move-volume': pctMoveVolume,
  pending: pctPending,
  pull: pctPull,
  push: pctPush,
  reboot: pctReboot,
  rescan: pctRescan,
  resize: pctResize,
  restore: pctRestore,
  resume: pctResume,
  rollback: pctRollback,
  set: pctSet,
  shutdown: pctShutdown,
  snapshot: pctSnapshot,
  start: pctStart,
  status: pctStatus,
  stop: pctStop,
  suspend: pctSuspend,
  template: pctTemplate,
  unlock: pctUnlock,
  unmount: pctUnmount,
};

/** What the verbs are called as tasks. */
export const pctTaskTypes: Readonly<Record<string, string>> = {
  clone: 'vzclone',
  create: 'vzcreate',
  delsnapshot: 'vzdelsnapshot',
  destroy: 'vzdestroy',
  migrate: 'vzmigrate',
  'move-volume': 'move_volume',
  reboot: 'vzreboot',
  resize: 'resize',
  restore: 'vzrestore',
  rollback: 'vzrollback',
  shutdown: 'vzshutdown',
  snapshot: 'vzsnapshot',
  start: 'vzstart',
  stop: 'vzstop',
  template: 'vztemplate',
};

/** Those that hold the lock of their guest's file from their beginning to their end. */
const locking = new Set(['create', 'destroy', 'restore', 'set']);

export function pct(call: Call): Work | undefined {
  const [said, ...rest] = call.args;
  const name = said === 'move_volume' ? 'move-volume' : said;
  if (name === undefined) refuse('ERROR: no command specified\nUSAGE: pct <COMMAND> [ARGS] [OPTIONS]');
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  const spec = pctVerb(call.state.packages, name);
  if (!verb || !spec) refuse(`ERROR: unknown command 'pct ${name}'\nUSAGE: pct <COMMAND> [ARGS] [OPTIONS]`);
  const given = readOptions('pct', name, spec, rest);
  const work = runPct(call, name, given);
  const asked = requestTask(call.state, 'ct', name, given.values.get('vmid') ?? '');
  const type = asked ?? (Object.hasOwn(pctTaskTypes, name) ? pctTaskTypes[name] : undefined);
  return type === undefined ? work : asTask(call, newTask(call, type, given.values.get('vmid') ?? ''), work);
}

/** A verb with options that are read already, under the lock of its guest where it needs that; no task is noted. */
export function runPct(call: Call, name: string, given: Given): Work | undefined {
  const asked = request(call, 'ct', name, given);
  if (asked) return asked;
  const verb = () => verbs[name]?.(call, given);
  return locking.has(name) ? underLock(call, containerLock(given.values.get('vmid') ?? ''), verb) : verb();
}
