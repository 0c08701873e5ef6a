/** The node's files with the views under /etc/pve and /proc: guests' confs and storage.cfg are the state itself. */

import { bootOf } from './boot.ts';
import { refuse } from './call.ts';
import { dirOf, isDir, isFile, makeDirs, normalPath, putFile, removeTree } from './files.ts';
import { bareTree, freshTree } from './guest-tree.ts';
import { kindOf } from './guests.ts';
import { profilesFile } from './profiles.ts';
import type { GuestState, TwinState } from './state.ts';
import { parseStorageCfg, printStorageCfg } from './storage-cfg.ts';

const guestConf = /^\/etc\/pve\/(?:nodes\/[^/]+\/|local\/)?(lxc|qemu-server)\/(\d+)\.conf$/;

/** The limit of the ZFS cache, as the loaded module takes it: 0 is its own choice. */
export const arcMax = '/sys/module/zfs/parameters/zfs_arc_max';

/** The guest whose conf this is; one of the other kind has its conf in the other folder. */
function guestOf(state: TwinState, [, folder, id = '']: RegExpExecArray): GuestState | undefined {
  return kindOf(state, id) === (folder === 'lxc' ? 'ct' : 'vm') ? state.guests[id] : undefined;
}

/** Where a path leads: /etc/pve/local is a link to the node's own folder. */
function realPath(state: TwinState, asked: string): string {
  return normalPath(asked).replace(/^\/etc\/pve\/local\//, `/etc/pve/nodes/${state.hardware.node}/`);
}

/** The text of a file on the node, or undefined. */
export function nodeFile(state: TwinState, asked: string): string | undefined {
  const path = realPath(state, asked);
  const conf = guestConf.exec(path);
  if (conf) return guestOf(state, conf)?.conf;
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
  return entry && !entry.dir ? entry.text : undefined;
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
  const conf = guestConf.exec(path);
  if (conf) {
    const [, folder, id = ''] = conf;
    const guest = guestOf(state, conf);
    if (guest) guest.conf = text;
    else if (state.guests[id]) refuse(`EEXIST: file already exists, open '${path}'`);
    else if (folder === 'lxc') state.guests[id] = { conf: text, tree: freshTree('debian'), snapshots: {} };
    else state.guests[id] = { kind: 'vm', conf: text, tree: bareTree(), snapshots: {} };
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
  const conf = guestConf.exec(path);
  if (!conf) removeTree(state.files, path);
  else if (guestOf(state, conf)) delete state.guests[conf[2] ?? ''];
}
