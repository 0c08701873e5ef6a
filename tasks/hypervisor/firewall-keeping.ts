/**
 * Which files of the firewall the steps of one name keep. On a single node `firewall` keeps both; of a cluster `firewall`
 * keeps cluster.fw, once for all nodes, and `host-firewall` of each node its host.fw. It knows no rule.
 */

import { firewallTask, networkTask } from '../guest/names.ts';

/** Proxmox's own name for the file of the node that it runs on. */
export const hostFile = '/etc/pve/local/host.fw';
export const clusterFile = '/etc/pve/firewall/cluster.fw';

export interface Keeping {
  /** Of the steps, and of the folder of their parts. */
  readonly name: string;
  readonly title: string;
  /** Whether cluster.fw is kept. */
  readonly cluster: boolean;
  /** Whether host.fw is kept. */
  readonly node: boolean;
  readonly files: readonly string[];
  /** The step that puts the files together. */
  readonly task: string;
  /** Comes before every other step of that name. */
  readonly optionsTask: string;
  readonly itemTask: (part: string) => string;
  /** What the options come after. */
  readonly optionsAfter: readonly string[];
  /** What the files come after, besides their parts. */
  readonly before: readonly string[];
}

function keeping(
  name: string,
  own: Pick<Keeping, 'title' | 'cluster' | 'node'> & Partial<Pick<Keeping, 'optionsAfter' | 'before'>>,
): Keeping {
  const task = `hypervisor/${name}`;
  return {
    ...{ name, task, optionsTask: `${task}:options`, itemTask: (part) => `${task}:${part}` },
    files: [...(own.cluster ? [clusterFile] : []), ...(own.node ? [hostFile] : [])],
    ...{ optionsAfter: [networkTask], before: [], ...own },
  };
}

const both = keeping('firewall', {
  ...{ title: 'firewall of the data centre and the node', cluster: true, node: true },
});

// Rules of a node may name what stands in cluster.fw, so that comes first.
const ofNode = keeping('host-firewall', {
  ...{ title: 'firewall of the node', cluster: false, node: true, before: [firewallTask] },
});

// Each node is asked first whether it would lock somebody out.
const ofCluster = keeping('firewall', {
  ...{ title: 'firewall of the data centre', cluster: true, node: false },
  optionsAfter: [networkTask, ofNode.optionsTask],
});

export function keepings(areNodes: boolean): readonly Keeping[] {
  return areNodes ? [ofCluster, ofNode] : [both];
}
