/** What the configuration wants of a VM, as the keys that `qm set` takes, in normal form. Drives are no part of it. Pure. */

import type { VirtualMachine } from '../../src/config/fleet.ts';
import { withoutMark } from '../../src/proxmox/mark.ts';
import { normalSshKeys, normalVmKey, type VmKeys } from '../../src/proxmox/vm-keys.ts';
import { printWish } from '../../src/proxmox/vm-properties.ts';
import { rootKey } from './drive.ts';

/** Keys of the configuration that `qm set` takes under the same name, as they are. */
const plain = [
  ...['name', 'memory', 'balloon', 'shares', 'hugepages', 'keephugepages', 'allow-ksm'],
  ...['cores', 'sockets', 'vcpus', 'cpulimit', 'cpuunits', 'affinity', 'numa', 'cpu'],
  ...['ostype', 'arch', 'machine', 'bios', 'scsihw', 'agent', 'vga', 'audio0', 'tablet', 'rng0', 'watchdog'],
  ...[
    'smbios1',
    'vmgenid',
    'hookscript',
    'args',
    'kvm',
    'acpi',
    'localtime',
    'startdate',
    'freeze',
    'reboot',
  ],
  ...['tdf', 'spice_enhancements', 'ivshmem', 'amd-sev', 'intel-tdx', 'keyboard', 'vmstatestorage'],
  ...['migrate_downtime', 'migrate_speed', 'onboot', 'startup', 'protection', 'searchdomain'],
  ...['ciuser', 'citype', 'ciupgrade'],
] as const satisfies readonly (keyof VirtualMachine)[];

/** Groups whose members are keys of `qm set`. */
const groups = [
  ...(['nets', 'ipconfig', 'numas', 'serials', 'parallels', 'hostpcis', 'usbs', 'virtiofs'] as const),
] satisfies readonly (keyof VirtualMachine)[];

/**
 * The keys that `qm set` is to make true; what the configuration does not name is left out. The step `volumes` has the
 * drives; a password is no text, and GPUs are found on the node.
 */
export function wantedKeys(vm: VirtualMachine): VmKeys {
  const given: Record<string, string | undefined> = {};
  for (const key of plain) if (vm[key] !== undefined) given[key] = printWish(key, shaped(key, vm[key]));
  for (const group of groups)
    for (const [key, member] of Object.entries(vm[group])) given[key] = printWish(key, member);
  given.boot = `order=${(vm.boot ?? [rootKey(vm)]).join(';')}`;
  given.hotplug = vm.hotplug === undefined ? undefined : printHotplug(vm.hotplug);
  given.tags = listed(vm.tags, ';');
  given.nameserver = listed(vm.nameserver, ' ');
  const keys: Record<string, string> = {};
  for (const [key, value] of Object.entries(given)) {
    const normal = value === undefined ? undefined : normalVmKey(key, value);
    if (normal !== undefined) keys[key] = normal;
  }
  if (vm.sshkeys && vm.sshkeys.length > 0) keys.sshkeys = normalSshKeys(vm.sshkeys.join('\n'));
  // As it will be read back: Proxmox keeps no empty lines at its end, and a line like our mark is no text.
  const description = withoutMark(vm.description ?? '');
  if (description) keys.description = description;
  return Object.fromEntries(Object.entries(keys).filter(([key]) => !vm.ignore.includes(key)));
}

/** What is written otherwise than Proxmox keeps it. */
function shaped(key: string, value: unknown): unknown {
  if (key !== 'smbios1' || value === null || typeof value !== 'object') return value;
  const parts = Object.entries(value as Readonly<Record<string, string>>);
  const encoded = parts.map(([name, text]) => [
    name,
    name === 'uuid' ? text : Buffer.from(text, 'utf8').toString('base64'),
  ]);
  return {
    ...Object.fromEntries(encoded),
    ...(parts.some(([name]) => name !== 'uuid') ? { base64: true } : {}),
  };
}

function printHotplug(value: boolean | readonly string[]): string {
  return typeof value === 'boolean' ? (value ? '1' : '0') : value.join(',');
}

function listed(list: readonly string[] | undefined, by: string): string | undefined {
  return list && list.length > 0 ? list.join(by) : undefined;
}
