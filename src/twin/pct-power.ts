/** `pct start`, `stop`, `shutdown` and `reboot` (B12, B60, B61). */

import { type Call, Interrupted, refuse, type Work } from './call.ts';
import { notNumeric } from './ct-lines.ts';
import { nodeDevices } from './devices.ts';
import { containerLock, takeLock } from './file-locks.ts';
import { exists } from './files.ts';
import { setUpTree } from './guest-tree.ts';
import {
  checkLock,
  checkRunnable,
  findGuest,
  type Guest,
  hostnameOf,
  isOn,
  isRunning,
  isTemplate,
  loadGuest,
  type Mount,
  mountsOf,
  save,
} from './guests.ts';
import { runHook } from './hookscript.ts';
import { workTime } from './latency.ts';
import type { Given } from './options.ts';
import { applyPending } from './pct-apply.ts';
import { checkDevice } from './pct-keys.ts';
import { checkQuorum } from './quorum.ts';
import { activationProblem } from './storage/plugins.ts';
import { enabledStorage } from './storage/storages.ts';
import { findVolume } from './storage/volumes.ts';
import { giveContent } from './volume-content.ts';

export function* pctStart(call: Call, { values }: Given): Work {
  yield* startGuest(call, Number(values.get('vmid')), values.get('skiplock') === '1');
}

/** Starts a container; refuses as Proxmox does. */
export function* startGuest(call: Call, id: number, skipLock: boolean): Work {
  checkQuorum(call.state);
  if (isRunning(call.state, id)) refuse(`CT ${id} already running`);
  // A worker says all on standard output.
  const guest = loadGuest(call, id, call.out);
  if (isTemplate(guest.conf)) refuse("you can't start a CT if it's a template");
  // The lock `mounted` does not hinder a start (B29).
  if (!skipLock && guest.conf.keys.get('lock') !== 'mounted') checkLock(guest);
  if (isOn(guest.conf.keys.get('unprivileged')) && mountsOf(guest.conf).some(hasQuota))
    refuse('Quotas are not supported by unprivileged containers.');
  checkStart(call, guest);
  yield* takeLock(call, containerLock(id), call.out);
  // Two that looked before either had begun: the later one waits for a monitor that says nothing any more (B31).
  if (isRunning(call.state, id)) {
    yield 10_000;
    call.out('problem with monitor socket, but continuing anyway: got timeout\n\n');
    return;
  }
  try {
    yield workTime('pct start');
  } catch (error) {
    // SIGTERM ends only the waiting: the guest still starts (B33).
    if (error instanceof Interrupted) {
      call.out('problem with monitor socket, but continuing anyway: received interrupt\n\n');
      bootGuest(call, id);
      call.exit(0);
    }
    throw error;
  }
  bootGuest(call, id);
  runHook(call, guest, 'post-start');
}

function hasQuota({ properties }: Mount): boolean {
  return isOn(properties.get('quota'));
}

/** Everything that stops a start; the messages of lxc go to standard output (ct-start-fails, B49, B83, B84). */
function checkStart(call: Call, guest: Guest): void {
  const { conf, id } = guest;
  if (conf.pending.keys.size > 0 || conf.pendingDelete.length > 0) {
    applyPending(call, guest, undefined, call.out);
    save(guest);
  }
  call.out(notNumeric(conf, 769, 'memory', 'swap'));
  checkRunnable(call, conf, call.out);
  for (const mount of mountsOf(conf)) {
    if (mount.kind !== 'volume') continue;
    const { storage } = findVolume(call.state, mount.source);
    const problem = activationProblem(call.state, enabledStorage(call.state, storage));
    if (problem) refuse(problem);
  }
  for (const [key, value] of conf.keys) if (/^dev\d+$/.test(key)) checkDevice(call.state, value);
  runHook(call, guest, 'pre-start');
  if (notNumeric(conf, 769, 'memory') !== '') {
    if (call.state.hardware.cgroup === 1)
      call.out(
        `cgfsng_setup_limits_legacy: 3165 Device or resource busy - Failed to set "memory.limit_in_bytes" to "0"\nlxc_spawn: 1795 Failed to setup cgroup limits for container "${id}"\n__lxc_start: 2107 Failed to spawn container "${id}"\n`,
      );
    failStart(call, guest);
  }
  for (const mount of mountsOf(conf)) {
    if (mount.kind !== 'bind' || exists(call.state.files, mount.source)) continue;
    call.out(
      `run_buffer: 322 Script exited with status 2\nlxc_init: 844 Failed to run lxc.hook.pre-start for container "${id}"\n__lxc_start: 2027 Failed to initialize container "${id}"\n`,
    );
    failStart(call, guest);
  }
  for (const { key, value } of conf.lxc) {
    if (key !== 'lxc.mount.entry') continue;
    const [source = '', target = '', , options = ''] = value.split(/\s+/);
    const there = exists(call.state.files, source) || nodeDevices(call.state).includes(source);
    if (!source.startsWith('/') || there || options.split(',').includes('optional')) continue;
    call.out(
      `mount_entry: 2446 No such file or directory - Failed to mount "${source}" on "/usr/lib/x86_64-linux-gnu/lxc/rootfs/${target}"\nlxc_setup: 4419 Failed to setup mount entries\ndo_start: 1272 Failed to setup container "${id}"\nsync_wait: 34 An error occurred in another process (expected sequence number 3)\n`,
    );
    failStart(call, guest);
  }
}

/** What lxc began is cleaned up behind the command's back: the conf is written anew then. */
function failStart(call: Call, { id, state }: Guest): never {
  state.cleanUpAt = call.now() + 400;
  call.state.failedStarts = [...new Set([...(call.state.failedStarts ?? []), String(id)])];
  return refuse(`startup for container '${id}' failed`);
}

/** Cleans up after starts that failed a moment ago. */
export function cleanUpStarts(call: Call): void {
  const { failedStarts } = call.state;
  if (!failedStarts) return;
  const due = failedStarts.filter((id) => (call.state.guests[id]?.cleanUpAt ?? 0) <= call.now());
  if (due.length === failedStarts.length) delete call.state.failedStarts;
  else call.state.failedStarts = failedStarts.filter((id) => !due.includes(id));
  for (const id of due) {
    const state = call.state.guests[id];
    if (state?.cleanUpAt === undefined) continue;
    delete state.cleanUpAt;
    const guest = state.running ? undefined : findGuest(call, id);
    if (!guest) continue;
    applyPending(call, guest, undefined, () => {});
    save(guest);
    runHook(call, guest, 'post-stop');
  }
}

function bootGuest(call: Call, id: number): void {
  const guest = findGuest(call, id, () => {});
  if (!guest) return;
  // A conf that was edited by hand may name volumes that nobody mounted yet.
  for (const mount of mountsOf(guest.conf)) giveContent(call.state, guest, mount);
  setUpTree(call.state, id, guest.conf, guest.state.tree);
  // A boot starts what was only stopped; whatever layers left is enabled.
  const { units } = guest.state.tree;
  for (const name of Object.keys(units)) units[name] = true;
  guest.state.running = { hostname: hostnameOf(id, guest.conf), since: call.now() };
}

/** Stops a container and folds its pending changes in (B39). */
export function halt(call: Call, id: number): void {
  const guest = findGuest(call, id);
  if (!guest) return;
  delete guest.state.running;
  // Whoever folds them in then has no one to tell of what fails.
  applyPending(call, guest, undefined, () => {});
  save(guest);
  runHook(call, guest, 'post-stop');
}

/** What is to be done before a container that runs is stopped. */
export function beforeHalt(call: Call, id: number): void {
  const guest = findGuest(call, id);
  if (guest?.state.running) runHook(call, guest, 'pre-stop');
}

export function* pctStop(call: Call, { values }: Given): Work {
  const id = Number(values.get('vmid'));
  if (!isRunning(call.state, id)) return refuse(`CT ${id} not running`);
  const guest = loadGuest(call, id);
  if (values.get('skiplock') !== '1' && guest.conf.keys.get('lock') !== 'mounted') checkLock(guest);
  yield* takeLock(call, containerLock(id), call.out);
  // Another one may have stopped it in the meantime, which is no failure (B31).
  beforeHalt(call, id);
  yield workTime('pct stop');
  halt(call, id);
}

export function* pctShutdown(call: Call, { values }: Given): Work {
  const id = Number(values.get('vmid'));
  if (!isRunning(call.state, id)) return refuse(`CT ${id} not running`);
  const guest = loadGuest(call, id);
  checkLock(guest);
  beforeHalt(call, id);
  try {
    yield workTime('pct shutdown');
  } catch (error) {
    if (error instanceof Interrupted) {
      call.out(`command 'lxc-stop -n ${id} --nokill --timeout 60' failed: received interrupt\n`);
      halt(call, id);
      call.exit(0);
    }
    throw error;
  }
  halt(call, id);
}

export function* pctReboot(call: Call, { values }: Given): Work {
  const id = Number(values.get('vmid'));
  const guest = findGuest(call, id);
  if (!guest?.state.running) return refuse(`VM ${id} not running`);
  checkLock(guest);
  beforeHalt(call, id);
  yield workTime('pct reboot');
  halt(call, id);
  const again = loadGuest(call, id);
  checkStart(call, again);
  bootGuest(call, id);
  runHook(call, again, 'post-start');
}
