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

/** Seconds. Less than that is lost on the way to a node, and does no harm. */
const tolerated = 60;

/** What a wrong clock spoils: certificates and package lists that are not valid yet, or no longer, and names with a time in them. */
export const clock: Kind = ({ facts, demanded }) => {
  if (demanded.size === 0 || !facts.clock) return [];
  const { ahead, synchronized } = facts.clock;
  const off = Math.abs(ahead) > tolerated;
  if (!off && synchronized !== false) return [];
  return [
    {
      subject: facts.host.node.name,
      title: off
        ? `its clock is ${span(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'} this machine's`
        : 'its clock is held to no time server',
      facts: off && synchronized === false ? [['time server', 'none holds it']] : [],
      hint: 'Downloads, package lists and certificates are refused by a clock that is wrong.',
      ...{ command: 'chronyc tracking', severity: 'warns' },
    },
  ];
};

function span(seconds: number): string {
  if (seconds < 120) return `${seconds} seconds`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3600)} hours`;
}
