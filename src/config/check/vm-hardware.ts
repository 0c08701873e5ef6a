/** Whether the keys of a VM fit together, and devices of the node are given once. It knows no file. */
import type { Path } from '../path.ts';
import { type Check, entries, type LooseVm, type Reporter, title } from './subject.ts';
import { disksOf } from './vm-disks.ts';

/** What Proxmox would refuse at the set or, worse, at the start. */
export const vmHardware: Check = ({ guests }, report) => {
  const taken = new Map<string, { readonly vm: LooseVm; readonly path: Path }>();
  for (const vm of guests) {
    if (vm.kind !== 'vm') continue;
    processor(vm, report);
    memory(vm, report);
    devices(vm, report);
    boot(vm, report);
    inside(vm, report);
    for (const { device, path } of given(vm)) {
      const other = taken.get(device);
      if (other === undefined) taken.set(device, { vm, path });
      else alone(device, { vm, path }, other, report);
    }
  }
};

function processor(vm: LooseVm, report: Reporter): void {
  const most = (vm.sockets ?? 1) * (vm.cores ?? 1);
  if (vm.vcpus !== undefined && vm.vcpus > most) {
    const message = `${title(vm)} has ${vm.vcpus} vcpus, but sockets × cores are ${most}`;
    report.error(vm.id, ['vcpus'], message, 'name more cores, or fewer vcpus');
  }
  const [first] = entries(vm.numas);
  if (first && vm.numa !== true) {
    const message = `${title(vm)} has ${first[0]}, but no NUMA`;
    report.error(vm.id, ['numas', first[0]], message, 'say numa: true', 'key');
  }
}

function memory(vm: LooseVm, report: Reporter): void {
  if (vm.balloon !== undefined && vm.memory !== undefined && vm.balloon > vm.memory) {
    const message = `${title(vm)} keeps ${vm.balloon} MiB at least (balloon), more than its memory of ${vm.memory} MiB`;
    report.error(vm.id, ['balloon'], message, 'balloon is the lower limit, memory the upper one');
  }
  if (vm.hugepages !== undefined && vm.numa !== true) {
    const message = `${title(vm)} wants huge pages, which Proxmox gives with NUMA only`;
    report.error(vm.id, ['hugepages'], message, 'say numa: true');
  }
}

function devices(vm: LooseVm, report: Reporter): void {
  const machine = typeof vm.machine === 'string' ? vm.machine : (vm.machine?.type ?? 'pc');
  for (const [key, { pcie }] of entries(vm.hostpcis)) {
    if (pcie !== true || machine.includes('q35')) continue;
    const message = `${key} of ${title(vm)} is to be on PCI Express, which machine '${machine}' does not have`;
    report.error(vm.id, ['hostpcis', key, 'pcie'], message, "say machine: 'q35'");
  }
  const display = typeof vm.vga === 'string' ? vm.vga : vm.vga?.type;
  if (display?.startsWith('serial') && !Object.hasOwn(vm.serials ?? {}, display)) {
    const message = `the display of ${title(vm)} is ${display}, but it has no ${display}`;
    report.error(vm.id, ['vga'], message, `add ${display}: 'socket'`);
  }
  const agent = typeof vm.agent === 'object' ? vm.agent : undefined;
  if (agent?.['freeze-fs'] !== undefined && agent['freeze-fs-on-backup'] !== undefined) {
    const message = `agent of ${title(vm)}: freeze-fs and freeze-fs-on-backup are one and the same`;
    report.error(vm.id, ['agent', 'freeze-fs'], message, 'keep one of them', 'key');
  }
}

function boot(vm: LooseVm, report: Reporter): void {
  const known = new Set([
    ...disksOf(vm).map(({ key }) => key),
    ...[vm.nets, vm.hostpcis, vm.usbs].flatMap((group) => Object.keys(group ?? {})),
  ]);
  for (const [index, device] of (vm.boot ?? []).entries()) {
    if (known.has(device)) continue;
    const message = `${title(vm)} is to boot from ${device}, which it does not have`;
    report.error(vm.id, ['boot', index], message, `it has ${[...known].join(', ')}`);
  }
}

/** What is done inside of a VM is done through its agent. */
function inside(vm: LooseVm, report: Reporter): void {
  const enabled = typeof vm.agent === 'object' ? vm.agent.enabled : vm.agent;
  if (enabled !== false) return;
  const keys = ['layers', 'app', 'health', 'tests'] as const;
  for (const key of keys) {
    if (vm[key] === undefined || (key === 'layers' && vm.layers?.length === 0)) continue;
    const message = `${title(vm)} has ${key}, but no agent through which phx could work in it`;
    report.error(vm.id, [key], message, "say agent: true, and let the guest have 'qemu-guest-agent'", 'key');
  }
}

/** Devices of the node that only one running guest can have; a mediated one is a part of a card. */
function given(vm: LooseVm): { device: string; path: Path }[] {
  const pci = entries(vm.hostpcis).flatMap(([key, { host, mapping, mdev }]) => {
    if (mdev !== undefined) return [];
    const names = host ? host.split(';').map(slot) : mapping ? [`mapping ${mapping}`] : [];
    return names.map((name) => ({ device: `PCI device ${name}`, path: ['hostpcis', key] }));
  });
  const usb = entries(vm.usbs).flatMap(([key, { host }]) =>
    host === undefined || host === 'spice'
      ? []
      : [{ device: `USB device ${host.toLowerCase()}`, path: ['usbs', key] }],
  );
  return [...pci, ...usb];
}

/** With the domain, which most leave out. */
function slot(address: string): string {
  return /^[0-9a-f]{2}:/.test(address) ? `0000:${address}` : address;
}

interface Use {
  readonly vm: LooseVm;
  readonly path: Path;
}

function alone(device: string, one: Use, other: Use, report: Reporter): void {
  const both = one.vm === other.vm || (one.vm.state === 'running' && other.vm.state === 'running');
  if (!both) return;
  const place = report.where(other.vm.id, other.path);
  const message = `${device} of ${title(one.vm)} is also that of ${title(other.vm)} (${place})`;
  report.error(one.vm.id, one.path, message, 'only one running guest can have it');
}
