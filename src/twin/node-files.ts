/** The node's files with the views under /etc/pve and /proc: guests' confs and storage.cfg are the state itself. */

import { bootOf } from './boot.ts';
import { refuse } from './call.ts';
import { isMembership, madeUpFile } from './cluster-files.ts';
import type { SeenGuest } from './cluster-state.ts';
import { clusterOf } from './cluster-view.ts';
import { dirOf, isDir, isFile, makeDirs, normalPath, putFile, removeTree } from './files.ts';
import { bareTree, freshTree } from './guest-tree.ts';
import { placeOf } from './guests.ts';
import { profilesFile } from './profiles.ts';
import type { TwinState } from './state.ts';
import { parseStorageCfg, printStorageCfg } from './storage-cfg.ts';
import { taskFile } from './task-log.ts';

const guestConf = /^\/etc\/pve\/(?:nodes\/([^/]+)\/)?(lxc|qemu-server)\/(\d+)\.conf$/;

/** The limit of the ZFS cache, as the loaded module takes it: 0 is its own choice. */
export const arcMax = '/sys/module/zfs/parameters/zfs_arc_max';

/** Where a guest's conf lies. */
interface ConfPlace {
  readonly node: string;
  readonly kind: 'ct' | 'vm';
  readonly id: string;
}

/** Which guest's conf a path means: of this node, or of another one of its cluster. */
function confPlace(state: TwinState, path: string): ConfPlace | undefined {
  const [, node = state.hardware.node, folder, id] = guestConf.exec(path) ?? [];
  return id === undefined ? undefined : { node, kind: folder === 'lxc' ? 'ct' : 'vm', id };
}

/** The guest whose conf this is; one of the other kind has its conf in the other folder. */
function seenGuest(state: TwinState, { node, kind, id }: ConfPlace): SeenGuest | undefined {
  const guests = node === state.hardware.node ? state.guests : (clusterOf(state)?.guests(node) ?? {});
  const guest = Object.hasOwn(guests, id) ? guests[id] : undefined;
  return guest && (guest.kind ?? 'ct') === kind ? guest : undefined;
}

/** The state of the node that a conf belongs to; refuses where it is not there to be changed. */
function holder(state: TwinState, { node }: ConfPlace, path: string): TwinState {
  if (node === state.hardware.node) return state;
  return clusterOf(state)?.owner(node) ?? refuse(`ENOENT: no such file or directory, open '${path}'`);
}

/** Where a path leads: /etc/pve/local is a link to the node's own folder. */
function realPath(state: TwinState, asked: string): string {
  return normalPath(asked).replace(/^\/etc\/pve\/local\//, `/etc/pve/nodes/${state.hardware.node}/`);
}

/** The text of a file on the node, or undefined. */
export function nodeFile(state: TwinState, asked: string): string | undefined {
  const path = realPath(state, asked);
  const conf = confPlace(state, path);
  if (conf) return seenGuest(state, conf)?.conf;
  switch (path) {
    case '/etc/pve/storage.cfg':
      return printStorageCfg(state.storages);
    case '/etc/machine-id':
      return `${state.machineId}\n`;
    case '/proc/sys/kernel/random/boot_id':
      return `${state.bootId}\n`;
    case '/proc/meminfo':
      return `MemTotal:       ${state.hardware.memory * 1024} kB\n`;
    case '/proc/driver/nvidia/version':
      return (
        state.nvidia.loaded &&
        `NVRM version: NVIDIA UNIX x86_64 Kernel Module  ${state.nvidia.loaded}  Release Build\n`
      );
    case '/proc/cmdline':
      return `${bootOf(state).cmdline}\n`;
    case arcMax:
      return `${state.arcMax ?? '0'}\n`;
    case '/proc/modules':
      return state.modules.map((name) => `${name} 16384 0 - Live 0x0\n`).join('');
    case '/sys/kernel/security/apparmor/profiles':
      return profilesFile(state);
    case '/var/lib/nfs/etab':
      return state.exports && etab(state.exports);
    case '/proc/version':
      return `Linux version ${bootOf(state).kernel}\n`;
  }
  const entry = state.files[path];
  // What was observed of a node as one of a cluster is not so in another one.
  const observed = entry && !entry.dir && !(clusterOf(state) && isMembership(path));
  return observed ? entry.text : (madeUpFile(state, path) ?? taskFile(state, path));
}

/** What exportfs keeps: path, then the client with its options. */
function etab(exports: readonly string[]): string {
  return exports
    .map((line) => line.split('\t'))
    .map(
      ([path = '', client = '', options = '']) => `${path.replaceAll(' ', '\\040')}\t${client}(${options})\n`,
    )
    .join('');
}

/** Is it there, as file or directory? */
export function nodeHas(state: TwinState, asked: string, kind: 'any' | 'file' | 'dir'): boolean {
  const path = realPath(state, asked);
  const file = nodeFile(state, path) !== undefined || isFile(state.files, path);
  if (kind === 'file') return file;
  return isDir(state.files, path) ? true : kind === 'any' && file;
}

/** Writes a file, as an editor would: a guest's conf and storage.cfg become the state. */
export function writeNodeFile(state: TwinState, asked: string, text: string, mode?: number): void {
  const path = realPath(state, asked);
  const conf = confPlace(state, path);
  if (conf) {
    const { guests } = holder(state, conf, path);
    const { id } = conf;
    const guest = guests[id];
    const taken = guest ? (guest.kind ?? 'ct') !== conf.kind : placeOf(state, id) !== undefined;
    if (taken) refuse(`EEXIST: file already exists, open '${path}'`);
    if (guest) guest.conf = text;
    else if (conf.kind === 'ct') guests[id] = { conf: text, tree: freshTree('debian'), snapshots: {} };
    else guests[id] = { kind: 'vm', conf: text, tree: bareTree(), snapshots: {} };
    return;
  }
  if (path === '/etc/pve/storage.cfg') {
    state.storages = parseStorageCfg(text);
    return;
  }
  if (path === arcMax) {
    if (/^\d+$/.test(text.trim())) state.arcMax = text.trim();
    return;
  }
  makeDirs(state.files, dirOf(path));
  putFile(state.files, path, text, mode);
}

/** Removes a file or, with all below it, a directory. */
export function removeNodeFile(state: TwinState, asked: string): void {
  const path = realPath(state, asked);
  const conf = confPlace(state, path);
  if (!conf) removeTree(state.files, path);
  else if (seenGuest(state, conf)) delete holder(state, conf, path).guests[conf.id];
}

/**
 * Gives a guest to another node by moving its conf there, as is done by hand after a node was lost; its volumes stay where
 * they are. False when the paths are not two such files.
 */
export function moveGuestConf(state: TwinState, from: string, to: string): boolean {
  const [source, target] = [realPath(state, from), realPath(state, to)];
  const [old, fresh] = [confPlace(state, source), confPlace(state, target)];
  if (!old || !fresh || !seenGuest(state, old)) return false;
  if (old.node === fresh.node && old.id === fresh.id) return true;
  const { guests } = holder(state, old, source);
  const guest = guests[old.id];
  const other = placeOf(state, fresh.id);
  if (!guest || (old.id !== fresh.id && other) || old.kind !== fresh.kind)
    refuse(`mv: cannot move '${from}' to '${to}': File exists`, 1);
  delete guests[old.id];
  // What ran on the other node runs there no more: else nobody would move it.
  delete guest.running;
  holder(state, fresh, target).guests[fresh.id] = guest;
  return true;
}
