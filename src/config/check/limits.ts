/** Whether the machine can bear what is asked of it: memory, cores, GPUs, quotas. It knows no file. */
import { capacityOf } from '../../proxmox/pool-capacity.ts';
import type { Hypervisor } from '../fleet.ts';
import { type Check, entries, type Loose, type LooseGuest, type Reporter, title } from './subject.ts';

/** GPUs exist and fit; limits over what the node has are told: as warnings, except where Proxmox cannot honour them. */
export const limits: Check = ({ hypervisor, guests }, report) => {
  if (hypervisor === undefined) return;
  gpus(hypervisor, guests, report);
  memory(hypervisor, guests, report);
  quotas(hypervisor, report);
};

function gpus(hypervisor: Loose<Hypervisor>, guests: readonly LooseGuest[], report: Reporter): void {
  const shares = new Map<number, { readonly id: number; readonly share: number }[]>();
  for (const guest of guests) {
    for (const [index, layer] of (guest.layers ?? []).entries()) {
      const version = layer.name === 'nvidia' ? layer.params?.version : undefined;
      const own = hypervisor.nvidia?.version;
      if (version === undefined || own === undefined || version === own) continue;
      const place = report.where('hypervisor', ['nvidia', 'version']);
      const message = `the nvidia layer of ${title(guest)} is version ${String(version)}, the node's driver is ${own} (${place})`;
      report.error(
        guest.id,
        ['layers', index, 'params', 'version'],
        message,
        "leave it out: the layer takes the node's version",
      );
    }
    for (const [index, gpu] of (guest.gpus ?? []).entries()) {
      const path = ['gpus', index];
      const count = hypervisor.nvidia?.gpus;
      if (hypervisor.nvidia === undefined) {
        report.error(
          guest.id,
          path,
          `${title(guest)} wants GPU ${gpu}, but the node has no nvidia section`,
          'describe the cards in hypervisor.nvidia',
        );
      } else if (count !== undefined && gpu >= count) {
        const place = report.where('hypervisor', ['nvidia', 'gpus']);
        const message = `${title(guest)} wants GPU ${gpu}, but the node has ${count}, counted from 0 (${place})`;
        report.error(guest.id, path, message);
      }
      const share =
        guest.kind === 'ct' && guest.state === 'running' && guest.app?.name === 'vllm'
          ? guest.app.params?.gpu_memory_utilization
          : undefined;
      if (typeof share === 'number') shares.set(gpu, [...(shares.get(gpu) ?? []), { id: guest.id, share }]);
    }
  }
  for (const [gpu, users] of [...shares].sort(([a], [b]) => a - b)) {
    const sum = users.reduce((total, user) => total + user.share, 0);
    if (sum <= 1 + 1e-9) continue;
    const last = users.at(-1)?.id ?? 0;
    const parts = users.map((user) => `${user.share} (${user.id})`).join(' + ');
    const message = `running guests share more than the whole memory of GPU ${gpu}: ${parts} = ${round(sum)}`;
    report.warning(
      last,
      ['app', 'params', 'gpu_memory_utilization'],
      message,
      'lower a share, or keep one of them stopped',
    );
  }
}

function memory(hypervisor: Loose<Hypervisor>, guests: readonly LooseGuest[], report: Reporter): void {
  const node = hypervisor.node;
  const booting = guests.filter((guest) => guest.onboot === true);
  const sum = (list: readonly LooseGuest[], key: 'memory' | 'cores'): number =>
    list.reduce((total, guest) => total + (guest[key] ?? 0), 0);
  const path = ['node', 'memory'];
  if (node?.memory !== undefined) {
    const containers = sum(
      booting.filter((guest) => guest.kind === 'ct'),
      'memory',
    );
    if (containers > node.memory) {
      const message = `containers that start with the node may take ${containers} MiB of memory together, the node has ${node.memory} MiB`;
      report.warning(
        'hypervisor',
        path,
        message,
        "a container's memory is a limit, so this works until they use it",
      );
    }
    const vms = sum(
      guests.filter((guest) => guest.kind === 'vm' && guest.state === 'running'),
      'memory',
    );
    const arc = (hypervisor.zfs?.arcMax ?? 0) * 1024;
    if (vms > 0 && vms + arc > node.memory) {
      const message = `VMs take ${vms} MiB of memory and the ZFS cache ${arc} MiB, the node has ${node.memory} MiB`;
      report.error('hypervisor', path, message, 'give the VMs less memory, or lower zfs.arcMax');
    }
  }
  const cores = sum(booting, 'cores');
  if (node?.cores !== undefined && cores > node.cores) {
    const message = `guests that start with the node may use ${cores} cores together, the node has ${node.cores}`;
    report.warning(
      'hypervisor',
      ['node', 'cores'],
      message,
      'cores are shared, so this works until they are busy together',
    );
  }
}

function quotas(hypervisor: Loose<Hypervisor>, report: Reporter): void {
  for (const [name, pool] of entries(hypervisor.zfs?.pools)) {
    const disks = pool.disks?.length ?? 0;
    if (pool.diskSize === undefined || pool.raid === undefined || disks === 0) continue;
    const capacity = capacityOf(pool.raid, disks, pool.diskSize);
    const total = entries(hypervisor.zfs?.datasets)
      .filter(([dataset]) => dataset.startsWith(`${name}/`))
      .reduce((sum, [, properties]) => sum + gib(properties.quota), 0);
    if (total <= capacity) continue;
    const message = `quotas on pool ${name} add up to ${round(total)} GiB, its disks hold ${round(capacity)} GiB`;
    report.warning(
      'hypervisor',
      ['zfs', 'pools', name],
      message,
      'a quota is a limit, so this works until the pool is full',
      'key',
    );
  }
}

/** A ZFS size such as `800G` in GiB; nothing where there is none. */
function gib(size: string | undefined): number {
  const match = /^(\d+(?:\.\d+)?)([KMGTP])?i?B?$/i.exec(size ?? '');
  if (match === null) return 0;
  const power = 'KMGTP'.indexOf((match[2] ?? '').toUpperCase()) + 1;
  return Number(match[1]) * 1024 ** (power - 3);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
