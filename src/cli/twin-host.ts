/** Opens the project's twin: a simulated node with the hardware that the configuration speaks of. */

import { join } from 'node:path';
import type { Fleet } from '../config/fleet.ts';
import { PhxError } from '../core/error.ts';
import type { Host } from '../core/host.ts';
import type { Time } from '../core/time.ts';
import type { Facts } from '../proxmox/facts.ts';
import { steadyRandom } from '../twin/random.ts';
import { seedTwin } from '../twin/seed.ts';
import type { TwinHardware } from '../twin/state.ts';
import { openTwin, Twin, type TwinOptions } from '../twin/twin.ts';
import type { Io } from './io.ts';

/** What of a project its twin is made from. */
export interface TwinPlace {
  readonly cacheDir: string;
  readonly config: { readonly fleet: Fleet };
}

/** `latency`: `none`, `real`, or a factor such as `0.01`: every command, and every wait, takes that part of its real time. */
export function openTwinHost(io: Io, project: TwinPlace, latency = 'none'): Twin {
  const factor = latency === 'none' ? 0 : latency === 'real' ? 1 : Number(latency);
  if (!Number.isFinite(factor) || factor < 0) {
    throw new PhxError('usage', {
      title: `--twin-latency ${latency}`,
      hint: 'It is none, real, or a factor such as 0.01.',
    });
  }
  return openTwin({
    stateFile: join(project.cacheDir, 'twin', 'state.json'),
    hardware: hardwareOf(project.config.fleet),
    latency: factor > 0 ? 'real' : 'none',
    ...(factor > 0 ? { speed: 1 / factor } : {}),
    clock: io.clock,
    sleep: io.sleep,
  });
}

/** The time that waits pass in: on a simulated node its own, else that of the process. */
export function timeOf(io: Io, host: Host): Time {
  return host instanceof Twin ? host.time : { now: io.clock, sleep: io.sleep };
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

/** By what a plan knows the host again that it was made for; a twin that nothing was done on yet is as good as any other. */
export async function knownAs(host: Host): Promise<string> {
  return host instanceof Twin && host.isNew() ? 'a new twin' : host.identity();
}

/** How a copy differs from one that answers at once and ends with the process. */
export type CopyOptions = Pick<TwinOptions, 'latency' | 'killRun'>;

/**
 * A copy of the host that a plan may change as it likes: the twin's own fork, or a twin that looks like the node. What is
 * made up there (addresses of cards, UUIDs) is the same for each copy. With latency `real` commands take as long as on a
 * node, in a time that is not waited for.
 */
export function copyOf(host: Host, facts: Facts, options: CopyOptions = {}): Twin {
  const own = { random: steadyRandom(), speed: 'skip', ...options } as const;
  return host instanceof Twin ? host.fork(own) : seedTwin(facts, own);
}
