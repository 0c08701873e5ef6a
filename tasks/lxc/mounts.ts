/** Mounts of a container, by their path inside: as they stand in its conf, and as they are wanted, in one normal form. Pure. */

import type { Mount, MountOptions } from '../../src/config/fleet.ts';
import { type GuestConf, parseProperties, printProperties } from '../../src/proxmox/conf.ts';
import { normalFlag } from '../../src/proxmox/ct-keys.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { gibibytes } from '../../src/proxmox/volume-size.ts';
import { confOf } from '../guest/conf.ts';

/** A mounted volume, or a bind mount, which has a path on the node and no size. */
export interface Mounted {
  readonly key: string;
  readonly volume: string;
  /** GiB. */
  readonly size: number | undefined;
  /** As the conf has it, such as `8G`. */
  readonly printedSize: string | undefined;
  /** All but volume, path and size, in normal form. */
  readonly options: string;
  /** It goes at the next start. */
  readonly leaving: boolean;
}

/** What a task records of a mount. */
export function describe(mounted: Mounted | undefined): string | undefined {
  if (!mounted || mounted.leaving) return undefined;
  const place =
    mounted.size === undefined ? mounted.volume : `${mounted.volume.replace(/:.*$/, '')} ${mounted.size}G`;
  return mounted.options === '' ? place : `${place} ${mounted.options}`;
}

/** Mounts of a container by their path inside; `/` is the root. */
export function volumesOf(facts: Facts, id: number): Map<string, Mounted> {
  const guest = facts.guests.get(id);
  return guest ? mountsIn(confOf(guest)) : new Map();
}

function mountsIn(conf: GuestConf): Map<string, Mounted> {
  const mounts = new Map<string, Mounted>();
  // What waits for the next start stands in the place of what holds until then.
  for (const [key, value] of new Map([...conf.keys, ...conf.pending.keys])) {
    if (key !== 'rootfs' && !/^mp\d+$/.test(key)) continue;
    const properties = parseProperties(value, 'volume');
    const path = key === 'rootfs' ? '/' : (properties.get('mp') ?? '');
    const printedSize = properties.get('size');
    mounts.set(path, {
      key,
      volume: properties.get('volume') ?? '',
      size: gibibytes(printedSize),
      printedSize,
      options: normalOptions(properties),
      leaving: conf.pendingDelete.includes(key),
    });
  }
  return mounts;
}

/** Off is the same as not said; of `acl` it is not, and replication is on without a word. */
const offByDefault = new Set(['backup', 'keepattrs', 'quota', 'ro', 'shared']);

function normalOptions(properties: ReadonlyMap<string, string>): string {
  const normal = new Map<string, string>();
  for (const [key, value] of properties) {
    if (key === 'volume' || key === 'mp' || key === 'size') continue;
    if (key === 'mountoptions') normal.set(key, [...new Set(value.split(';'))].sort().join(';'));
    else if (key === 'idmap') normal.set(key, value);
    else {
      const flag = normalFlag(value);
      const usual = offByDefault.has(key) ? '0' : key === 'replicate' ? '1' : undefined;
      if (flag !== usual) normal.set(key, flag);
    }
  }
  return printProperties(normal, []);
}

/** The options that the configuration wants of a mount, or of the root, in normal form. */
export function wantedOptions(mount: MountOptions & Partial<Mount>): string {
  const { acl, backup, keepattrs, quota, replicate, ro, shared, idmap, mountoptions } = mount;
  const flags = Object.entries({ acl, backup, keepattrs, quota, replicate, ro, shared });
  const given = new Map<string, string>();
  for (const [key, value] of flags) if (value !== undefined) given.set(key, value ? '1' : '0');
  if (idmap !== undefined) given.set('idmap', idmap);
  if (mountoptions !== undefined) given.set('mountoptions', mountoptions.join(';'));
  return normalOptions(given);
}

/** The value of `mpN` or `rootfs`: always with the volume that there is, once there is one (B46, B48, F13). */
export function printMount(
  volume: string,
  mp: string | undefined,
  options: string,
  size: string | undefined,
): string {
  const properties = parseProperties(options);
  properties.set('volume', volume);
  if (mp !== undefined) properties.set('mp', mp);
  if (size !== undefined) properties.set('size', size);
  return printProperties(properties, ['volume', 'mp'], 'volume');
}
