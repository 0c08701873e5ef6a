/** Whether a VM's drives fit together and on their storages: keys, buses, formats, firmware, TPM, cloud-init. It knows no file. */
import { canSnapshot, vmAbilitiesOf } from '../../proxmox/storage-abilities.ts';
import type { Hypervisor } from '../fleet.ts';
import type { Path } from '../path.ts';
import { type Check, entries, type Loose, type LooseVm, type Reporter, title } from './subject.ts';

type Node = Loose<Hypervisor> | undefined;

/** A disk of a VM, wherever the configuration says it. */
interface Disk {
  readonly key: string;
  readonly path: Path;
  readonly storage: string | undefined;
  readonly format: string | undefined;
  /** Whether it is part of snapshots and templates; a CD drive is not. */
  readonly whole: boolean;
}

/** The key of the root disk. */
export function rootKey(vm: LooseVm): string {
  return `${vm.disk?.bus ?? 'scsi'}0`;
}

export function disksOf(vm: LooseVm): Disk[] {
  const fixed = (['efidisk0', 'tpmstate0'] as const).flatMap((key) => {
    const found = vm[key];
    return found ? [{ key, path: [key], storage: found.storage, format: found.format, whole: true }] : [];
  });
  const further = entries(vm.drives).map(([key, drive]) => ({
    ...{ key, path: ['drives', key], storage: drive.storage, format: drive.format },
    whole: drive.cloudinit !== true && drive.storage !== undefined,
  }));
  const { storage, format } = vm.disk ?? {};
  return [{ key: rootKey(vm), path: ['disk'], storage, format, whole: true }, ...further, ...fixed];
}

/** Keys, options, formats and what belongs together. */
export const vmDisks: Check = ({ hypervisor, guests }, report) => {
  for (const vm of guests) {
    if (vm.kind !== 'vm') continue;
    for (const disk of disksOf(vm)) formats(vm, disk, hypervisor, report);
    keys(vm, report);
    firmware(vm, report);
    cloudInit(vm, report);
  }
};

function typeOf(hypervisor: Node, storage: string | undefined): string | undefined {
  const known = hypervisor?.storage ?? {};
  return storage !== undefined && Object.hasOwn(known, storage) ? known[storage]?.type : undefined;
}

function formats(
  vm: LooseVm,
  { key, path, storage, format }: Disk,
  hypervisor: Node,
  report: Reporter,
): void {
  const type = typeOf(hypervisor, storage);
  const known = vmAbilitiesOf(type)?.formats;
  if (format === undefined || known === undefined || known.includes(format)) return;
  const message = `${key} of ${title(vm)} cannot be ${format}: storage '${storage}' (${type}) has ${known.join(', ')}`;
  report.error(vm.id, [...path, 'format'], message, 'leave the format out, or choose another storage');
}

/** Options of another bus than the root disk's; those of further drives are told by their key. */
const notOf: Readonly<Record<string, readonly string[]>> = {
  virtio: ['ssd', 'wwn', 'product', 'vendor', 'queues', 'scsiblock', 'model'],
  sata: ['iothread', 'ro', 'product', 'vendor', 'queues', 'scsiblock', 'model'],
  ide: ['iothread', 'ro', 'product', 'vendor', 'queues', 'scsiblock'],
  scsi: ['model'],
};

function keys(vm: LooseVm, report: Reporter): void {
  const root = rootKey(vm);
  if (vm.drives && Object.hasOwn(vm.drives, root)) {
    const place = report.where(vm.id, ['disk']);
    const message = `${root} of ${title(vm)} is its root disk already (${place})`;
    report.error(vm.id, ['drives', root], message, 'give this drive another number', 'key');
  }
  const bus = vm.disk?.bus ?? 'scsi';
  for (const option of notOf[bus] ?? []) {
    if (vm.disk === undefined || !Object.hasOwn(vm.disk, option)) continue;
    report.error(vm.id, ['disk', option], `a disk on the bus ${bus} has no ${option}`, undefined, 'key');
  }
  for (const [key, drive] of entries(vm.drives)) {
    const wrong = (notOf[key.replace(/\d+$/, '')] ?? []).find((option) => Object.hasOwn(drive, option));
    if (wrong !== undefined)
      report.error(vm.id, ['drives', key, wrong], `unknown key '${key}.${wrong}'`, undefined, 'key');
  }
  const threads = vm.disk?.iothread === true && bus === 'scsi' && vm.scsihw !== 'virtio-scsi-single';
  if (!threads || vm.scsihw === undefined) return;
  const message = `iothread of ${title(vm)} does nothing with scsihw '${vm.scsihw}'`;
  report.warning(vm.id, ['disk', 'iothread'], message, "say scsihw: 'virtio-scsi-single'");
}

function firmware(vm: LooseVm, report: Reporter): void {
  if (vm.efidisk0 !== undefined && vm.bios !== 'ovmf') {
    const message = `${title(vm)} has an efidisk0, but its bios is ${vm.bios ?? 'seabios'}, which has no use for it`;
    report.error(vm.id, ['efidisk0'], message, "say bios: 'ovmf', or leave efidisk0 out", 'key');
  }
  if (vm.bios === 'ovmf' && vm.efidisk0 === undefined) {
    const message = `${title(vm)} has the firmware OVMF and no efidisk0: what it is told is forgotten at each stop`;
    report.warning(vm.id, ['bios'], message, 'add efidisk0: { storage }');
  }
}

/** One drive carries the settings; ide2 without a word. */
function cloudInit(vm: LooseVm, report: Reporter): void {
  const carrying = entries(vm.drives).filter(([, { cloudinit }]) => cloudinit === true);
  const [first, second] = carrying;
  if (first && second) {
    const message = `${title(vm)} has two drives of cloud-init, ${first[0]} and ${second[0]}: Proxmox takes one`;
    report.error(vm.id, ['drives', second[0], 'cloudinit'], message, 'take one of them out');
  }
  if (first !== undefined || !vm.drives || !Object.hasOwn(vm.drives, 'ide2') || !settings(vm)) return;
  const message = `ide2 of ${title(vm)} is where its drive of cloud-init would be`;
  const hint = "give this one another key, or say which drive it is: ide0: { storage: '…', cloudinit: true }";
  report.error(vm.id, ['drives', 'ide2'], message, hint, 'key');
}

/** Whether cloud-init has something to say to it. */
function settings(vm: LooseVm): boolean {
  const keyed = [
    vm.ciuser,
    vm.cipassword,
    vm.sshkeys,
    vm.nameserver,
    vm.searchdomain,
    vm.ciupgrade,
    vm.cloudInit,
  ];
  return keyed.some((value) => value !== undefined) || Object.keys(vm.ipconfig ?? {}).length > 0;
}

/** Snapshots and templates lie on storages that can have them. */
export const vmSnapshots: Check = ({ guests, hypervisor }, report) => {
  for (const vm of guests) {
    if (vm.kind !== 'vm') continue;
    for (const { key, storage, format, whole } of disksOf(vm)) {
      const type = typeOf(hypervisor, storage);
      if (!whole) continue;
      if (vm.snapshot !== undefined && canSnapshot(type, format) === false) {
        const files = vmAbilitiesOf(type)?.snapshot === 'qcow2';
        const message = `${title(vm)} has a snapshot, but Proxmox takes none of its ${key} on storage '${storage}' (${type})${files ? ' unless its format is qcow2' : ''}`;
        const way = files ? "say format: 'qcow2', or leave the snapshot out" : 'choose another storage';
        report.error(vm.id, ['snapshot'], message, way);
      }
      if (vm.template === true && vmAbilitiesOf(type)?.template === false) {
        const message = `${title(vm)} cannot become a template: storage '${storage}' (${type}), where its ${key} lies, has no base volumes`;
        report.error(vm.id, ['template'], message, 'choose another storage, or clone it in full');
      }
    }
  }
};
