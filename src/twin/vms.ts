/** A VM of the twin: its conf, its drives, the system on its disk. What all `qm` verbs share; it knows no verb. */

import { sha1 } from '../core/digest.ts';
import {
  type ConfSection,
  parseProperties,
  printConf,
  printProperties,
  sorted,
  splitList,
} from '../proxmox/conf.ts';
import { type Call, refuse } from './call.ts';
import { macPrefix } from './datacenter-cfg.ts';
import { plainBooleans, unaliased } from './formats.ts';
import { bareTree } from './guest-tree.ts';
import { anyGuest, type Guest, isOn, kindOf } from './guests.ts';
import { driveSpec, highest, netSpec } from './qm-options.ts';
import { type Random, randomHex, randomMac } from './random.ts';
import type { TwinState } from './state.ts';

/** Reads a VM's conf, or undefined. */
export function findVm(call: Call, id: number | string): Guest | undefined {
  return kindOf(call.state, id) === 'vm' ? anyGuest(call, id) : undefined;
}

/** Like `findVm`, but refuses a missing VM (B15). */
export function loadVm(call: Call, id: number | string): Guest {
  const guest = findVm(call, id);
  if (!guest)
    refuse(`Configuration file 'nodes/${call.state.hardware.node}/qemu-server/${id}.conf' does not exist`, 2);
  return guest;
}

/** Writes the conf as Proxmox prints it, and lets the VM have the system of the disk that it boots from. */
export function saveVm(state: TwinState, guest: Guest): void {
  guest.conf.unknown.length = 0;
  guest.state.conf = printConf(guest.conf);
  seatSystem(state, guest);
}

/** Refuses when the conf carries a lock (B21). */
export function checkVmLock({ conf }: Guest, skip = false): void {
  const lock = conf.keys.get('lock');
  if (lock !== undefined && !skip) refuse(`VM is locked (${lock})`);
}

/** Refuses when the caller's digest is not that of the conf (B22). */
export function checkVmDigest({ state }: Guest, digest: string | undefined): void {
  if (digest !== undefined && digest !== sha1(state.conf))
    refuse('checksum mismatch (file change by other user?)');
}

export function checkVmProtection({ conf }: Guest, what: string): void {
  if (isOn(conf.keys.get('protection'))) refuse(`${what} - protection mode enabled`);
}

/** The name inside and in lists, where none was given. */
export function vmName(id: number | string, conf: ConfSection, gap = ''): string {
  return conf.keys.get('name') ?? `VM${gap}${id}`;
}

export function isDriveKey(key: string): boolean {
  const [, bus = '', number = ''] = /^(ide|sata|scsi|virtio)(\d+)$/.exec(key) ?? [];
  return bus === '' ? key === 'efidisk0' || key === 'tpmstate0' : Number(number) <= (highest[bus] ?? 0);
}

/** One drive: a volume, a device of the node, an ISO, or an empty CD drive. */
export interface Drive {
  readonly key: string;
  readonly properties: Map<string, string>;
  /** Volume id, path, `none` or `cdrom`. */
  readonly source: string;
}

export function parseDrive(key: string, text: string): Drive {
  const properties = plainBooleans(driveSpec, unaliased(driveSpec, parseProperties(text, 'file')));
  const source = properties.get('file') ?? '';
  if (source === 'none' || source === 'cdrom') properties.set('media', 'cdrom');
  return { key, properties, source };
}

export function printDrive({ properties }: Drive): string {
  return printProperties(properties, ['file'], 'file');
}

export function isCloudInit({ source }: Drive): boolean {
  return /[:/]vm-\d+-cloudinit(\.\w+)?$/.test(source) || /:cloudinit$/.test(source);
}

/** A CD drive that holds no cloud-init data. */
export function isCdrom(drive: Drive): boolean {
  return drive.properties.get('media') === 'cdrom' && !isCloudInit(drive);
}

/** Does it stand for a volume of a storage that belongs to the VM? */
export function isVolume(drive: Drive): boolean {
  return !isCdrom(drive) && drive.source.includes(':') && !drive.source.startsWith('/');
}

/** In Proxmox's order: ide, scsi, virtio, sata, then the small ones. */
export function drivesOf(section: ConfSection): Drive[] {
  const buses = ['ide', 'scsi', 'virtio', 'sata'];
  const rank = (key: string) => {
    const [, bus = '', number = '0'] = /^(\D+)(\d+)$/.exec(key) ?? [];
    return (buses.includes(bus) ? buses.indexOf(bus) : 4) * 1000 + Number(number);
  };
  return [...section.keys.keys()]
    .filter(isDriveKey)
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map((key) => parseDrive(key, section.keys.get(key) ?? ''));
}

export function cloudInitDrive(section: ConfSection): Drive | undefined {
  return drivesOf(section).find(isCloudInit);
}

/** Adds `unusedN` with the lowest free number, unless the volume is still named (B47). */
export function addUnusedDisk(conf: ConfSection, volid: string): void {
  if (namesVolume(conf, volid)) return;
  let number = 0;
  while (conf.keys.has(`unused${number}`)) number++;
  conf.keys.set(`unused${number}`, volid);
}

/** Does any key of the section name this volume? */
export function namesVolume(conf: ConfSection, volid: string): boolean {
  for (const [key, value] of conf.keys)
    if (
      (isDriveKey(key) && parseDrive(key, value).source === volid) ||
      (/^(unused\d+|vmstate)$/.test(key) && value.split(',')[0] === volid)
    )
      return true;
  return false;
}

/** Every volume that the conf names as the VM's own, in snapshots too. */
export function vmVolumes({ conf }: Pick<Guest, 'conf'>): string[] {
  const volids = new Set<string>();
  for (const section of [conf, conf.pending, ...conf.snapshots.values()]) {
    for (const drive of drivesOf(section)) if (isVolume(drive)) volids.add(drive.source);
    for (const [key, value] of section.keys)
      if (/^(unused\d+|vmstate)$/.test(key)) volids.add(value.split(',')[0] ?? '');
  }
  return [...volids];
}

/** What the boot order names, in its order; empty when it is the legacy one. */
export function bootOrder(conf: ConfSection): string[] {
  return splitList(parseProperties(conf.keys.get('boot') ?? '', 'legacy').get('order') ?? '');
}

/** The boot order where none is asked for: the first disk, the first CD drive, the first interface (B90). */
export function defaultBootOrder(conf: ConfSection): string {
  const drives = drivesOf(conf).filter(({ key }) => key !== 'efidisk0' && key !== 'tpmstate0');
  const isDisk = ({ properties }: Drive) => properties.get('media') !== 'cdrom';
  const net = sorted([...conf.keys.keys()].filter((key) => /^net\d+$/.test(key)))[0];
  const found = [drives.find(isDisk)?.key, drives.find((drive) => !isDisk(drive))?.key, net];
  return printBootOrder(found.filter((key) => key !== undefined));
}

export function printBootOrder(devices: readonly string[]): string {
  return devices.length === 0 ? '' : `order=${devices.join(';')}`;
}

/** The disk that the VM boots from: the first in the order; a firmware without one takes any. */
export function systemDisk(conf: ConfSection): string | undefined {
  const disks = drivesOf(conf).filter(
    (drive) => isVolume(drive) && !isCloudInit(drive) && !/^(efidisk|tpmstate)/.test(drive.key),
  );
  const order = [...bootOrder(conf), conf.keys.get('bootdisk') ?? ''];
  const first = order.flatMap((key) => disks.find((disk) => disk.key === key) ?? [])[0];
  return (first ?? disks[0])?.source;
}

/** Another boot disk is another system; the former one stays on its volume. A running VM has its own in memory. */
export function seatSystem(state: TwinState, { conf, state: own }: Guest): void {
  const wanted = systemDisk(conf);
  if (own.running || own.disk === wanted) return;
  const former = own.disk === undefined ? undefined : state.volumes[own.disk];
  if (former) former.tree = own.tree;
  const volume = wanted === undefined ? undefined : state.volumes[wanted];
  own.tree = volume?.tree ?? bareTree();
  delete volume?.tree;
  if (wanted === undefined) delete own.disk;
  else own.disk = wanted;
}

/** An interface as it is stored: `virtio=MAC,bridge=…`, a MAC when none was given. */
export function completeVmNet(call: Call, text: string): string {
  const { model, mac, rest } = parseVmNet(text);
  const others = printProperties(rest, []);
  return `${model}=${mac ?? randomMac(call.random, macPrefix(call.state))}${others === '' ? '' : `,${others}`}`;
}

export function parseVmNet(text: string): {
  model: string;
  mac: string | undefined;
  rest: Map<string, string>;
} {
  const rest = plainBooleans(netSpec, unaliased(netSpec, parseProperties(text, 'model')));
  const [model = '', mac] = [rest.get('model'), rest.get('macaddr')];
  rest.delete('model');
  rest.delete('macaddr');
  return { model, mac, rest };
}

export function randomUuid(random: Random): string {
  const hex = randomHex(random, 32);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`];
  return [...parts, hex.slice(20)].join('-');
}
