/** `pct set`: pending changes, applied at once on a stopped container and as far as hotplug goes on a running one (B36–B51). */

import { parseProperties, sorted, splitList } from '../proxmox/conf.ts';
import { type Call, refuse, type Work } from './call.ts';
import { notNumeric } from './ct-lines.ts';
import {
  checkBridge,
  checkDigest,
  checkLock,
  checkProtection,
  checkRunnable,
  type Guest,
  isTemplate,
  loadGuest,
  parseMount,
  save,
} from './guests.ts';
import { workTime } from './latency.ts';
import { type Given, refuseParameters, usage } from './options.ts';
import { applyPending, cleanPending } from './pct-apply.ts';
import { hotplugPending } from './pct-hotplug.ts';
import { checkDevice, checkHookscript, cleanValue } from './pct-keys.ts';
import { confKeysOf, pctVerbs } from './pct-options.ts';
import { contentOf, findStorage } from './storage/storages.ts';
import { parseVolumeId } from './storage/volumes.ts';

export function* pctSet(call: Call, { values }: Given): Work {
  const given = new Map(values);
  const id = given.get('vmid') ?? '';
  const digest = given.get('digest');
  for (const key of ['vmid', 'digest']) given.delete(key);
  if (given.size === 0) refuse('no options specified');
  const deletes = splitList(given.get('delete') ?? '');
  const reverts = splitList(given.get('revert') ?? '');
  for (const key of ['delete', 'revert']) given.delete(key);
  yield workTime('pct set');
  const guest = loadGuest(call, id);
  checkLock(guest);
  checkDigest(guest, digest);
  checkNames(call, deletes, reverts, given);
  // Weights of the older control groups begin at 2 (set-validation).
  if (call.state.hardware.cgroup === 1 && Number(given.get('cpuunits') ?? 2) < 2) given.set('cpuunits', '2');
  const errors = update(call, guest, given, deletes, reverts);
  if (errors.size > 0) refuseParameters(errors, line());
  save(guest);
  const { conf } = loadGuest(call, id);
  if (guest.state.running || isTemplate(conf)) return;
  call.err(notNumeric(conf, 769, 'memory', 'swap'));
  checkRunnable(call, conf);
}

function line(): string {
  return usage('pct', 'set', pctVerbs.set ?? { args: {}, options: {} });
}

function isKey(call: Call, name: string): boolean {
  const confKeys = confKeysOf(call.state.packages);
  if (confKeys.has(name) || name === 'parent' || name === 'snaptime') return true;
  const [, family = '', number = ''] = /^([a-z]+)(0|[1-9]\d*)$/.exec(name) ?? [];
  return confKeys.has(`${family}[n]`) && Number(number) <= (pctVerbs.set?.highest?.[family] ?? 255);
}

/** Unknown names in revert and delete, and keys that are said twice: the first of them is told (B39, B45, source). */
function checkNames(
  call: Call,
  deletes: readonly string[],
  reverts: readonly string[],
  given: ReadonlyMap<string, string>,
): void {
  const wrong = (option: string, why: string) => refuseParameters(new Map([[option, why]]), line());
  const together = 'at the same time';
  for (const key of reverts) {
    if (!isKey(call, key)) wrong('revert', `unknown option '${key}'`);
    if (given.has(key)) wrong('revert', `you can't use '-${key}' and '-revert ${key}' ${together}`);
  }
  for (const key of deletes) {
    if (!isKey(call, key)) wrong('delete', `unknown option '${key}'`);
    if (given.has(key)) wrong('delete', `you can't use '-${key}' and -delete ${key}' ${together}`);
    if (reverts.includes(key))
      wrong('delete', `you can't use '-delete ${key}' and '-revert ${key}' ${together}`);
  }
}

/** Writes the wishes into the pending section, then applies what can be applied. Returns hotplug errors by key. */
function update(
  call: Call,
  guest: Guest,
  given: ReadonlyMap<string, string>,
  deletes: readonly string[],
  reverts: readonly string[],
): Map<string, string> {
  const { conf, id } = guest;
  for (const key of reverts) {
    conf.pending.keys.delete(key);
    conf.pendingDelete = conf.pendingDelete.filter((one) => one !== key);
  }
  const touched = new Set<string>();
  for (const key of deletes) {
    const known = key === 'description' ? conf.description !== '' : conf.keys.has(key);
    if (!known && !conf.pending.keys.has(key)) {
      call.err(`cannot delete '${key}' - not set in current configuration!\n`);
      continue;
    }
    touched.add(key);
    if (['memory', 'rootfs', 'ostype'].includes(key)) refuse(`unable to delete required option '${key}'`);
    if (key === 'unprivileged') refuse(`unable to delete read-only option: '${key}'`);
    if (/^(mp|unused)\d+$/.test(key)) checkProtection(guest, `can't remove CT ${id} drive '${key}'`);
    if (!conf.pendingDelete.includes(key)) conf.pendingDelete.push(key);
  }
  for (const key of sorted(given.keys())) {
    const value = given.get(key) ?? '';
    touched.add(key);
    check(call, guest, key, value);
    conf.pending.keys.set(key, cleanValue(key, value));
    conf.pendingDelete = conf.pendingDelete.filter((one) => one !== key);
  }
  conf.pendingDelete.sort();
  cleanPending(conf);
  if (!guest.state.running) return applyPending(call, guest, touched);
  return hotplugPending(call, guest, touched);
}

function check(call: Call, guest: Guest, key: string, value: string): void {
  if (key === 'unprivileged') refuse(`unable to modify read-only option: '${key}'`);
  if (key === 'rootfs' || /^mp\d+$/.test(key)) {
    checkProtection(guest, `can't update CT ${guest.id} drive '${key}'`);
    const mount = parseMount(key, value);
    if (mount.kind !== 'volume') return;
    const { storage: id } = parseVolumeId(mount.source);
    if (!contentOf(findStorage(call.state, id)).includes('rootdir'))
      refuse(`storage '${id}' does not allow content type 'rootdir' (Container)`);
  }
  if (/^net\d+$/.test(key)) {
    const net = parseProperties(value);
    if (net.has('mtu')) checkBridge(call, key, net, call.err);
  }
  if (/^dev\d+$/.test(key)) checkDevice(call.state, value);
  if (key === 'hookscript') checkHookscript(call.state, value);
}
