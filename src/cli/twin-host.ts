/** Opens the project's twin: a simulated node with the hardware that the configuration speaks of. */

import { join } from 'node:path';
import type { Fleet } from '../config/fleet.ts';
import type { Host } from '../core/host.ts';
import type { Facts } from '../proxmox/facts.ts';
import type { TwinHardware } from '../twin/state.ts';
import { openTwin, Twin } from '../twin/twin.ts';
import type { Io } from './io.ts';
import type { Project } from './open.ts';

/** `PHX_TWIN_LATENCY=real`, or the option of that name, makes the twin take its time. */
export function openTwinHost(io: Io, project: Project, latency?: string): Twin {
  const real = (latency ?? io.env.PHX_TWIN_LATENCY) === 'real';
  return openTwin({
    stateFile: join(project.cacheDir, 'twin', 'state.json'),
    hardware: hardwareOf(project.config.fleet),
    latency: real ? 'real' : 'none',
    clock: io.clock,
    sleep: io.sleep,
  });
}

/** A fresh twin has the disks, cards and addresses that the configuration names; the rest is an ordinary small server. */
function hardwareOf({ hypervisor }: Fleet): TwinHardware {
  const { pools } = hypervisor.zfs;
  const bridge = Object.values(hypervisor.network.bridges).find((candidate) => candidate.address);
  return {
    node: hypervisor.hostname ?? 'pve',
    memory: 96 * 1024,
    disks: Object.values(pools).flatMap((pool) => pool.disks),
    gpus: hypervisor.nvidia?.gpus ?? 0,
    address: bridge?.address ?? '10.0.0.2/24',
    gateway: bridge?.gateway ?? '10.0.0.1',
  };
}

/** A copy of the host that a plan may change as it likes: the twin's own fork, or a twin that looks like the node. */
export function copyOf(host: Host, facts: Facts, project: Project): Twin {
  if (host instanceof Twin) return host.fork();
  return Twin.seed(facts, hardwareOf(project.config.fleet));
}
