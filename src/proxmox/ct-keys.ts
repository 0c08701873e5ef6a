/**
 * A container's keys as they stand in a conf file, in one normal form, so that they can be compared with what is wanted.
 * Pure; forms as recorded (B52 order, B53 cpuunits, B54 nameserver, B56 tags, B57 description).
 */

import { type GuestConf, parseProperties, printProperties, splitList } from './conf.ts';
import { withoutMark } from './mark.ts';

/** Key → value in normal form. */
export type CtKeys = Readonly<Record<string, string>>;

/**
 * The value of a key that holds from the next start on (what is pending counts), in the normal form of `wanted`:
 * a generated MAC or `type=veth` that the configuration does not name is no difference. Undefined when it is not set.
 */
export function effectiveKey(conf: GuestConf, key: string, wanted: string | undefined): string | undefined {
  if (key === 'description') return withoutMark(conf.description) || undefined;
  if (conf.pendingDelete.includes(key)) return undefined;
  const value = conf.pending.keys.get(key) ?? conf.keys.get(key);
  if (value === undefined) return wanted === '0' && defaultsOff.has(key) ? '0' : undefined;
  return /^net\d+$/.test(key) ? normalNet(value, wanted) : normalKey(key, value);
}

/** The value to send: a MAC that the guest already has is carried over, so that it stays the same card (B46). */
export function valueToSend(conf: GuestConf, key: string, wanted: string): string {
  if (!/^net\d+$/.test(key)) return wanted;
  const properties = parseProperties(wanted);
  const present = parseProperties(conf.keys.get(key) ?? '').get('hwaddr');
  if (present && !properties.has('hwaddr')) properties.set('hwaddr', present);
  return printProperties(properties, ['name', 'bridge']);
}

const defaultsOff: ReadonlySet<string> = new Set(['onboot', 'protection', 'debug']);
const flags: ReadonlySet<string> = new Set(['onboot', 'protection', 'debug', 'console']);

/** Any key but an interface, in normal form; undefined where that is the same as not set. */
export function normalKey(key: string, value: string): string | undefined {
  if (/^dev\d+$/.test(key)) return normalDevice(value);
  if (flags.has(key)) return normalFlag(value);
  switch (key) {
    case 'tags':
      return normalTags(value);
    case 'features':
      return normalFeatures(value);
    case 'startup':
      return normalProperties(value, 'order');
    case 'nameserver':
    case 'searchdomain':
      return splitList(value).join(' ');
    case 'cpulimit':
      return String(Number(value));
    case 'cpuunits':
      return normalCpuunits(value);
    default:
      return value;
  }
}

/** Of an interface: switches that are off are left out, and what Proxmox adds by itself where it was not `wanted`. */
export function normalNet(value: string, wanted = value): string {
  const properties = parseProperties(value);
  const asked = parseProperties(wanted);
  for (const own of ['hwaddr', 'type']) if (!asked.has(own)) properties.delete(own);
  for (const [key, entry] of properties) {
    if (netFlags.has(key)) properties.set(key, normalFlag(entry));
    else if (key === 'hwaddr') properties.set(key, entry.toUpperCase());
    else if (key === 'rate') properties.set(key, String(Number(entry)));
    else if (key === 'trunks') properties.set(key, sortedNumbers(entry));
  }
  for (const [key, entry] of properties) if (entry === '0' && netFlags.has(key)) properties.delete(key);
  return printProperties(properties, ['name', 'bridge']);
}

const netFlags: ReadonlySet<string> = new Set(['firewall', 'link_down', 'host-managed']);

function sortedNumbers(list: string): string {
  return [...new Set(list.split(';').map(Number))].sort((a, b) => a - b).join(';');
}

/** What is as it would be without a word (owner root, writing allowed) is left out. */
export function normalDevice(value: string): string {
  const properties = parseProperties(value, 'path');
  const deny = properties.get('deny-write');
  if (deny !== undefined) properties.set('deny-write', normalFlag(deny));
  for (const key of ['uid', 'gid', 'deny-write']) if (properties.get(key) === '0') properties.delete(key);
  return printProperties(properties, ['path'], 'path');
}

/** Proxmox's booleans have several spellings (B52). */
export function normalFlag(value: string): string {
  return /^(1|on|yes|true)$/i.test(value) ? '1' : '0';
}

/** As Proxmox writes it down (B53, cgroup v2). */
export function normalCpuunits(value: string): string {
  return String(Math.min(Math.max(Number(value), 1), 10_000));
}

export function normalProperties(value: string, defaultKey: string): string {
  return printProperties(parseProperties(value, defaultKey), [defaultKey]);
}

export function normalTags(value: string): string {
  const tags = splitList(value);
  return [...new Set(tags.map((tag) => tag.toLowerCase()))].sort().join(';');
}

export function normalFeatures(value: string): string | undefined {
  const parts = [...parseProperties(value)].flatMap(([key, entry]) => {
    if (key === 'mount') return [`mount=${[...new Set(entry.split(/[;\s]+/))].sort().join(';')}`];
    return normalFlag(entry) === '1' ? [`${key}=1`] : [];
  });
  return parts.length === 0 ? undefined : parts.sort().join(',');
}
