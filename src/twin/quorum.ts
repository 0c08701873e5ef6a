/**
 * What a part of a cluster without a majority of votes refuses: /etc/pve is read-only there, so nothing that is kept in it
 * can change, and no guest starts. From documentation (pmxcfs, and the checks of the tools); what runs goes on.
 */

import { refuse } from './call.ts';
import { clusterOf } from './cluster-view.ts';
import { isClusterFile } from './shared-paths.ts';
import { copyState, type TwinState } from './state.ts';

export const noQuorum = 'cluster not ready - no quorum?';

/** More than half of all votes; a node that stands alone has nobody to ask. */
export function hasMajority(votes: number, all: number): boolean {
  return votes > all / 2;
}

export function checkQuorum(state: TwinState): void {
  if (clusterOf(state)?.quorate === false) refuse(noQuorum);
}

/** Verbs that look first whether the cluster is ready, or lock a file of it. */
const changing: Readonly<Record<string, RegExp>> = {
  pct: /^(clone|create|delsnapshot|destroy|migrate|move[-_]volume|remote-migrate|resize|restore|rollback|set|snapshot|start|suspend|template|unlock)$/,
  qm: /^(clone|create|delsnapshot|destroy|disk|importdisk|importovf|migrate|move[-_]disk|reboot|resize|rollback|set|snapshot|start|suspend|template|unlink|unlock)$/,
  pvesh: /^(create|set|delete)$/,
  pvesm: /^(add|alloc|free|prune-backups|remove|set)$/,
  pvenode: /^(config set|acme|cert)$/,
  'ha-manager': /^(add|crm-command|migrate|relocate|remove|rules|set)$/,
};

function isChange(program: string, [verb = '', ...rest]: readonly string[]): boolean {
  if (program === 'pveum') return !/^(list|permissions|ticket)$/.test(rest[0] ?? '') && verb !== 'ticket';
  if (program === 'qmrestore') return true;
  return changing[program]?.test(verb) === true;
}

/** How the small programs of the node put it. */
const tools = /^(pct|qm|qmrestore|pvesh|pvesm|pveum|pveam|pvenode|vzdump|ha-manager|pve-firewall)$/;

/**
 * One step of a program on a node without quorum: what it changed of the cluster file system has not happened, and it
 * ends with the refusal.
 */
export function withoutQuorum<T>(state: TwinState, argv: readonly string[], step: () => T): T {
  const [program = '', ...args] = argv;
  const name = program.slice(program.lastIndexOf('/') + 1);
  if (isChange(name, args)) refuse(noQuorum);
  const before = copyState(state);
  const undo = () => {
    if (kept(state) === kept(before)) return;
    for (const key of Object.keys(state)) Reflect.deleteProperty(state, key);
    Object.assign(state, before);
    if (tools.test(name)) refuse(noQuorum);
    const path = args.find((arg) => arg.startsWith('/etc/pve')) ?? '/etc/pve';
    refuse(`${name}: ${path}: Permission denied`, 1);
  };
  try {
    return step();
  } finally {
    undo();
  }
}

/** What of a node lies in the cluster file system. */
function kept({ files, storages, guests }: TwinState): string {
  return JSON.stringify([
    Object.entries(files).filter(([path]) => isClusterFile(path)),
    storages,
    Object.entries(guests).map(([id, { kind, conf }]) => [id, kind, conf]),
  ]);
}

/** Refuses to write such a file, in the words of the system. */
export function checkWritable(state: TwinState, path: string, verb: 'open' | 'unlink'): void {
  if (clusterOf(state)?.quorate === false && /^\/etc\/pve(\/|$)/.test(path))
    throw new Error(`EACCES: permission denied, ${verb} '${path}'`);
}
