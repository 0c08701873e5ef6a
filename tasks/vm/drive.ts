/** The drives of a VM, by their keys: as they are wanted, and as they stand in its conf, in one normal form. Pure. */

import type { DriveOptions, VirtualMachine } from '../../src/config/fleet.ts';
import { type GuestConf, printProperties } from '../../src/proxmox/conf.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { normalParts, printWish } from '../../src/proxmox/vm-properties.ts';
import { gibibytes } from '../../src/proxmox/volume-size.ts';
import { confOf } from '../guest/conf.ts';

/** What a drive is to be. `size` in GiB. */
export interface WantedDrive {
  readonly kind: 'disk' | 'cloudinit' | 'file' | 'firmware';
  /** Of what phx allocates. */
  readonly storage?: string;
  readonly size?: number;
  /** Of what is there. */
  readonly file?: string;
  /** In normal form. */
  readonly options: string;
  /** Said once, when the volume is made. */
  readonly birth: string;
}

export interface PresentDrive {
  /** Volume, `none`, or a path. */
  readonly file: string;
  readonly storage: string;
  readonly size: number | undefined;
  readonly options: string;
  /** It goes at the next start. */
  readonly leaving: boolean;
}

export const driveKey = /^(scsi|virtio|sata|ide)\d+$|^efidisk0$|^tpmstate0$/;

/** The key of the root disk. */
export function rootKey({ disk }: Pick<VirtualMachine, 'disk'>): string {
  return `${disk.bus ?? 'scsi'}0`;
}

/** Every drive but the root disk, by its key. */
export function wantedDrives(vm: VirtualMachine): Map<string, WantedDrive> {
  const drives = new Map<string, WantedDrive>();
  for (const [key, drive] of Object.entries(vm.drives)) {
    const { storage, size, format, file, cloudinit, 'import-from': from, ...options } = drive;
    drives.set(key, {
      kind: cloudinit ? 'cloudinit' : file === undefined ? 'disk' : 'file',
      ...(storage === undefined ? {} : { storage }),
      ...(size === undefined ? {} : { size }),
      ...(file === undefined ? {} : { file }),
      options: cloudinit ? '' : optionsOf(options),
      birth: printBirth({ format, 'import-from': from }),
    });
  }
  const carrying = cloudDrive(vm);
  if (carrying && !drives.has(carrying.key))
    drives.set(carrying.key, { kind: 'cloudinit', storage: carrying.storage, options: '', birth: '' });
  for (const key of ['efidisk0', 'tpmstate0'] as const) {
    const found = vm[key];
    if (!found) continue;
    const { storage, ...birth } = found;
    drives.set(key, { kind: 'firmware', storage, options: '', birth: printBirth(birth) });
  }
  return drives;
}

/** What is said of the root disk besides its place and size. */
export function rootOptions({ disk }: VirtualMachine): string {
  const { storage: _storage, size: _size, bus: _bus, format: _format, ...options } = disk;
  return optionsOf(options);
}

/** The drive that carries the settings of cloud-init: the one that says so, or ide2 beside the root disk. */
export function cloudDrive(vm: VirtualMachine): { key: string; storage: string } | undefined {
  const own = Object.entries(vm.drives).find(([, { cloudinit }]) => cloudinit);
  if (own) return { key: own[0], storage: own[1].storage ?? vm.disk.storage };
  const said = [
    vm.ciuser,
    vm.cipassword,
    vm.sshkeys,
    vm.nameserver,
    vm.searchdomain,
    vm.ciupgrade,
    vm.citype,
    vm.cloudInit,
  ];
  const wanted = said.some((value) => value !== undefined) || Object.keys(vm.ipconfig).length > 0;
  return wanted ? { key: 'ide2', storage: vm.disk.storage } : undefined;
}

function optionsOf(options: DriveOptions): string {
  return normalOptions(printWish('drive', options));
}

function printBirth(parts: object): string {
  return printWish('', Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)));
}

/** All but volume, size and what was said at birth. */
function normalOptions(value: string): string {
  const parts = normalParts('drive', value);
  for (const own of [
    'file',
    'size',
    'format',
    'import-from',
    'efitype',
    'ms-cert',
    'pre-enrolled-keys',
    'version',
  ])
    parts.delete(own);
  return printProperties(parts, []);
}

/** The drives in a conf; what waits for the next start stands in the place of what holds until then. */
export function drivesIn(conf: GuestConf): Map<string, PresentDrive> {
  const drives = new Map<string, PresentDrive>();
  for (const [key, value] of new Map([...conf.keys, ...conf.pending.keys])) {
    if (!driveKey.test(key)) continue;
    const parts = normalParts('drive', value);
    const file = parts.get('file') ?? '';
    const cloud = isCloudVolume(file);
    drives.set(key, {
      file,
      storage: file.startsWith('/') ? '' : file.replace(/:.*$/, ''),
      size: cloud ? undefined : gibibytes(parts.get('size')),
      options: cloud ? '' : normalOptions(value),
      leaving: conf.pendingDelete.includes(key),
    });
  }
  return drives;
}

export function drivesOf(facts: Facts, id: number): Map<string, PresentDrive> {
  const guest = facts.guests.get(id);
  return guest ? drivesIn(confOf(guest)) : new Map();
}

/** Whether something is kept on it: a CD drive holds an image or nothing, that of cloud-init what is made anew. */
export function isDisk(drive: PresentDrive | undefined): boolean {
  if (!drive || drive.file === 'none' || isCloudVolume(drive.file)) return false;
  return !/(^|,)media=cdrom(,|$)/.test(drive.options) && !/:iso\//.test(drive.file);
}

/** The volume of a cloud-init drive: `quick:vm-8000-cloudinit`. */
export function isCloudVolume(file: string): boolean {
  return /[:/]vm-\d+-cloudinit(\.\w+)?$/.test(file);
}

/** What a task records of a drive; firmware variables and the drive of cloud-init have no size that means anything. */
export function describeDrive(key: string, drive: PresentDrive | undefined): string | undefined {
  if (!drive || drive.leaving) return undefined;
  if (isCloudVolume(drive.file)) return 'cloudinit';
  if (key === 'efidisk0' || key === 'tpmstate0') return drive.storage;
  const owned = drive.size !== undefined && /[:/](vm|base)-\d+-/.test(drive.file);
  const place = owned ? `${drive.storage} ${drive.size}G` : drive.file;
  return drive.options === '' ? place : `${place} ${drive.options}`;
}
