/** The tree of a guest's snapshots, as `pct listsnapshot` and `qm listsnapshot` print it (snap-stopped, vm-snapshots). */

import { type GuestConf, sorted } from '../proxmox/conf.ts';
import type { Call } from './call.ts';

interface Node {
  readonly name: string;
  readonly parent: string | undefined;
  /** Epoch seconds; the present state has none and is sorted last. */
  readonly time: number | undefined;
  readonly text: string;
}

export function listSnapshots(call: Call, conf: GuestConf): undefined {
  const nodes = snapshotNodes(conf);
  const names = new Set(nodes.map((node) => node.name));
  const print = (node: Node, prefix: string) => {
    const name = node.name.padEnd(Math.max(0, 30 - prefix.length));
    call.out(`${prefix} ${name} ${stamp(node.time).padEnd(23)} ${node.text}\n`);
    for (const child of nodes) if (child.parent === node.name) print(child, ` ${prefix}`);
  };
  for (const node of nodes) if (node.parent === undefined || !names.has(node.parent)) print(node, '`->');
}

function snapshotNodes(conf: GuestConf): Node[] {
  const nodes: Node[] = [];
  for (const name of sorted(conf.snapshots.keys())) {
    const section = conf.snapshots.get(name);
    if (!section) continue;
    const time = Number(section.keys.get('snaptime') ?? 0);
    const text = section.description.split('\n')[0] || 'no-description';
    nodes.push({ name, parent: section.keys.get('parent'), time, text });
  }
  const last = Number.MAX_SAFE_INTEGER;
  nodes.push({ name: 'current', parent: conf.keys.get('parent'), time: undefined, text: 'You are here!' });
  return nodes.sort((a, b) => (a.time ?? last) - (b.time ?? last));
}

/** `2024-09-08 12:00:00`, in UTC, the twin's local time. */
function stamp(time: number | undefined): string {
  return time === undefined ? '' : new Date(time * 1000).toISOString().slice(0, 19).replace('T', ' ');
}
