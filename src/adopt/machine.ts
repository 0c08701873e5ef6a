/** The conf of a VM as fields of a guest's file: the inverse of what phx sends. Pure; its drives are read in drives.ts. */

import type { Json } from '../core/json.ts';
import { type GuestConf, parseProperties, splitList } from '../proxmox/conf.ts';
import { normalFlag } from '../proxmox/ct-keys.ts';
import { withoutMark } from '../proxmox/mark.ts';
import { netParts, normalSshKeys } from '../proxmox/vm-keys.ts';
import { hasProperties, mainOf, normalParts } from '../proxmox/vm-properties.ts';
import { driveKeys, readDrives } from './drives.ts';
import { byNumber, effectiveKeys, emptyReading, ownKeys, type Reading } from './reading.ts';
import { type Fits, typed, typedParts } from './typed.ts';

/** What has a value of its own in the file, in the order in which it is written. */
const plain = [
  ...['memory', 'balloon', 'shares', 'hugepages', 'keephugepages', 'allow-ksm'],
  ...['cores', 'sockets', 'vcpus', 'cpulimit', 'cpuunits', 'affinity', 'numa', 'cpu'],
  ...['ostype', 'arch', 'machine', 'bios', 'scsihw', 'agent', 'vga', 'audio0', 'tablet', 'rng0', 'watchdog'],
  ...['hookscript', 'args', 'kvm', 'acpi', 'localtime', 'startdate', 'freeze', 'reboot'],
  ...['tdf', 'spice_enhancements', 'ivshmem', 'amd-sev', 'intel-tdx', 'keyboard', 'vmstatestorage'],
  ...['migrate_downtime', 'migrate_speed', 'onboot', 'startup', 'protection'],
];

const families = /^(net|numa|serial|parallel|hostpci|usb|virtiofs)\d+$/;
/** What only reaches a guest by its drive of cloud-init. */
const cloudKeys = /^(ciuser|citype|ciupgrade|sshkeys|nameserver|searchdomain|ipconfig\d+)$/;

export function readVm(id: number, conf: GuestConf, fits: Fits): Reading {
  const reading = emptyReading();
  const { fields, ignore } = reading;
  const keys = effectiveKeys(conf);
  const take = (key: string): string | undefined => {
    const value = keys.get(key);
    keys.delete(key);
    return value;
  };
  const name = take('name');
  if (name === undefined) ignore.add('name');
  fields.set('name', name ?? `vm${id}`);
  if (normalFlag(take('template') ?? '0') === '1') fields.set('template', true);
  const tags = take('tags');
  if (tags !== undefined) fields.set('tags', splitList(tags));
  const description = withoutMark(conf.description);
  if (description !== '') fields.set('description', description);
  for (const key of plain) {
    const value = take(key);
    if (value !== undefined) fields.set(key, spoken(key, value, fits));
    else if (key === 'agent') fields.set(key, false);
    else if (key === 'memory') {
      fields.set(key, 512);
      ignore.add(key);
    }
  }
  readIdentity(take, reading);
  const hotplug = take('hotplug');
  if (hotplug !== undefined) fields.set('hotplug', hotplugOf(hotplug));
  const boot = take('boot');
  const drives = [...keys].filter(([key]) => driveKeys.test(key)).sort(byNumber);
  for (const [key] of drives) keys.delete(key);
  const carries = readDrives(new Map(drives), orderOf(boot), reading, fits);
  readBoot(boot, reading);
  for (const [key, value] of [...keys].sort(byNumber)) {
    if (families.test(key))
      fields.set(key, key.startsWith('net') ? netOf(key, value, fits) : spoken(key, value, fits));
    else if (cloudKeys.test(key)) readCloud(key, value, carries, reading, fits);
    else leave(key, value, reading);
  }
  return reading;
}

/** Spoken as short as `qm` takes it: `host` for `{ cputype: 'host' }`. */
function spoken(key: string, text: string, fits: Fits): Json {
  if (!hasProperties(key)) return typed(text, [key], fits);
  const parts = normalParts(key, text);
  const main = mainOf(key);
  const short = main === undefined ? undefined : parts.get(main);
  if (short !== undefined && parts.size === 1) {
    const value = typed(short, [key], fits);
    if (fits([key], value)) return value;
  }
  return typedParts(parts, [key], fits);
}

function netOf(key: string, text: string, fits: Fits): Json {
  const { model, mac, rest } = netParts(text);
  return {
    model,
    ...(mac === undefined ? {} : { macaddr: mac }),
    ...typedParts(rest, [key], fits),
  };
}

/** Its UUID and what it says of its maker, as plain text. */
function readIdentity(take: (key: string) => string | undefined, { fields }: Reading): void {
  const parts = parseProperties(take('smbios1') ?? '');
  const encoded = normalFlag(parts.get('base64') ?? '0') === '1';
  parts.delete('base64');
  const plainText = [...parts].map(([name, text]) => [
    name,
    encoded && name !== 'uuid' ? Buffer.from(text, 'base64').toString('utf8') : text,
  ]);
  if (plainText.length > 0) fields.set('smbios1', Object.fromEntries(plainText));
  // Another one comes with each rollback and clone: only that there is none is a wish.
  if (take('vmgenid') === '0') fields.set('vmgenid', '0');
}

function hotplugOf(text: string): Json {
  if (/^(0|1|yes|no|on|off|true|false)$/i.test(text)) return normalFlag(text) === '1';
  return splitList(text);
}

function orderOf(boot: string | undefined): string[] {
  return splitList(parseProperties(boot ?? '', 'legacy').get('order') ?? '');
}

/** Without a word phx would boot from the root disk alone. */
function readBoot(boot: string | undefined, { fields, left, ignore }: Reading): void {
  const parts = parseProperties(boot ?? '', 'legacy');
  if (parts.has('order')) {
    fields.set('boot', orderOf(boot));
    return;
  }
  ignore.add('boot');
  if (boot !== undefined) left.push({ key: 'boot', value: boot, why: 'a boot order of old, by letters' });
}

function readCloud(key: string, text: string, carries: boolean, { fields, left }: Reading, fits: Fits): void {
  if (!carries) {
    left.push({ key, value: text, why: 'it has no drive of cloud-init that this could reach it by' });
    return;
  }
  if (key === 'sshkeys') fields.set(key, normalSshKeys(decodeURIComponent(text)).split('\n'));
  else if (key === 'nameserver') fields.set(key, splitList(text));
  else fields.set(key, spoken(key, text, fits));
}

function leave(key: string, value: string, { left, ignore }: Reading): void {
  if (ownKeys.test(key)) return;
  if (key === 'cipassword') left.push({ key, why: 'a password is nothing for a file' });
  else if (key === 'cicustom') {
    ignore.add(key);
    left.push({ key, value, why: 'data of cloud-init that somebody wrote: phx makes its own by cloudInit' });
  } else if (/^unused\d+$/.test(key)) left.push({ key, value, why: 'a volume that is attached nowhere' });
  else left.push({ key, value, why: 'the configuration has no such key' });
}
