/** `qm`: finds the verb, which may be two words, checks its options, hands over to the file of its family. */

import { type Call, refuse, type Work } from './call.ts';
import { underLock, vmLock } from './file-locks.ts';
import { request, requestTask } from './ha/requests.ts';
import { type Given, readOptions } from './options.ts';
import { qmAgent, qmExec, qmExecStatus, qmPasswd } from './qm-agent.ts';
import { qmClone } from './qm-clone.ts';
import { qmCloudInitDump, qmCloudInitPending, qmCloudInitUpdate } from './qm-cloudinit.ts';
import { qmMonitor, qmSendKey, qmShowCommand, qmTerminal } from './qm-console.ts';
import { qmCreate } from './qm-create.ts';
import { qmDestroy, qmImport, qmRescan, qmResize, qmTemplate, qmUnlock } from './qm-manage.ts';
import { qmMigrate } from './qm-migrate.ts';
import { qmMove } from './qm-move.ts';
import { qmReboot, qmReset, qmResume, qmShutdown, qmStart, qmStop, qmSuspend, qmWait } from './qm-power.ts';
import { qmSet, qmUnlink } from './qm-set.ts';
import { qmConfig, qmList, qmPending, qmStatus } from './qm-show.ts';
import { qmDelSnapshot, qmListSnapshot, qmRollback, qmSnapshot } from './qm-snapshot.ts';
import { aliases, qmVerb } from './qm-verbs.ts';
import { asTask, newTask } from './task-log.ts';

type VerbProgram = (call: Call, given: Given) => Work | undefined;

const verbs: Readonly<Record<string, VerbProgram>> = {
  clone: qmClone,
  'cloudinit dump': qmCloudInitDump,
  'cloudinit pending': qmCloudInitPending,
  'cloudinit update': qmCloudInitUpdate,
  config: qmConfig,
  create: qmCreate,
  delsnapshot: qmDelSnapshot,
  destroy: qmDestroy,
  'disk import': qmImport,
  'disk move': qmMove,
  'disk rescan': qmRescan,
  'disk resize': qmResize,
  'disk unlink': qmUnlink,
  'guest cmd': qmAgent,
  'guest exec': qmExec,
  'guest exec-status': qmExecStatus,
  'guest passwd': qmPasswd,
  list: qmList,
  listsnapshot: qmListSnapshot,
  migrate: qmMigrate,
  monitor: qmMonitor,
  pending: qmPending,
  reboot: qmReboot,
  reset: qmReset,
  resume: qmResume,
  rollback: qmRollback,
  sendkey: qmSendKey,
  set: qmSet,
  showcmd: qmShowCommand,
  shutdown: qmShutdown,
  snapshot: qmSnapshot,
  start: qmStart,
  status: qmStatus,
  stop: qmStop,
  suspend: qmSuspend,
  template: qmTemplate,
  terminal: qmTerminal,
  unlock: qmUnlock,
  wait: qmWait,
};

/** What the verbs are called as tasks. */
export const qmTaskTypes: Readonly<Record<string, string>> = {
  clone: 'qmclone',
  create: 'qmcreate',
  delsnapshot: 'qmdelsnapshot',
  destroy: 'qmdestroy',
  migrate: 'qmigrate',
  'disk move': 'qmmove',
  'disk resize': 'resize',
  reboot: 'qmreboot',
  reset: 'qmreset',
  resume: 'qmresume',
  rollback: 'qmrollback',
  shutdown: 'qmshutdown',
  snapshot: 'qmsnapshot',
  start: 'qmstart',
  stop: 'qmstop',
  suspend: 'qmpause',
  template: 'qmtemplate',
};

/** Those that hold the lock of their guest's file from their beginning to their end. */
const locking = new Set(['create', 'destroy', 'set']);

export function qm(call: Call): Work | undefined {
  const [first, ...rest] = call.args;
  if (first === undefined) refuse('ERROR: no command specified\nUSAGE: qm <COMMAND> [ARGS] [OPTIONS]');
  const two = ['cloudinit', 'disk', 'guest'].includes(first);
  const [asked, args] = two ? [`${first} ${rest[0] ?? ''}`, rest.slice(1)] : [first, rest];
  const name = Object.hasOwn(aliases, asked) ? (aliases[asked] ?? asked) : asked;
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  const spec = qmVerb(call.state.packages, name);
  if (!verb || !spec)
    refuse(`ERROR: unknown command 'qm ${asked.trim()}'\nUSAGE: qm <COMMAND> [ARGS] [OPTIONS]`);
  const given = readOptions('qm', name, spec, args);
  const work = runQm(call, name, given);
  const wish = requestTask(call.state, 'vm', name, given.values.get('vmid') ?? '');
  const type = wish ?? (Object.hasOwn(qmTaskTypes, name) ? qmTaskTypes[name] : undefined);
  return type === undefined ? work : asTask(call, newTask(call, type, given.values.get('vmid') ?? ''), work);
}

/** A verb with options that are read already, under the lock of its guest where it needs that; no task is noted. */
export function runQm(call: Call, name: string, given: Given): Work | undefined {
  const asked = request(call, 'vm', name, given);
  if (asked) return asked;
  const verb = () => verbs[name]?.(call, given);
  return locking.has(name) ? underLock(call, vmLock(given.values.get('vmid') ?? ''), verb) : verb();
}
