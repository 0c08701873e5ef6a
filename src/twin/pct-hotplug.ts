/** What `pct set` can change on a running container at once, and what it must leave pending (B37, B38, B42, B43). */

import { parseProperties, printProperties, sorted } from '../proxmox/conf.ts';
import { type Call, Refusal, refuse } from './call.ts';
import { isDir } from './files.ts';
import { checkBridge, completeNet, type Guest, isOn, parseMount, save } from './guests.ts';
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
  for (const key of sorted(conf.pendingDelete)) {
    if (!only.has(key)) continue;
    // From the source: only the first ten can be unplugged.
    const net = /^net\d$/.test(key);
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
  const { conf } = guest;
  const before = new Map(conf.keys);
  applyMount(call, guest, key, value);
  const { kind, source } = parseMount(key, conf.keys.get(key) ?? '');
  if (kind !== 'volume' || call.state.volumes[source]) return true;
  conf.keys = before;
  return refuse(`volume '${source}' does not exist`);
}

function plugNet(call: Call, guest: Guest, key: string, value: string): void {
  const { conf } = guest;
  const before = conf.keys.get(key);
  const net = parseProperties(completeNet(call, value));
  const old = before === undefined ? undefined : parseProperties(completeNet(call, before));
  const differs = (...names: string[]) => names.some((name) => old?.get(name) !== net.get(name));
  const bridge = net.get('bridge');
  const missing = bridge === undefined || !call.state.bridges.includes(bridge);
  if (old && !differs('hwaddr', 'name')) {
    const down = (one: ReadonlyMap<string, string>) => isOn(one.get('link_down'));
    const moved = differs('bridge', 'tag', 'firewall') || down(old) !== down(net);
    if (moved && missing && !down(net)) refuse(`interface ${bridge ?? ''} does not exist\n\n`);
    changeAddress(call, guest.id, net.get('name') ?? '', old.get('ip'), net.get('ip'));
  } else {
    if (old) {
      conf.keys.delete(key);
      save(guest);
    }
    checkBridge(call, key, new Map([...net].filter(([name]) => name !== 'mtu')), call.err);
  }
  // It is written down before the next key is looked at, and is pending still if that one fails.
  conf.keys.set(key, printProperties(new Map([...net].filter(([name]) => plugged.has(name))), ['name']));
  save(guest);
  conf.keys.set(key, printProperties(net, ['name']));
}

/** What is noted of an interface at once; its rate, MTU and VLANs follow. */
const plugged = new Set(
  ['type', 'bridge', 'tag', 'firewall', 'hwaddr', 'name', 'link_down'].concat(['ip', 'gw', 'ip6', 'gw6']),
);

/** The former IPv4 address is taken away under `promote_secondaries`, and what is no address is tried as one (source). */
function changeAddress(
  call: Call,
  id: number,
  name: string,
  old: string | undefined,
  now: string | undefined,
) {
  if (old === now || old === undefined || old === 'dhcp') return;
  const promote = (set: number) => call.out(`net.ipv4.conf.${name}.promote_secondaries = ${set}\n`);
  promote(1);
  if (old === 'manual') {
    const del = `lxc-attach -n ${id} -s NETWORK -- /sbin/ip -4 addr del manual dev ${name}`;
    call.err(
      `Error: any valid prefix is expected rather than "manual".\ncommand '${del}' failed: exit code 1\n`,
    );
  }
  promote(0);
}
