/** Keys of a VM that only Proxmox VE 9.2 knows. Pure. */

import type { VirtualMachine } from '../../src/config/fleet.ts';

/** Key of an object → the parts of it that are new. */
const parts: Readonly<Record<string, readonly string[]>> = {
  cpu: ['guest-phys-bits', 'level'],
  machine: ['aw-bits'],
};

/** What `configure` sends and only Proxmox VE 9.2 knows. */
export function newKeys(vm: VirtualMachine): string[] {
  const whole = (['allow-ksm', 'intel-tdx'] as const).filter((key) => vm[key] !== undefined);
  const within = Object.entries(parts).flatMap(([key, names]) => {
    const value = vm[key as 'cpu' | 'machine'];
    return typeof value === 'object'
      ? names.filter((name) => name in value).map((name) => `${key}.${name}`)
      : [];
  });
  const nets = Object.entries(vm.nets).filter(([, net]) => net['host-tunnel'] !== undefined);
  const pci = Object.entries(vm.hostpcis).filter(([, device]) => device.driver !== undefined);
  return [
    ...whole,
    ...within,
    ...nets.map(([name]) => `${name}.host-tunnel`),
    ...pci.map(([name]) => `${name}.driver`),
  ].filter((key) => !vm.ignore.includes(key.replace(/\..*$/, '')));
}

/** What `volumes` sends and only Proxmox VE 9.2 knows. */
export function newDriveKeys(vm: VirtualMachine): string[] {
  return vm.tpmstate0?.format === undefined ? [] : ['tpmstate0.format'];
}
