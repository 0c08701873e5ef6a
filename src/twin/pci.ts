/** The PCI bus of the node: its devices, the drivers that hold them, and the IOMMU. From documentation. */

import type { PciDevice } from '../proxmox/facts.ts';
import { bootOf } from './boot.ts';
import type { TwinState } from './state.ts';

/** An ordinary small AMD server: a network card, the processor's own graphics, and the NVIDIA cards, each with audio. */
function usualDevices(gpus: number): PciDevice[] {
  const cards = Array.from({ length: gpus }, (_, at) => `0000:0${at + 1}:00`).flatMap((slot) => [
    { address: `${slot}.0`, id: '10de:2d04', class: '030000' },
    { address: `${slot}.1`, id: '10de:22eb', class: '040300' },
  ]);
  return [
    ...cards,
    { address: '0000:0b:00.0', id: '8086:15f3', class: '020000', driver: 'igc' },
    { address: '0000:0c:00.0', id: '1002:164e', class: '030000' },
  ];
}

export function isNvidiaDisplay(device: PciDevice): boolean {
  return device.id.startsWith('10de:') && device.class.startsWith('03');
}

/** The devices with the drivers that hold them now. */
export function pciDevices(state: TwinState): PciDevice[] {
  const devices = state.hardware.pci ?? usualDevices(state.hardware.gpus);
  return devices.map(({ driver, ...device }) => {
    const held = heldBy(state, device, driver);
    return held === undefined ? device : { ...device, driver: held };
  });
}

/** vfio-pci takes what its options name; an NVIDIA card else belongs to the loaded driver, others to their usual one. */
function heldBy(state: TwinState, device: PciDevice, usual: string | undefined): string | undefined {
  if (state.vfioIds?.includes(device.id)) return 'vfio-pci';
  if (isNvidiaDisplay(device)) return ['nvidia', 'nouveau'].find((name) => state.modules.includes(name));
  if (usual !== undefined && usual !== 'vfio-pci') return usual;
  if (device.class === '040300') return 'snd_hda_intel';
  return device.id.startsWith('1002:') && device.class.startsWith('03') ? 'amdgpu' : undefined;
}

/** Number of IOMMU groups: on by itself with AMD; `intel_iommu=on` turns on what was off. */
export function iommuGroups(state: TwinState): number {
  const { cmdline } = bootOf(state);
  if (/(^|\s)(amd_iommu|intel_iommu|iommu)=off(\s|$)/.test(cmdline)) return 0;
  const found = state.hardware.iommuGroups ?? 20;
  return found === 0 && /(^|\s)(amd_iommu|intel_iommu)=\S*on/.test(cmdline) ? 20 : found;
}
