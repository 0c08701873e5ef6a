/** What a VM tells of itself, so that snapshots and safety points of it can be taken: its root disk, and its data beside it. */

import type { VirtualMachine } from '../../src/config/fleet.ts';
import type { GuestConf } from '../../src/proxmox/conf.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { qm } from '../../src/proxmox/qm.ts';
import { canSnapshot } from '../../src/proxmox/storage-abilities.ts';
import { parseStorageCfg } from '../../src/proxmox/storage-cfg.ts';
import { hasTemplateFlag } from '../../src/proxmox/template-conf.ts';
import type { Machine } from '../guest/machine.ts';
import { hasInside } from '../guest/names.ts';
import type { SafetySubject } from '../guest/safety-subject.ts';
import { cloudDrive, drivesIn, isDisk, type PresentDrive, rootKey } from './drive.ts';
import { vmInside } from './inside.ts';
import { QemuMachine } from './machine.ts';

/** `vm`: as the configuration has it; undefined for one that left it. */
export function vmSafety(id: number, vm: VirtualMachine | undefined): SafetySubject {
  const machine: SafetySubject['machine'] = (context) => new QemuMachine(id, context);
  const root = (conf: GuestConf) => (vm ? rootKey(vm) : firstOf(conf));
  const beside = (conf: GuestConf) => [...dataIn(conf, root(conf)).keys()];
  return {
    ...{ id, machine, obstacle: snapshotObstacle },
    root: (conf) => drivesIn(conf).get(root(conf))?.file ?? '',
    data: beside,
    // What a backup holds is set back, what it leaves out is put aside as unused. Unused disks stay (source of 9.2).
    lost: beside,
    settle: async (context) => {
      if (!vm || !hasInside(vm) || machine(context).state !== 'running') return;
      await vmInside(id, context).ask(['sync'], { deadline: 60_000 });
    },
    // Another generation, as after a rollback by Proxmox: the guest may mind it, and so do the records of its layers.
    goesBack: async (context) => {
      const vm = new QemuMachine(id, context);
      if (vm.conf.keys.has('vmgenid')) await context.run(qm.set(id, { vmgenid: '1' }, [], vm.digest));
      await vm.look();
    },
    clearRestore: async (context) => {
      const drive = vm && cloudDrive(vm);
      if (!drive) return;
      const { stdout } = await context.ask(['pvesm', 'list', drive.storage, '--vmid', String(id)]);
      // It bears a fixed name, so that it cannot be made once more; what it holds is made anew at each start.
      const [left] = /^\S+[:/]vm-\d+-cloudinit\S*/m.exec(stdout) ?? [];
      if (left !== undefined) await context.run(['pvesm', 'free', left]);
    },
  };
}

/** Disks and devices of the node beside the root disk; what the machine itself keeps in firmware and TPM is no data. */
export function dataIn(conf: GuestConf, root: string): Map<string, PresentDrive> {
  return new Map(
    [...drivesIn(conf)].filter(
      ([key, drive]) => key !== root && isDisk(drive) && key !== 'efidisk0' && key !== 'tpmstate0',
    ),
  );
}

/** The first disk of the boot order. */
function firstOf(conf: GuestConf): string {
  const order = /order=([^,]*)/.exec(conf.keys.get('boot') ?? '')?.[1]?.split(';') ?? [];
  const drives = drivesIn(conf);
  return order.find((key) => isDisk(drives.get(key))) ?? 'scsi0';
}

/** Why Proxmox would refuse (F9); undefined when nothing is known to stand in the way. */
function snapshotObstacle({ conf }: Pick<Machine, 'conf'>, facts: Facts): string | undefined {
  const storages = parseStorageCfg(facts.host.storageCfg);
  for (const [key, drive] of drivesIn(conf)) {
    const { file, storage } = drive;
    if (!isDisk(drive)) continue;
    if (file.startsWith('/')) return `${key} is a device of the node (${file})`;
    const type = storages.get(storage)?.type;
    const format = /\.(qcow2|vmdk|raw)$/.exec(file)?.[1];
    if (canSnapshot(type, format) === false) return `${key} lies on ${storage}, a storage of type ${type}`;
  }
  return hasTemplateFlag(conf) ? 'it is a template' : undefined;
}
