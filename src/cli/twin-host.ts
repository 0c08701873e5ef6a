/** Opens the project's twin: a simulated node with the hardware that the configuration speaks of. */

import { join } from 'node:path';
import type { Fleet } from '../config/fleet.ts';
import { PhxError } from '../core/error.ts';
import type { TwinHardware } from '../twin/state.ts';
import { openTwin, type Twin, type TwinOptions } from '../twin/twin.ts';
import type { Io } from './io.ts';

/** What of a project its twin is made from. */
export interface TwinPlace {
  readonly cacheDir: string;
  readonly config: { readonly fleet: Fleet };
}

export function openTwinHost(io: Io, project: TwinPlace, latency?: string): Twin {
  return openTwin({
    ...{
      stateFile: join(project.cacheDir, 'twin', 'state.json'),
      hardware: hardwareOf(project.config.fleet),
    },
    ...{ ...latencyOf(latency), clock: io.clock, sleep: io.sleep },
  });
}

/** `none`, `real`, or a factor such as `0.01`: every command, and every wait, takes that part of its real time. */
export function latencyOf(latency = 'none'): Pick<TwinOptions, 'latency' | 'speed'> {
  const factor = latency === 'none' ? 0 : latency === 'real' ? 1 : Number(latency);
  if (!Number.isFinite(factor) || factor < 0) {
    throw new PhxError('usage', {
      title: `--twin-latency ${latency}`,
      hint: 'It is none, real, or a factor such as 0.01.',
    });
  }
  return factor > 0 ? { latency: 'real', speed: 1 / factor } : { latency: 'none' };
}

/** A fresh twin has the disks, graphics and network cards and addresses that the configuration names; the rest is an ordinary small server. */
export function hardwareOf({ hypervisor }: Fleet): TwinHardware {
  const { pools } = hypervisor.zfs;
  const bridge = Object.values(hypervisor.network.bridges).find((candidate) => candidate.address);
  const bridges = Object.values(hypervisor.network.bridges);
  const ports = [...(bridge ? [bridge] : []), ...bridges].flatMap((one) => one.ports);
  const nics = [...new Set(ports)];
  return {
    node: hypervisor.hostname ?? 'pve',
    memory: 96 * 1024,
    ...(hypervisor.node?.cores === undefined ? {} : { cores: hypervisor.node.cores }),
    disks: Object.values(pools).flatMap((pool) => pool.disks),
    gpus: hypervisor.nvidia?.gpus ?? 0,
    address: bridge?.address ?? '10.0.0.2/24',
    gateway: bridge?.gateway ?? '10.0.0.1',
    ...(nics.length > 0 ? { nics } : {}),
  };
}

/** The same of each node of a cluster, by its name. */
export function hardwareOfNodes({ nodes = {} }: Fleet): Readonly<Record<string, TwinHardware>> {
  const each = Object.entries(nodes).map(([name, hypervisor], at) => {
    const { address, ...hardware } = hardwareOf({ hypervisor, guests: {} });
    const known = Object.values(hypervisor.network.bridges).some((bridge) => bridge.address !== undefined);
    const { memory = hardware.memory } = hypervisor.node ?? {};
    return [
      name,
      { ...hardware, node: name, memory, address: known ? address : `10.0.0.${at + 11}/24` },
    ] as const;
  });
  return Object.fromEntries(each);
}
