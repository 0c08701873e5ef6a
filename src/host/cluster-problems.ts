/** Why nothing can be done on a node of a cluster, and the way out. Pure texts. */

import { UnreachableError } from '../core/error.ts';
import type { Problem } from '../core/event.ts';

export function nobodyThere(away: ReadonlyMap<string, Problem>): UnreachableError {
  return new UnreachableError([...away.values()][0] ?? { title: 'There is no node' });
}

export function outOfReach(name: string, { title, facts, hint, command }: Problem): Problem {
  return {
    ...{ title: title.includes(name) ? title : `Node ${name}: ${title}`, facts },
    hint: hint ?? 'What lives there is not known now, and is left as it is. The other nodes are worked on.',
    ...(command === undefined ? {} : { command }),
  };
}

export function misnamed(name: string, own: string): Problem {
  return {
    title: `Node ${name} calls itself ${own}`,
    facts: [],
    hint: `Is this the machine that you mean? phoenixfile.ts names nodes as Proxmox VE names them.`,
    command: `phx facts --host ${name}`,
  };
}

export function stranger(name: string, cluster: string): Problem {
  return {
    title: `Node ${name} is no member of the cluster ${cluster}`,
    facts: [],
    hint: 'What lives there is left as it is: let it join, or take it out of phoenixfile.ts.',
    command: 'pvecm status',
  };
}

export function alone(name: string): Problem {
  return {
    title: `Node ${name} has lost the cluster`,
    facts: [['why', 'it has no quorum: its /etc/pve is read-only']],
    hint: 'What lives there is left as it is until the node has joined the others again.',
    command: 'pvecm status',
  };
}

export function unknownNode(name: string): Problem {
  return {
    title: `Node ${name} is none of this project`,
    facts: [],
    hint: 'phoenixfile.ts does not name it under nodes: add how it is reached.',
  };
}
