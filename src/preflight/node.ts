/** The node itself: whether it can be written to, and what it still waits for. Pure. */

import { rebootTask } from '../config/task-names.ts';
import { membersFile, parseMembers } from '../proxmox/members.ts';
import { notesOf } from '../proxmox/reboot-notes.ts';
import { rebootFile } from '../proxmox/workspace.ts';
import type { Kind } from './scene.ts';

/** Nothing below /etc/pve can be changed while most nodes of the cluster are away (F26). */
export const quorum: Kind = ({ facts, demanded }) => {
  const cluster = parseMembers(facts.files.get(membersFile));
  if (demanded.size === 0 || !cluster || cluster.quorate) return [];
  return [
    {
      subject: facts.host.node.name,
      title: `the node has no quorum: /etc/pve is read-only`,
      facts: [['cluster', `${cluster.name}, ${cluster.nodes} nodes`]],
      hint: 'Bring the other nodes back. A node that is to stay alone meanwhile can be told so: pvecm expected 1.',
      ...{ command: 'pvecm status', severity: 'blocks' },
    },
  ];
};

export const reboot: Kind = ({ facts, demanded }) => {
  const { bootId, name } = facts.host.node;
  const notes = notesOf(facts.files.get(rebootFile)).filter(({ boot }) => boot === bootId);
  // Where the gate is part of the run, it says so itself, and can reboot.
  if (notes.length === 0 || demanded.has(rebootTask)) return [];
  return [
    {
      subject: name,
      title: 'the node waits for a reboot that is no part of this run',
      facts: notes.map(({ task, why }) => [task, why] as const),
      hint: 'What counts only from then on is not there yet for guests that rest on it.',
      ...{ command: `phx run ${rebootTask}`, severity: 'warns' },
    },
  ];
};
