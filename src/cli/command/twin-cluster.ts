/** `phx twin` where the twin is a cluster: which node is meant, what all of them are, nodes that go off or are cut off. It opens nothing. */

import { PhxError } from '../../core/error.ts';
import { type NodeCondition, TwinCluster } from '../../twin/cluster.ts';
import type { Twin } from '../../twin/twin.ts';
import { summaryText } from './twin-text.ts';

/** What can become of a node of the simulated cluster. */
export const nodeWishes = ['down', 'up', 'isolated', 'joined'] as const;
export type NodeWish = (typeof nodeWishes)[number];

/** The node that a command is for: the one that is named, else the first. Throws where there is none of that name. */
export function nodeOf(twin: Twin | TwinCluster, name: string | undefined): Twin {
  if (twin instanceof TwinCluster) return twin.node(name ?? twin.names[0] ?? '');
  const own = twin.describe().hardware.node;
  if (name === undefined || name === own) return twin;
  throw new PhxError('usage', {
    title: `There is no simulated node ${name}`,
    hint: `The only one is ${own}.`,
  });
}

/** `phx twin node <name> <wish>`: switches a node off or on, cuts its link to the others, or mends it; says how all are then. */
export function changeNode(twin: Twin | TwinCluster, name: string, wish: string): string {
  if (!(twin instanceof TwinCluster))
    throw new PhxError('usage', {
      title: 'The twin of this project is a single node',
      hint: 'It is a cluster where phoenixfile.ts names several nodes.',
    });
  const known = nodeWishes.find((one) => one === wish);
  if (known === undefined)
    throw new PhxError('usage', {
      title: `${wish} is nothing that a node can be`,
      hint: `Say ${list(nodeWishes)}.`,
    });
  const change = {
    down: () => twin.down(name),
    up: () => twin.up(name),
    isolated: () => twin.isolate(name),
    joined: () => twin.join(name),
  };
  change[known]();
  return twin.names.map((node) => `${node}  ${conditionText(twin, node)}\n`).join('');
}

function conditionText(cluster: TwinCluster, node: string): string {
  const texts: Record<NodeCondition, string> = {
    up: 'up',
    down: 'switched off',
    isolated: 'up, cut off from the others',
  };
  const condition = cluster.condition(node);
  const quorum = condition === 'down' || cluster.isQuorate(node) ? '' : ', without quorum';
  return `${texts[condition]}${quorum}`;
}

/** What `phx twin show` tells of a cluster. */
export function clusterText(cluster: TwinCluster): string {
  const { id, name, nodes } = cluster.describe();
  return [
    `${name}  simulated Proxmox VE cluster (${id}): ${nodes.length} nodes`,
    '',
    ...nodes.map((node) => `${summaryText(node)}state  ${conditionText(cluster, node.node)}\n`),
  ].join('\n');
}

function list(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
