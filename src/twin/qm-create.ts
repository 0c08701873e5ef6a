/** `qm create`: the id is taken first, then the drives are made one after the other (B34, B90; vm-import, vm-crash). */

import { emptyConf, printConf } from '../proxmox/conf.ts';
import { type Call, Refusal, refuse, type Work } from './call.ts';
import { bareTree } from './guest-tree.ts';
import { checkFreeId, type Guest } from './guests.ts';
import { workTime } from './latency.ts';
import type { Given, Verb } from './options.ts';
import { checkPool, joinPool } from './pools.ts';
import { checkDrive, makeDrive } from './qm-drives.ts';
import { readKeys, vmValue } from './qm-keys.ts';
import { startVm } from './qm-power.ts';
import { qmRestore } from './qm-restore.ts';
import { qmVerb } from './qm-verbs.ts';
import { free } from './storage/volumes.ts';
import { defaultBootOrder, drivesOf, isDriveKey, parseDrive, randomUuid, saveVm } from './vms.ts';
import { beginWorker, endWorker } from './workers.ts';

/** Options of `create` that are no keys of the conf file. */
const transient = new Set([
  'vmid',
  'archive',
  'bwlimit',
  'force',
  'import-working-storage',
  'live-restore',
  'pool',
  'start',
  'storage',
  'unique',
]);

export function* qmCreate(call: Call, given: Given): Work {
  if (given.values.has('archive')) return yield* qmRestore(call, given);
  const id = Number(given.values.get('vmid'));
  const values = readKeys(call, given.values);
  const pool = values.get('pool');
  checkPool(call, pool);
  const spec: Verb = qmVerb(call.state.packages, 'create') ?? { args: {}, options: {} };
  const keys = [...values].filter(([key]) => !transient.has(key));
  for (const [key, value] of keys) if (isDriveKey(key)) checkDrive(call, key, value, 'create', spec);
  checkFreeId(call.state, id, `unable to create VM ${id} - `);
  call.state.guests[id] = { kind: 'vm', conf: 'lock: create\n', tree: bareTree(), snapshots: {} };
  const made: string[] = [];
  beginWorker(call.state, id, call.now(), workTime('qm create'), made);
  try {
    yield* build(call, id, new Map(keys), made);
  } catch (error) {
    for (const volid of made) free(call.state, volid);
    delete call.state.guests[id];
    if (error instanceof Refusal) refuse(`unable to create VM ${id} - ${error.message}`);
    throw error;
  } finally {
    endWorker(call.state, id);
  }
  joinPool(call, pool, id);
  if (values.get('start') !== '1') return;
  call.out('Execute autostart\n');
  yield* startAfter(call, id);
}

function* build(call: Call, id: number, keys: ReadonlyMap<string, string>, made: string[]): Work {
  const conf = emptyConf();
  conf.kind = 'vm';
  for (const [key, value] of keys) {
    if (key === 'description') conf.description = value;
    else conf.keys.set(key, isDriveKey(key) ? value : vmValue(call, key, value, 'create'));
  }
  const wanted = drivesOf(conf).map(({ key }) => key);
  for (const key of wanted) conf.keys.delete(key);
  for (const key of wanted) {
    conf.keys.set(key, yield* makeDrive(call, id, key, keys.get(key) ?? '', conf, made));
    beginWorker(call.state, id, call.now(), workTime('qm create'), made);
  }
  yield workTime('qm create');
  if (!conf.keys.get('boot')) conf.keys.set('boot', defaultBootOrder(conf));
  const qemu = call.state.packages['pve-qemu-kvm']?.replace(/-.*$/, '') ?? '9.2.0';
  conf.keys.set('meta', `creation-qemu=${qemu},ctime=${Math.floor(call.now() / 1000)}`);
  if (!conf.keys.get('smbios1')) conf.keys.set('smbios1', `uuid=${randomUuid(call.random)}`);
  if (!conf.keys.has('vmgenid')) conf.keys.set('vmgenid', randomUuid(call.random));
  const state = call.state.guests[id] ?? { kind: 'vm' as const, conf: '', tree: bareTree(), snapshots: {} };
  call.state.guests[id] = state;
  state.conf = printConf(conf);
  const guest: Guest = { id, state, conf };
  for (const key of wanted) dropUnused(guest, key);
  saveVm(call.state, guest);
}

/** A volume that a drive names is unused no more. */
export function dropUnused({ conf }: Guest, key: string): void {
  const { source } = parseDrive(key, conf.keys.get(key) ?? '');
  for (const [name, value] of conf.keys)
    if (/^unused\d+$/.test(name) && value.split(',')[0] === source) conf.keys.delete(name);
}

/** `--start 1`: a start that fails is only printed (as B6 for containers; not recorded). */
function* startAfter(call: Call, id: number): Work {
  try {
    yield* startVm(call, id, false);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    call.out(error.message);
  }
}
