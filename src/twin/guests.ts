/** A container of the twin: its conf, its volumes, whether it runs. What all `pct` verbs share; it knows no verb and no VM. */

import { sha1 } from '../core/digest.ts';
import {
  type ConfSection,
  type GuestConf,
  parseConf,
  parseProperties,
  printConf,
  printProperties,
  sorted,
} from '../proxmox/conf.ts';
import { type Call, refuse } from './call.ts';
import { clusterOf } from './cluster-view.ts';
import { cleanLoaded, complaintsOf } from './ct-lines.ts';
import { macPrefix } from './datacenter-cfg.ts';
import { plainBooleans } from './formats.ts';
import { mtuOf } from './interfaces.ts';
import { confSpec } from './pct-options.ts';
import { randomMac } from './random.ts';
import type { GuestState, TwinState } from './state.ts';

/** A guest with its conf as read; change `conf` and call `save`. */
export interface Guest {
  readonly id: number;
  readonly state: GuestState;
  readonly conf: GuestConf;
}

/** Reads a container's conf, or undefined; complains about unknown lines as each read does (B58). */
export function findGuest(call: Call, id: number | string, complain = call.err): Guest | undefined {
  return kindOf(call.state, id) === 'ct' ? anyGuest(call, id, complain) : undefined;
}

/** What has this id: containers and VMs share one space of them (B14). */
export function kindOf(state: TwinState, id: number | string): 'ct' | 'vm' | undefined {
  const guest = Object.hasOwn(state.guests, String(id)) ? state.guests[String(id)] : undefined;
  return guest && (guest.kind ?? 'ct');
}

/** Refuses an id that is taken, by a guest of either kind. */
export function checkFreeId(state: TwinState, id: number | string, before = ''): void {
  const place = placeOf(state, id);
  if (place)
    refuse(`${before}${place.kind === 'vm' ? 'VM' : 'CT'} ${id} already exists on node '${place.node}'`);
}

/** What has this id anywhere in the cluster, and on which node. */
export function placeOf(
  state: TwinState,
  id: number | string,
): { readonly kind: 'ct' | 'vm'; readonly node: string } | undefined {
  const kind = kindOf(state, id);
  if (kind) return { kind, node: state.hardware.node };
  const found = clusterOf(state)?.find(id);
  return found && { kind: found.guest.kind ?? 'ct', node: found.node };
}

/** Like `findGuest`, for a guest of any kind. */
export function anyGuest(call: Call, id: number | string, complain = call.err): Guest | undefined {
  const state = call.state.guests[String(id)];
  if (!state) return undefined;
  const conf = parseConf(state.conf, state.kind);
  if (state.kind === 'vm')
    for (const line of conf.unknown) complain(`vm ${id} - unable to parse config: ${line}\n`);
  else {
    for (const line of complaintsOf(id, state.conf)) complain(line);
    cleanLoaded(conf);
  }
  return { id: Number(id), state, conf };
}

/** Like `findGuest`, but refuses a missing guest (B15). */
export function loadGuest(call: Call, id: number | string, complain = call.err): Guest {
  const guest = findGuest(call, id, complain);
  if (!guest)
    refuse(`Configuration file 'nodes/${call.state.hardware.node}/lxc/${id}.conf' does not exist`, 2);
  return guest;
}

/** Writes the conf as Proxmox prints it; an unused volume that is mounted again is not unused any more. */
export function save(guest: Guest): void {
  guest.conf.unknown.length = 0;
  const mounted = new Set(mountsOf(guest.conf).map(({ source }) => source));
  for (const [key, value] of guest.conf.keys)
    if (/^unused\d+$/.test(key) && mounted.has(value)) guest.conf.keys.delete(key);
  guest.state.conf = printConf(guest.conf);
}

/** Refuses when the conf carries a lock (B21). */
export function checkLock(guest: Guest): void {
  const lock = guest.conf.keys.get('lock');
  if (lock !== undefined) refuse(`CT is locked (${lock})`);
}

/** Refuses when the caller's digest is not that of the conf (B22). */
export function checkDigest(guest: Guest, digest: string | undefined, before = ''): void {
  if (digest !== undefined && digest !== '' && digest !== sha1(guest.state.conf))
    refuse(`${before}detected modified configuration - file changed by other user? Try again.`);
}

export function checkProtection(guest: Guest, what: string): void {
  if (isOn(guest.conf.keys.get('protection'))) refuse(`${what} - protection mode enabled`);
}

export function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== '0' && value !== '';
}

export function isTemplate(conf: ConfSection): boolean {
  return isOn(conf.keys.get('template'));
}

export function hostnameOf(id: number | string, conf: ConfSection): string {
  return conf.keys.get('hostname') ?? `CT${id}`;
}

/** A mount point's kind: a storage volume, a bind of a directory, or a device (`/dev/…`). */
export function mountKind(source: string): 'volume' | 'bind' | 'device' {
  if (source.startsWith('/dev/')) return 'device';
  return source.startsWith('/') ? 'bind' : 'volume';
}

export interface Mount {
  /** `rootfs` or `mpN`. */
  readonly key: string;
  readonly properties: Map<string, string>;
  /** Volume id or path. */
  readonly source: string;
  readonly kind: 'volume' | 'bind' | 'device';
}

export function parseMount(key: string, text: string): Mount {
  const properties = plainBooleans(confSpec(key), parseProperties(text, 'volume'));
  const source = properties.get('volume') ?? '';
  return { key, properties, source, kind: mountKind(source) };
}

/** Prints a mount point in Proxmox's order (B46: volume, mp, then by name). */
export function printMount(mount: Mount): string {
  return printProperties(mount.properties, ['volume', 'mp'], 'volume');
}

/** rootfs first, then mpN by number. */
export function mountsOf(conf: ConfSection): Mount[] {
  const numbered = [...conf.keys.keys()].filter((key) => /^mp\d+$/.test(key));
  numbered.sort((a, b) => Number(a.slice(2)) - Number(b.slice(2)));
  return ['rootfs', ...numbered]
    .filter((key) => conf.keys.has(key))
    .map((key) => parseMount(key, conf.keys.get(key) ?? ''));
}

/** Does any key of the section name this volume? */
export function usesVolume(conf: ConfSection, volid: string): boolean {
  for (const [key, value] of conf.keys)
    if (/^(rootfs|mp\d+|unused\d+)$/.test(key) && value.split(',')[0] === volid) return true;
  return false;
}

/** Adds `unusedN` with the lowest free number; what is still mounted `save` takes out again (B47). */
export function addUnused(conf: ConfSection, volid: string): string | undefined {
  for (const [key, value] of conf.keys) if (/^unused\d+$/.test(key) && value === volid) return undefined;
  let number = 0;
  while (conf.keys.has(`unused${number}`)) number++;
  conf.keys.set(`unused${number}`, volid);
  return `unused${number}`;
}

/** An interface as Proxmox stores it: a MAC when none was given, `type=veth`, fixed order (B46, B52). */
export function completeNet(call: Call, text: string): string {
  const net = plainBooleans(confSpec('net0'), parseProperties(text));
  if (!net.has('hwaddr')) net.set('hwaddr', randomMac(call.random, macPrefix(call.state)));
  net.set('type', 'veth');
  return printProperties(net, ['name']);
}

/** Refuses a conf that lxc's config cannot be made from: arch, ostype, bridges (B44, B87); the root and MTUs from the source. */
export function checkRunnable(call: Call, conf: ConfSection, warn = call.err): void {
  for (const key of ['arch', 'ostype'])
    if (!conf.keys.has(key))
      refuse(`missing '${key}' - internal error at /usr/share/perl5/PVE/LXC.pm line 676.`);
  if (!conf.keys.has('rootfs')) refuse("missing 'rootfs' configuration");
  for (const key of sorted(conf.keys.keys())) {
    if (!/^net\d+$/.test(key)) continue;
    checkBridge(call, key, parseProperties(conf.keys.get(key) ?? ''), warn);
  }
}

/** Refuses an interface without a bridge that is there, or with an MTU above that of its bridge. */
export function checkBridge(
  call: Call,
  key: string,
  net: ReadonlyMap<string, string>,
  warn: (text: string) => void,
): void {
  const bridge = net.get('bridge');
  const unnamed = 'Use of uninitialized value $bridge in concatenation (.) or string';
  if (bridge === undefined)
    for (const line of [129, 130]) warn(`${unnamed} at /usr/share/perl5/PVE/Network.pm line ${line}.\n`);
  if (bridge === undefined || !call.state.bridges.includes(bridge))
    refuse(`bridge '${bridge ?? ''}' does not exist`, 2);
  const wanted = net.get('mtu');
  if (wanted === undefined) return;
  const most = mtuOf(call.state, bridge);
  if (Number(wanted) > most) refuse(`${key}: MTU size '${wanted}' is bigger than bridge MTU '${most}'`);
}

/** Is it up? Asked without a look at its conf. */
export function isRunning(state: TwinState, id: number | string): boolean {
  return kindOf(state, id) === 'ct' && state.guests[String(id)]?.running !== undefined;
}

/** Ids of all guests of a kind (or of both), ascending. */
export function guestIds(state: TwinState, kind?: 'ct' | 'vm'): number[] {
  return Object.keys(state.guests)
    .filter((id) => kind === undefined || kindOf(state, id) === kind)
    .map(Number)
    .sort((a, b) => a - b);
}
