/** `qm sendkey`, `monitor`, `terminal`, `showcmd`: their refusals, from the source of qemu-server of Proxmox VE 8.4. */

import { type Call, refuse } from './call.ts';
import type { Guest } from './guests.ts';
import type { Given } from './options.ts';
import { loadVm } from './vms.ts';

/** Names of keys as the monitor of QEMU knows them; letters, digits and function keys are known by their form. */
const keys = new Set(
  `shift shift_r alt alt_r ctrl ctrl_r menu esc minus equal backspace tab bracket_left bracket_right ret semicolon
   apostrophe grave_accent backslash comma dot slash asterisk spc caps_lock num_lock scroll_lock kp_divide kp_multiply
   kp_subtract kp_add kp_enter kp_decimal sysrq print home pgup pgdn end left up down right insert delete pause meta_l
   meta_r compose`.split(/\s+/),
);

function isKey(name: string): boolean {
  return keys.has(name) || /^([a-z0-9]|f([1-9]|1\d|2[0-4])|kp_\d)$/.test(name);
}

function vmOf(call: Call, { values }: Given): Guest {
  return loadVm(call, values.get('vmid') ?? '');
}

export function qmSendKey(call: Call, given: Given): undefined {
  const { id, state } = vmOf(call, given);
  if (!state.running) refuse(`VM ${id} not running`);
  const wrong = (given.values.get('key') ?? '').split('-').find((name) => !isKey(name));
  if (wrong !== undefined) refuse(`invalid parameter: ${wrong}\r`);
}

/** Of what it is asked it answers nothing; it says where it cannot ask. */
export function qmMonitor(call: Call, given: Given): undefined {
  const { id, state } = vmOf(call, given);
  call.out(`Entering QEMU Monitor for VM ${id} - type 'help' for help\n`);
  for (const line of call.stdin.split('\n').map((one) => one.trim())) {
    if (/^q(uit)?$/.test(line)) break;
    if (line !== '' && !state.running) call.out(`ERROR: VM ${id} not running\n`);
  }
}

export function qmTerminal(call: Call, given: Given): undefined {
  const said = given.values.get('escape') ?? '^O';
  if (!/^(\^[\x40-\x7a]|0x[0-9a-f]+|\d+)$/i.test(said))
    refuse(`invalid escape character definition: ${said}`);
  const { id, state, conf } = vmOf(call, given);
  const asked = given.values.get('iface');
  if (asked !== undefined) {
    if (!conf.keys.has(asked)) refuse(`serial interface '${asked}' is not configured`);
    if (conf.keys.get(asked) !== 'socket') refuse(`wrong serial type on interface '${asked}'`);
  }
  const own = ['serial0', 'serial1', 'serial2', 'serial3'].find((name) => conf.keys.get(name) === 'socket');
  const iface = asked ?? own ?? refuse('unable to find a serial interface');
  if (!state.running) refuse(`VM ${id} not running`);
  const control = /^\^([\x40-\x7a])$/.exec(said)?.[1];
  const code = control === undefined ? Number(said) : control.charCodeAt(0) & 0x1f;
  const how = code ? ` (press Ctrl+${String.fromCharCode(code + 0x40)} to exit)` : '';
  call.out(`starting serial terminal on interface ${iface}${how}\n`);
}

/** The twin starts no QEMU; what a real node would start is said in its shortest form. */
export function qmShowCommand(call: Call, given: Given): undefined {
  const { id, conf } = vmOf(call, given);
  const snapshot = given.values.get('snapshot');
  if (snapshot !== undefined && !conf.snapshots.has(snapshot))
    refuse(`snapshot '${snapshot}' does not exist`);
  const memory = conf.keys.get('memory') ?? '512';
  const parts = [
    `/usr/bin/kvm -id ${id}`,
    `-name '${conf.keys.get('name') ?? `vm${id}`},debug-threads=on'`,
    `-m ${memory}`,
  ];
  call.out(`${parts.join(given.values.get('pretty') === '1' ? ' \\\n  ' : ' ')}\n`);
}
