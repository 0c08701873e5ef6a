/** `systemctl` on the node, from its manual: units, and the reboot, after which only what is set up comes back. */

import { bootProfiles } from './apparmor.ts';
import { type Call, refuse, type Work } from './call.ts';
import { isFile } from './files.ts';
import { bootId } from './fresh.ts';
import { applyInterfaces } from './interfaces.ts';
import { workTime } from './latency.ts';
import { bootModules } from './modules.ts';
import { bootNode } from './pct-power.ts';
import type { TwinState, UnitState } from './state.ts';

export function systemctl(call: Call): Work | undefined {
  const flags = call.args.filter((arg) => arg.startsWith('-'));
  const [verb = '', ...names] = call.args.filter((arg) => !arg.startsWith('-'));
  if (verb === 'reboot') return reboot(call);
  if (verb === 'daemon-reload' || verb === 'daemon-reexec' || verb === 'reset-failed') return undefined;
  if (verb === '' || verb === 'list-units' || verb === 'is-system-running') {
    if (verb === 'is-system-running') call.out('running\n');
    return undefined;
  }
  for (const name of names) one(call, verb, name.replace(/\.service$/, ''), flags);
  if (names.length === 0) refuse('Too few arguments.', 1);
  return undefined;
}

/** A unit that was installed, or one whose file an admin wrote. */
function unit(state: TwinState, name: string): UnitState | undefined {
  const known = state.units[name];
  if (known) return known;
  const file = name.includes('.') ? name : `${name}.service`;
  const written = ['/etc/systemd/system', '/lib/systemd/system', '/usr/lib/systemd/system'].some((dir) =>
    isFile(state.files, `${dir}/${file}`),
  );
  if (!written) return undefined;
  const fresh = { active: false, enabled: false };
  state.units[name] = fresh;
  return fresh;
}

function one(call: Call, verb: string, name: string, flags: readonly string[]): void {
  const found = unit(call.state, name);
  const quiet = flags.includes('--quiet') || flags.includes('-q');
  const full = name.includes('.') ? name : `${name}.service`;
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
  bootProfiles(state);
  applyInterfaces(state);
  bootNode(call);
}
