/** `systemctl` on the node, from its manual: units, and the reboot, after which only what is set up comes back. */

import { type Call, refuse, type Work } from './call.ts';
import { bootId } from './fresh.ts';
import { applyInterfaces } from './interfaces.ts';
import { workTime } from './latency.ts';
import { bootModules } from './modules.ts';
import { bootNode } from './pct-power.ts';
import { fullName, unitOf } from './units.ts';

export function systemctl(call: Call): Work | undefined {
  const flags = call.args.filter((arg) => arg.startsWith('-'));
  const [verb = '', ...names] = call.args.filter((arg) => !arg.startsWith('-'));
  if (verb === 'reboot') return reboot(call);
  if (verb === 'daemon-reload' || verb === 'daemon-reexec' || verb === 'reset-failed') return undefined;
  if (verb === '' || verb === 'list-units' || verb === 'is-system-running') {
    if (verb === 'is-system-running') call.out('running\n');
    return undefined;
  }
  for (const name of names) one(call, verb, name, flags);
  if (names.length === 0) refuse('Too few arguments.', 1);
  return undefined;
}

function one(call: Call, verb: string, name: string, flags: readonly string[]): void {
  const found = unitOf(call.state, name);
  const quiet = flags.includes('--quiet') || flags.includes('-q');
  const full = fullName(name);
  if (verb === 'is-active' || verb === 'is-enabled') {
    const good = verb === 'is-active' ? found?.active : found?.enabled;
    const words = verb === 'is-active' ? ['active', 'inactive'] : ['enabled', 'disabled'];
    if (verb === 'is-enabled' && !found)
      call.err(`Failed to get unit file state for ${full}: No such file or directory\n`);
    else if (!quiet) call.out(`${good ? words[0] : words[1]}\n`);
    if (!good) call.exit(verb === 'is-active' ? 3 : 1);
    return;
  }
  if (!found) {
    const enabling = verb === 'enable' || verb === 'disable' || verb === 'mask';
    if (enabling) refuse(`Failed to ${verb} unit: Unit file ${full} does not exist.`, 1);
    refuse(`Failed to ${verb} ${full}: Unit ${full} not found.`, 5);
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
    case 'show':
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

function* reboot(call: Call): Work {
  yield workTime('systemctl reboot');
  rebootNode(call);
}

/** Everything that a boot changes: boot id, modules, units, bridges, guests. */
export function rebootNode(call: Call): void {
  const { state } = call;
  state.bootId = bootId(call.random);
  state.bootedAt = call.now();
  for (const found of Object.values(state.units)) found.active = found.enabled;
  bootModules(state);
  applyInterfaces(state);
  bootNode(call);
}
