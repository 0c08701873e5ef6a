/** `systemctl` on the node, from its manual: units, and the reboot, after which only what is set up comes back. */

import { bootProfiles } from './apparmor.ts';
import { bootKernel } from './boot.ts';
import { type Call, refuse, type Work } from './call.ts';
import { bootId } from './fresh.ts';
import { applyInterfaces } from './interfaces.ts';
import { workTime } from './latency.ts';
import { bootModules } from './modules.ts';
import { bootNode } from './node-boot.ts';
import { cancelTimer } from './timers.ts';
import { findUnit, fullName, type Unit, unitOf } from './units.ts';

export function systemctl(call: Call): Work | undefined {
  const flags = call.args.filter((arg) => arg.startsWith('-'));
  const takes = ['-p', '--property', '-n', '--lines', '-o', '--output'];
  const [verb = '', ...names] = call.args.filter(
    (arg, at) => !arg.startsWith('-') && !takes.includes(call.args[at - 1] ?? ''),
  );
  if (verb === 'reboot') return reboot(call);
  if (verb === 'daemon-reload' || verb === 'daemon-reexec' || verb === 'reset-failed') return undefined;
  if (verb === '' || verb === 'list-units' || verb === 'is-system-running') {
    if (verb === 'is-system-running') call.out('running\n');
    return undefined;
  }
  for (const [at, name] of names.entries()) {
    if (verb === 'show' && at > 0) call.out('\n');
    one(call, verb, name, flags);
  }
  if (names.length === 0) refuse('Too few arguments.', 1);
  return undefined;
}

function one(call: Call, verb: string, name: string, flags: readonly string[]): void {
  const known = findUnit(call.state, name);
  const quiet = flags.includes('--quiet') || flags.includes('-q');
  const full = fullName(name);
  if (verb === 'is-active' || verb === 'is-enabled') {
    const good = verb === 'is-active' ? known?.active : known?.enabled;
    const words = verb === 'is-active' ? ['active', 'inactive'] : ['enabled', 'disabled'];
    if (verb === 'is-enabled' && !known)
      call.err(`Failed to get unit file state for ${full}: No such file or directory\n`);
    else if (!quiet)
      call.out(`${verb === 'is-enabled' && known?.file ? known.file : good ? words[0] : words[1]}\n`);
    if (!good) call.exit(verb === 'is-active' ? 3 : 1);
    return;
  }
  if (verb === 'show') {
    show(call, name, known, call.args);
    return;
  }
  if (verb === 'stop' && cancelTimer(call.state, name)) return;
  const found = unitOf(call.state, name);
  if (!found) {
    const enabling = verb === 'enable' || verb === 'disable' || verb === 'mask';
    if (enabling) refuse(`Failed to ${verb} unit: Unit file ${full} does not exist.`, 1);
    refuse(`Failed to ${verb} ${full}: Unit ${full} not ${verb === 'stop' ? 'loaded' : 'found'}.`, 5);
  }
  const now = flags.includes('--now');
  switch (verb) {
    case 'start':
    case 'restart':
    case 'reload-or-restart':
      found.active = true;
      return;
    case 'stop':
      found.active = false;
      return;
    case 'reload':
      if (!found.active) refuse(`${full} is not active, cannot reload.`, 1);
      return;
    case 'try-restart':
    case 'unmask':
    case 'status':
      return;
    case 'enable':
      found.enabled = true;
      if (now) found.active = true;
      return;
    case 'disable':
    case 'mask':
      found.enabled = false;
      if (now) found.active = false;
      return;
    default:
      refuse(`Unknown command verb ${verb}.`, 1);
  }
}

/** `show [-p NAME,…] [--value] UNIT`: a unit that is not there is `not-found`, and no failure. */
function show(call: Call, name: string, found: Unit | undefined, args: readonly string[]): void {
  const at = args.findIndex((arg) => arg === '-p' || arg === '--property');
  const given = args.find((arg) => /^(--property=|-p.)/.test(arg))?.replace(/^(--property=|-p)/, '');
  const asked = (given ?? (at < 0 ? undefined : args[at + 1]))?.split(',');
  const values: Readonly<Record<string, string>> = {
    Id: fullName(name),
    LoadState: found ? 'loaded' : 'not-found',
    ActiveState: found?.active ? 'active' : 'inactive',
    SubState: found?.active ? (name.endsWith('.timer') ? 'waiting' : 'running') : 'dead',
    UnitFileState: found ? (found.file ?? (found.enabled ? 'enabled' : 'disabled')) : '',
  };
  for (const [key, value] of Object.entries(values))
    if (asked?.includes(key) ?? true) call.out(args.includes('--value') ? `${value}\n` : `${key}=${value}\n`);
}

function* reboot(call: Call): Work {
  yield workTime('systemctl reboot');
  rebootNode(call);
}

/** Everything that a boot changes: boot id, modules, units, bridges, guests. */
export function rebootNode(call: Call): void {
  const { state } = call;
  state.bootId = bootId(call.random);
  delete state.mounts;
  delete state.loops;
  state.bootedAt = call.now();
  for (const found of Object.values(state.units)) found.active = found.enabled;
  state.timers = [];
  delete state.hostname;
  const name = state.files['/etc/hostname']?.text.trim();
  if (name && name !== state.hardware.node) state.hostname = name;
  bootKernel(state);
  bootModules(state);
  bootProfiles(state);
  applyInterfaces(state);
  bootNode(call);
}
