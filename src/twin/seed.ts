/** A twin's state that looks like a real node: made from its facts, so that a plan can be tried on it. Reads no host. */

import { type GuestConf, parseConf, parseProperties, splitList } from '../proxmox/conf.ts';
import type { Facts, GuestFacts } from '../proxmox/facts.ts';
import { layersPath, printLayer } from '../proxmox/guest-script.ts';
import { dirOf, makeDirs, putFile } from './files.ts';
import { freshState } from './fresh.ts';
import { freshTree } from './guest-tree.ts';
import type { Random } from './random.ts';
import type { GuestState, TwinHardware, TwinState, Volume } from './state.ts';
import { parseStorageCfg } from './storage-cfg.ts';

/** What a sweep does not tell (the inside of stopped guests, free space) is as on a fresh node. */
export function seededState(facts: Facts, hardware: TwinHardware, now: number, random: Random): TwinState {
  const { node, nvidia, zpools, datasets, packages, modules, bridges, storageCfg, templates } = facts.host;
  const machine = { ...hardware, node: node.name, memory: node.memory };
  const state = freshState(machine, now, random);
  state.machineId = node.machineId;
  state.bootId = node.bootId;
  state.packages = Object.fromEntries(packages);
  state.modules = [...modules];
  state.bridges = [...bridges];
  state.storages = parseStorageCfg(storageCfg);
  state.nvidia = {
    ...(nvidia.installed ? { installed: nvidia.installed } : {}),
    ...(nvidia.loaded ? { loaded: nvidia.loaded } : {}),
  };
  for (const [name, pool] of zpools) {
    state.pools[name] = { size: pool.size, vdevs: pool.vdevs.map((vdev) => ({ ...vdev })), options: {} };
  }
  for (const [name, properties] of datasets) state.datasets[name] = { props: Object.fromEntries(properties) };
  for (const [path, text] of facts.files) if (text !== undefined) place(state, path, text);
  for (const { path, size } of templates) {
    place(state, path, '');
    const entry = state.files[path];
    if (entry) entry.size = size;
  }
  for (const guest of facts.guests.values()) if (guest.kind === 'ct') seedGuest(state, guest, now);
  return state;
}

function place(state: TwinState, path: string, text: string): void {
  makeDirs(state.files, dirOf(path));
  putFile(state.files, path, text);
}

function seedGuest(state: TwinState, facts: GuestFacts, now: number): void {
  const conf = parseConf(facts.conf);
  const tree = freshTree(conf.keys.get('ostype') ?? 'unmanaged');
  if (facts.layers) {
    makeDirs(tree.files, dirOf(layersPath));
    putFile(tree.files, layersPath, facts.layers.map((layer) => `${printLayer(layer)}\n`).join(''));
  }
  const guest: GuestState = { conf: facts.conf, tree, snapshots: {} };
  for (const name of conf.snapshots.keys()) guest.snapshots[name] = structuredClone(tree);
  if (facts.running) guest.running = { hostname: conf.keys.get('hostname') ?? '', since: now };
  state.guests[facts.id] = guest;
  for (const [id, volume] of volumesOf(conf, facts.id)) state.volumes[id] = volume;
}

/** The volumes that a conf names, with the sizes that it states. */
function volumesOf(conf: GuestConf, owner: number): [string, Volume][] {
  const found: [string, Volume][] = [];
  for (const [key, value] of conf.keys) {
    if (key !== 'rootfs' && !/^(mp|unused)\d+$/.test(key)) continue;
    const properties = parseProperties(value, 'volume');
    const id = properties.get('volume') ?? '';
    if (!id.includes(':')) continue;
    const format = id.includes('subvol') ? 'subvol' : 'raw';
    const storage = id.slice(0, id.indexOf(':'));
    const snapshots = [...conf.snapshots.keys()];
    found.push([id, { storage, owner, format, size: bytes(properties.get('size')), snapshots }]);
  }
  return found;
}

function bytes(size: string | undefined): number {
  const match = /^([\d.]+)([KMGT]?)$/.exec(splitList(size ?? '')[0] ?? '');
  const power = ['', 'K', 'M', 'G', 'T'].indexOf(match?.[2] ?? '');
  return match ? Math.round(Number(match[1]) * 1024 ** power) : 0;
}
