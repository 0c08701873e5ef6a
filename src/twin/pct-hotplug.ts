/** What `pct set` can change on a running container at once, and what it must leave pending (B37, B38, B42, B43). */

import { parseProperties, sorted } from '../proxmox/conf.ts';
import { type Call, Refusal, refuse } from './call.ts';
import { isDir } from './files.ts';
import { completeNet, type Guest, parseMount, save } from './guests.ts';
import { applyDelete, applyMount, applyValue } from './pct-apply.ts';

/** Only written down; nothing in the running container changes. */
const noted = new Set([
  'description',
  'onboot',
  'startup',
  'protection',
  'hostname',
  'hookscript',
  'cores',
  'tags',
  'lock',
  'template',
]);

/** Set live in the container's cgroup. */
const cgroup = new Set(['memory', 'swap', 'cpulimit', 'cpuunits']);

/** Applies what can be hotplugged; returns errors by key. With errors the caller writes nothing more (B42). */
export function hotplugPending(call: Call, guest: Guest, only: ReadonlySet<string>): Map<string, string> {
  const { conf } = guest;
  const errors = new Map<string, string>();
  const early = sorted(conf.pending.keys.keys()).filter((key) => only.has(key) && noted.has(key));
  for (const key of early) {
    applyValue(call, guest, key, conf.pending.keys.get(key) ?? '');
    conf.pending.keys.delete(key);
  }
  if (early.length > 0) save(guest);
  for (const key of sorted(conf.pendingDelete)) {
    if (!only.has(key)) continue;
    const net = /^net\d+$/.test(key);
    if (!net && !noted.has(key) && !cgroup.has(key) && !/^unused\d+$/.test(key)) continue;
    if (net) call.out(`delete ips from ${key}\n`);
    applyDelete(call, guest, key);
  }
  for (const key of sorted(conf.pending.keys.keys())) {
    if (!only.has(key)) continue;
    try {
      if (plug(call, guest, key, conf.pending.keys.get(key) ?? '')) conf.pending.keys.delete(key);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      errors.set(key, `unable to hotplug ${key}: ${error.message}`);
    }
  }
  return errors;
}

/** Plugs one value in; false when it has to wait for the next start. */
function plug(call: Call, guest: Guest, key: string, value: string): boolean {
  if (cgroup.has(key)) {
    guest.conf.keys.set(key, value);
    return true;
  }
  if (/^net\d+$/.test(key)) {
    plugNet(call, guest, key, value);
    return true;
  }
  if (!/^mp\d+$/.test(key) || guest.conf.keys.has(key)) return false;
  const mount = parseMount(key, value);
  if (mount.kind === 'bind' && !isDir(call.state.files, mount.source))
    refuse(`directory '${mount.source}' does not exist\n`);
  applyMount(call, guest, key, value);
  return true;
}

function plugNet(call: Call, guest: Guest, key: string, value: string): void {
  const { conf } = guest;
  const before = conf.keys.get(key);
  const text = completeNet(call, value);
  const net = parseProperties(text);
  const bridge = net.get('bridge');
  const missing = bridge !== undefined && !call.state.bridges.includes(bridge);
  const old = before === undefined ? undefined : parseProperties(before);
  const replug = old && (old.get('hwaddr') !== net.get('hwaddr') || old.get('name') !== net.get('name'));
  if (old && !replug) {
    if (missing) refuse(`interface ${bridge} does not exist\n\n`);
    const ip = old.get('ip');
    const hadIp = ip !== undefined && ip !== 'dhcp' && ip !== 'manual';
    if (hadIp && ip !== net.get('ip'))
      for (const set of [1, 0]) call.out(`net.ipv4.conf.${net.get('name')}.promote_secondaries = ${set}\n`);
  }
  if (replug) {
    conf.keys.delete(key);
    save(guest);
  }
  if (missing) refuse(`bridge '${bridge}' does not exist\n`);
  conf.keys.set(key, text);
}
