/** A cluster for tests: three nodes with a pool each and a shared storage, a counting clock, a repeatable randomness. */

import { type ClusterOptions, openTwinCluster, type TwinCluster } from '../../src/twin/cluster.ts';
import { all, disks, hardware } from './node.ts';

export const names = ['pve1', 'pve2', 'pve3'] as const;

/** Fresh nodes; time moves by ten milliseconds at each look at the clock. */
export function freshCluster(
  options: Partial<ClusterOptions> = {},
  nodes: readonly string[] = names,
): TwinCluster {
  let now = Date.UTC(2025, 0, 1);
  let seed = 7;
  return openTwinCluster({
    nodes: Object.fromEntries(
      nodes.map((node, n) => [node, { ...hardware, node, address: `10.0.0.${11 + n}/24` }]),
    ),
    clock: () => {
      now += 10;
      return now;
    },
    random: () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    },
    ...options,
  });
}

/** On each node the pool `tank` with the storage `fast`, for all the share `nas` with a template on it. */
export async function furnishedCluster(
  options: Partial<ClusterOptions> = {},
  nodes: readonly string[] = names,
): Promise<TwinCluster> {
  const cluster = freshCluster(options, nodes);
  for (const name of nodes) await all(cluster.node(name), `zpool create tank ${disks[0]}`);
  await all(
    cluster.node(nodes[0] ?? ''),
    'pvesm add zfspool fast --pool tank --content rootdir,images',
    'pvesm add nfs nas --server 10.0.0.99 --export /data --content rootdir,images,vztmpl,backup',
    'pveam download nas debian-12-standard_12.7-1_amd64.tar.zst',
  );
  return cluster;
}

export const template = 'nas:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst';

/** Makes a container: `on` names its storage. */
export function create(id: number, on = 'fast', more = ''): string {
  return `pct create ${id} ${template} --rootfs ${on}:4 --hostname ct${id} --unprivileged 1${more}`;
}
