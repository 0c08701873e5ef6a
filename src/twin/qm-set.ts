/** `qm set` and `qm disk unlink`: the wishes become pending, and are applied as far as they can be (B76, B91, B94; vm-disks). */

import { type ConfSection, sorted, splitList } from '../proxmox/conf.ts';
import { type Call, Refusal, refuse, type Work } from './call.ts';
import type { Guest } from './guests.ts';
import { workTime } from './latency.ts';
import { type Given, refuseParameters, usage, type Verb } from './options.ts';
import { checkHookscript } from './pct-keys.ts';
import { applyVmPending, cleanVmPending } from './qm-apply.ts';
import { checkDrive, makeDrive } from './qm-drives.ts';
import { hotplugVm } from './qm-hotplug.ts';
import { hashedPassword, readKeys, vmValue } from './qm-keys.ts';
import { highest, vmKeysOf } from './qm-options.ts';
import { qmVerb } from './qm-verbs.ts';
import { free } from './storage/volumes.ts';
import {
  addUnusedDisk,
  bootOrder,
  checkVmDigest,
  checkVmLock,
  checkVmProtection,
  isCdrom,
  isDriveKey,
  isVolume,
  loadVm,
  parseDrive,
  printBootOrder,
  saveVm,
} from './vms.ts';
import { endWorker } from './workers.ts';

export function* qmUnlink(call: Call, { values }: Given): Work {
  const wish = new Map([
    ['vmid', values.get('vmid') ?? ''],
    ['delete', values.get('idlist') ?? ''],
  ]);
  if (values.get('force') === '1') wish.set('force', '1');
  yield* qmSet(call, { values: wish, rest: [] });
}

export function* qmSet(call: Call, { values }: Given): Work {
  const given = readKeys(call, values);
  const id = given.get('vmid') ?? '';
  const digest = given.get('digest');
  for (const key of ['vmid', 'digest']) given.delete(key);
  const wish = new Map(given);
  for (const key of ['delete', 'revert', 'force', 'skiplock']) wish.delete(key);
  if (wish.size === 0 && !given.get('delete') && !given.get('revert')) refuse('no options specified');
  const deletes = splitList(given.get('delete') ?? '').map((key) => (key === 'cdrom' ? 'ide2' : key));
  const reverts = splitList(given.get('revert') ?? '');
  const spec: Verb = qmVerb(call.state.packages, 'set') ?? { args: {}, options: {} };
  checkNames(call, deletes, reverts, wish, spec);
  for (const [key, value] of wish) if (isDriveKey(key)) checkDrive(call, key, value, 'set', spec);
  checkHook(call, wish.get('hookscript'), spec);
  const before = loadVm(call, id);
  checkVmDigest(before, digest);
  checkVmLock(before, given.get('skiplock') === '1');
  checkBalloon(before, wish);
  const echo = sorted(given.keys()).map(
    (key) => `-${key} ${key === 'cipassword' ? '<hidden>' : given.get(key)}`,
  );
  call.out(`update VM ${id}: ${echo.join(' ')}\n`);
  yield workTime('qm set');
  const made: string[] = [];
  let kept = false;
  const former = loadVm(call, id).state.conf;
  try {
    const errors = yield* update(
      call,
      id,
      { wish, deletes, reverts, force: given.get('force') === '1' },
      made,
    );
    kept = true;
    if (errors.size > 0) refuseParameters(errors, usage('qm', 'set', spec));
  } finally {
    endWorker(call.state, Number(id));
    const guest = call.state.guests[id];
    if (!kept && guest) guest.conf = former;
    if (!kept) for (const volid of made) free(call.state, volid);
  }
}

/** Keys of a conf that no option sets. */
const internal = new Set([
  'meta',
  'parent',
  'runningcpu',
  'runningmachine',
  'snapstate',
  'snaptime',
  'vmstate',
]);

/** Unknown names in delete and revert, and keys that are both set and deleted (B39, B45). */
function checkNames(
  call: Call,
  deletes: readonly string[],
  reverts: readonly string[],
  given: ReadonlyMap<string, string>,
  spec: Verb,
): void {
  const keys = vmKeysOf(call.state.packages);
  const known = (name: string) => {
    const [, family = '', number = '0'] = /^([a-z]+)(0|[1-9]\d*)$/.exec(name) ?? [];
    return (
      Object.hasOwn(keys, name) ||
      (Object.hasOwn(keys, `${family}[n]`) && Number(number) <= (highest[family] ?? 255)) ||
      internal.has(name)
    );
  };
  // The first mistake is told alone.
  const wrong = (where: 'delete' | 'revert', reason: string) =>
    refuseParameters(new Map([[where, reason]]), usage('qm', 'set', spec));
  const both = (one: string, other: string) => `you can't use '-${one}' and -${other}' at the same time`;
  for (const key of reverts) {
    if (!known(key)) wrong('revert', `unknown option '${key}'`);
    if (given.has(key)) wrong('delete', both(key, `revert ${key}`));
  }
  for (const key of deletes) {
    if (given.has(key)) wrong('delete', both(key, `delete ${key}`));
    if (reverts.includes(key)) wrong('revert', both(`delete ${key}`, `revert ${key}`));
    if (!known(key)) wrong('delete', `unknown option '${key}'`);
  }
}

/** What a hookscript has to be, as a refusal of the parameter. */
function checkHook(call: Call, volid: string | undefined, spec: Verb): void {
  try {
    if (volid !== undefined) checkHookscript(call.state, volid);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refuseParameters(new Map([['hookscript', error.message]]), usage('qm', 'set', spec));
  }
}

function checkBalloon({ conf }: Guest, wish: ReadonlyMap<string, string>): void {
  const memory = wish.get('memory') ?? conf.keys.get('memory') ?? '512';
  const balloon = wish.get('balloon') ?? (wish.has('memory') ? conf.keys.get('balloon') : undefined);
  if (balloon !== undefined && Number(balloon) > Number(memory.replace(/^current=/, '')))
    refuse('balloon value too large (must be smaller than assigned memory)');
}

interface Wishes {
  readonly wish: ReadonlyMap<string, string>;
  readonly deletes: readonly string[];
  readonly reverts: readonly string[];
  readonly force: boolean;
}

/** Writes the wishes into the pending section, then applies them. Returns hotplug errors by key. */
function* update(
  call: Call,
  id: string,
  { wish, deletes, reverts, force }: Wishes,
  made: string[],
): Generator<number, Map<string, string>, void> {
  let guest = loadVm(call, id);
  for (const key of reverts) {
    const drive = parseDrive(key, guest.conf.pending.keys.get(key) ?? 'none');
    guest.conf.pending.keys.delete(key);
    guest.conf.pendingDelete = guest.conf.pendingDelete.filter((one) => one !== key);
    if (isDriveKey(key) && isVolume(drive)) addUnusedDisk(guest.conf, drive.source);
  }
  const touched = new Set<string>();
  for (const key of deletes) remove(call, guest, key, touched, force);
  for (const key of sorted(wish.keys())) {
    const value = wish.get(key) ?? '';
    if (key === 'boot') checkBoot(guest, value, wish);
    if (key === 'cipassword') {
      guest.conf.keys.set(key, isWindows(guest.conf) ? value : hashedPassword(call, value));
      continue;
    }
    if (isDriveKey(key)) {
      saveVm(call.state, guest);
      const fresh = yield* makeDrive(call, guest.id, key, value, guest.conf, made);
      // Another command may have written the conf while an image was copied.
      guest = loadVm(call, id);
      putPending(guest, key, fresh);
      appendToOrder(guest, key, fresh, touched);
    } else putPending(guest, key, vmValue(call, key, value, 'set'));
    touched.add(key);
  }
  guest.conf.pendingDelete.sort();
  cleanVmPending(guest.conf);
  if (!guest.state.running) {
    applyVmPending(call, guest);
    saveVm(call.state, guest);
    return new Map();
  }
  const errors = hotplugVm(call, guest, touched, force);
  saveVm(call.state, guest);
  return errors;
}

/** A pending drive that is replaced leaves its volume unused. */
function putPending({ conf }: Guest, key: string, value: string): void {
  const before = conf.pending.keys.get(key);
  conf.pending.keys.set(key, value);
  conf.pendingDelete = conf.pendingDelete.filter((one) => one !== key);
  if (before === undefined || !isDriveKey(key)) return;
  const drive = parseDrive(key, before);
  if (isVolume(drive) && drive.source !== parseDrive(key, value).source) addUnusedDisk(conf, drive.source);
}

function remove(call: Call, guest: Guest, key: string, touched: Set<string>, force: boolean): void {
  const { conf } = guest;
  const value = key === 'description' ? conf.description || undefined : conf.keys.get(key);
  const pending = conf.pending.keys.get(key);
  if (value === undefined && pending === undefined) {
    call.err(`cannot delete '${key}' - not set in current configuration!\n`);
    return;
  }
  touched.add(key);
  conf.pending.keys.delete(key);
  const order = bootOrder(conf);
  if (order.includes(key)) {
    conf.pending.keys.set('boot', printBootOrder(order.filter((one) => one !== key)));
    touched.add('boot');
  }
  if (/^unused\d+$/.test(key)) {
    checkVmProtection(guest, `can't remove unused disk '${value}'`);
    applyVmPending(call, guest, new Set(), [key]);
    return;
  }
  if (isDriveKey(key)) {
    checkVmProtection(guest, `can't remove drive '${key}'`);
    if (pending !== undefined && isVolume(parseDrive(key, pending)))
      addUnusedDisk(conf, parseDrive(key, pending).source);
  }
  if (value === undefined) return;
  if (!conf.pendingDelete.includes(key)) conf.pendingDelete.push(key);
  if (force && isDriveKey(key) && !guest.state.running) applyVmPending(call, guest, new Set(), [key], true);
}

function isWindows({ keys }: ConfSection): boolean {
  return /^(w|win\d)/.test(keys.get('ostype') ?? '');
}

/** A boot order may only name what is there (vm-disks); it takes the place of the legacy boot disk. */
function checkBoot({ conf }: Guest, value: string, wish: ReadonlyMap<string, string>): void {
  const order = bootOrder({ ...conf, keys: new Map([['boot', value]]) });
  if (order.length > 0 && conf.keys.has('bootdisk') && !conf.pendingDelete.includes('bootdisk'))
    conf.pendingDelete.push('bootdisk');
  for (const device of order)
    if (!conf.keys.has(device) && !conf.pending.keys.has(device) && !wish.has(device))
      throw new Refusal(`invalid bootorder: device '${device}' does not exist'\n`, 255);
}

/** A new CD drive becomes bootable, where there is an order at all. */
function appendToOrder({ conf }: Guest, key: string, value: string, touched: Set<string>): void {
  const order = bootOrder(conf.pending.keys.has('boot') ? conf.pending : conf);
  if (order.length === 0 || order.includes(key) || !isCdrom(parseDrive(key, value))) return;
  conf.pending.keys.set('boot', printBootOrder([...order, key]));
  touched.add('boot');
}
