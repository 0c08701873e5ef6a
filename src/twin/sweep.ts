/** Prints the facts sweep from the twin's state, in the format of `proxmox/sweep.ts`. It runs no shell. */

import { layersPath } from '../proxmox/guest-layer.ts';
import { vmlistFile } from '../proxmox/members.ts';
import { sweptModules } from '../proxmox/sweep-host.ts';
import { imagesFolder } from '../proxmox/workspace.ts';
import { groupFile, nameOf, passwdFile } from './accounts.ts';
import { bootOf } from './boot.ts';
import type { Call } from './call.ts';
import { nvidiaDevices } from './devices.ts';
import { dirOf, isDir, normalPath, sizeOf } from './files.ts';
import { guestIds } from './guests.ts';
import { blocksOf, printBlock, sweptDisks } from './lsblk.ts';
import { nodeFile } from './node-files.ts';
import { iommuGroups, isNvidiaDisplay, pciDevices } from './pci.ts';
import { templatesIn } from './pvesm-show.ts';
import type { TwinState } from './state.ts';
import { sweptGroups, sweptLogical, sweptRooms } from './storage/room-facts.ts';
import { printStorageCfg } from './storage-cfg.ts';
import { findUnit } from './units.ts';
import { roomsOnce, sweptDatasets, sweptPools } from './zfs-facts.ts';

export function sweep(call: Call, scopes: readonly string[]): undefined {
  const { state } = call;
  const lines = ['@sweep 1'];
  for (const scope of scopes) {
    if (scope === 'host') hostFacts(state, lines);
    else if (scope.startsWith('clock:')) lines.push(clockFacts(state));
    else if (scope === 'guests') for (const id of guestIds(state)) guestFacts(state, id, lines);
    else if (scope.startsWith('guests-of:')) otherFacts(state, scope.slice(10), lines);
    else if (scope.startsWith('guest:')) guestFacts(state, Number(scope.slice(6)), lines);
    else if (scope.startsWith('file:')) fileFacts(state, scope.slice(5), lines);
    else if (scope.startsWith('dir:')) dirFacts(state, scope.slice(4), lines);
  }
  for (const scope of scopes) if (scope.startsWith('unit:')) unitFacts(state, scope.slice(5), lines);
  call.out(`${lines.join('\n')}\n@end\n`);
}

/** The time that was waited for on a twin, and passed at once, is not the node's fault. */
function clockFacts({ clock }: TwinState): string {
  const synchronized = clock?.synchronized === undefined ? '-' : clock.synchronized ? 'yes' : 'no';
  return `@clock ${clock?.ahead ?? 0} ${synchronized}`;
}

function text(lines: string[], content: string): void {
  if (content === '') lines.push('');
  else for (const line of content.replace(/\n$/, '').split('\n')) lines.push(`|${line}`);
}

function hostFacts(state: TwinState, lines: string[]): void {
  const { hardware, machineId } = state;
  const { kernel, kernels, cmdline } = bootOf(state);
  const name = state.hostname ?? hardware.node;
  lines.push(
    `@node ${name} ${machineId} ${state.bootId} ${kernel} ${hardware.memory * 1024}${hardware.cores ? ` ${hardware.cores}` : ''}`,
  );
  lines.push(`@time ${state.timezone || '-'}`, '@cmdline', `|${cmdline}`);
  lines.push(`@boot ${hardware.bootloader ?? 'grub'}`, '@kernels', ...kernels.map((one) => `|${one}`));
  lines.push(`@iommu ${iommuGroups(state)}`);
  lines.push('@interfaces', ...state.bridges.map((name) => `|${name}`));
  lines.push('@packages');
  for (const [name, version] of Object.entries(state.packages)) lines.push(`|${name}\t${version}`);
  lines.push(
    '@modules',
    ...sweptModules.filter((module) => state.modules.includes(module)).map((module) => `|${module}`),
  );
  lines.push('@nvidia');
  if (state.nvidia.loaded) lines.push(`|loaded ${state.nvidia.loaded}`);
  if (state.nvidia.installed) lines.push(`|installed ${state.nvidia.installed}`);
  lines.push(...nvidiaDevices(state).map((path) => `|device ${path}`));
  const devices = pciDevices(state);
  lines.push('@pci', ...devices.map((one) => `|${one.address} ${one.id} ${one.class} ${one.driver ?? '-'}`));
  lines.push('@gpus', ...devices.filter(isNvidiaDisplay).map((one) => `|${one.address}`));
  lines.push('@disks', ...sweptDisks(state));
  lines.push('@blocks', ...blocksOf(state).map((block) => `|${printBlock(block)}`));
  lines.push('@storage');
  text(lines, printStorageCfg(state.storages));
  const rooms = roomsOnce(state);
  lines.push('@rooms', ...sweptRooms(state, rooms()), '@templates');
  for (const storage of state.storages) {
    const path = storage.options.path;
    if (path !== undefined)
      for (const one of templatesIn(state, path)) lines.push(`|${one.size} ${one.path}`);
  }
  lines.push('@images');
  for (const [path, entry] of Object.entries(state.files).sort())
    if (dirOf(path) === imagesFolder && !entry.dir && !path.endsWith('.part'))
      lines.push(`|${sizeOf(entry)} ${path}`);
  lines.push('@groups', ...sweptGroups(state, rooms()), '@logical', ...sweptLogical(state, rooms()));
  lines.push('@zpools');
  for (const [name, pool] of Object.entries(state.pools))
    lines.push(`|${name}\t${pool.size}\t${rooms().free(name)}\tONLINE`);
  lines.push('@vdevs');
  for (const [name, pool] of Object.entries(state.pools))
    for (const vdev of pool.vdevs) lines.push(`|${name}\t${vdev.kind}\t${vdev.disk}`);
  lines.push('@pools', ...sweptPools(state));
  lines.push('@zfs', ...sweptDatasets(state, rooms));
}

function unitFacts(state: TwinState, name: string, lines: string[]): void {
  const found = findUnit(state, name);
  const file = found?.file ?? (found?.enabled ? 'enabled' : 'disabled');
  lines.push(`@unit ${name} ${found ? (found.active ? 'active' : 'inactive') : '-'} ${found ? file : '-'}`);
}

/** The guests of another node, as far as the cluster file system tells of them. */
function otherFacts(state: TwinState, node: string, lines: string[]): void {
  for (const [id, { node: home, type }] of Object.entries(vmlistOf(state))) {
    if (home !== node) continue;
    const conf = nodeFile(
      state,
      `/etc/pve/nodes/${node}/${type === 'lxc' ? 'lxc' : 'qemu-server'}/${id}.conf`,
    );
    if (conf === undefined) continue;
    lines.push(`@guest ${type === 'lxc' ? 'ct' : 'vm'} ${id} unknown ${node}`);
    text(lines, conf);
    if (conf !== '' && !conf.endsWith('\n')) lines.push(`@cut ${id}`);
  }
}

/** What /etc/pve/.vmlist says. */
function vmlistOf(state: TwinState): Readonly<Record<string, { node: string; type: 'lxc' | 'qemu' }>> {
  const { ids = {} } = JSON.parse(nodeFile(state, vmlistFile) ?? '{}') as {
    ids?: Record<string, { node: string; type: 'lxc' | 'qemu' }>;
  };
  return ids;
}

function guestFacts(state: TwinState, id: number, lines: string[]): void {
  const guest = state.guests[id];
  if (!guest) return;
  const kind = guest.kind ?? 'ct';
  lines.push(
    `@guest ${kind} ${id} ${guest.running ? `running ${guest.running.start ?? guest.running.since}` : 'stopped'}`,
  );
  text(lines, guest.conf);
  if (guest.conf !== '' && !guest.conf.endsWith('\n')) lines.push(`@cut ${id}`);
  // Into a VM nobody sees from outside.
  if (!guest.running || kind === 'vm') return;
  lines.push(`@layers ${id}`);
  const layers = guest.tree.files[layersPath]?.text;
  if (layers !== undefined) text(lines, layers);
}

function dirFacts(state: TwinState, path: string, lines: string[]): void {
  if (!isDir(state.files, normalPath(path))) {
    lines.push(`@nodir ${path}`);
    return;
  }
  const entry = state.files[normalPath(path)];
  const [uid = '0', gid = '0'] = entry?.owner?.split(':') ?? [];
  const names = `${nameOf(state, passwdFile, uid)}:${nameOf(state, groupFile, gid)}`;
  lines.push(`@dir ${names} ${uid}:${gid} ${(entry?.mode ?? 0o755).toString(8)} ${path}`);
}

function fileFacts(state: TwinState, path: string, lines: string[]): void {
  const content = nodeFile(state, path);
  if (content === undefined) lines.push(`@absent ${path}`);
  else {
    lines.push(`@file ${path}`);
    text(lines, content);
  }
}
