/** What snapshots of containers and of VMs have in common: sections of a conf, their order, the lock meanwhile (B41, B67). */

import { type ConfSection, copySection, sorted } from '../proxmox/conf.ts';
import { type Call, refuse, type Work } from './call.ts';
import { copyTree } from './guest-tree.ts';
import { type Guest, isTemplate } from './guests.ts';
import { findStorage } from './storages.ts';
import { canSnapshot, findVolume, parseVolumeId } from './volumes.ts';

/** One kind of guests. */
export interface Kind {
  /** Undefined: it is gone. */
  readonly find: (call: Call, id: number) => Guest | undefined;
  readonly save: (call: Call, guest: Guest) => void;
}

/** What Proxmox asks before it takes one; `sources` are what would be taken, undefined for what is no volume. */
export function checkSnapshot(
  call: Call,
  { conf }: Guest,
  name: string,
  sources: readonly (string | undefined)[],
): void {
  if (conf.snapshots.has(name)) refuse(`snapshot name '${name}' already used`);
  if (sources.some((source) => source === undefined || !canSnapshot(call.state, source)))
    refuse('snapshot feature is not available');
  for (const source of sources) findVolume(call.state, source ?? '');
}

export function refuseName(name: string): void {
  if (name === 'current') refuse("unable to use snapshot name 'current' (reserved name)");
}

export function refuseTemplate({ conf }: Guest): void {
  if (isTemplate(conf)) refuse("you can't take a snapshot if it's a template");
}

/** Holds a lock in the conf while time passes; it is taken away again also when the command is interrupted. */
export function* locked(call: Call, guest: Guest, lock: string, ms: number, { find, save }: Kind): Work {
  guest.conf.keys.set('lock', lock);
  save(call, guest);
  try {
    yield ms;
  } finally {
    const now = find(call, guest.id);
    if (now) {
      now.conf.keys.delete('lock');
      save(call, now);
    }
  }
}

/** Adds the section; of the volumes only the names are noted. */
export function addSection(
  call: Call,
  { conf, state }: Guest,
  name: string,
  description: string,
  sources: readonly string[],
): ConfSection {
  const section = copySection(conf);
  for (const key of sorted(section.keys.keys())) if (/^(lock|unused\d+)$/.test(key)) section.keys.delete(key);
  section.description = description;
  section.keys.set('snaptime', String(Math.floor(call.now() / 1000)));
  conf.snapshots.set(name, section);
  conf.keys.set('parent', name);
  state.snapshots[name] = copyTree(state.tree);
  for (const source of sources) call.state.volumes[source]?.snapshots.push(name);
  return section;
}

/** Takes the section away, with the snapshots of these volumes; whoever came after it now comes after the one before. */
export function dropSection(
  call: Call,
  { conf, state }: Guest,
  name: string,
  sources: readonly string[],
): void {
  const parent = conf.snapshots.get(name)?.keys.get('parent');
  conf.snapshots.delete(name);
  delete state.snapshots[name];
  for (const section of [conf, ...conf.snapshots.values()]) {
    if (section.keys.get('parent') !== name) continue;
    if (parent === undefined) section.keys.delete('parent');
    else section.keys.set('parent', parent);
  }
  for (const source of sources) {
    const volume = call.state.volumes[source];
    if (volume) volume.snapshots = volume.snapshots.filter((one) => one !== name);
  }
}

export function sectionOf({ conf }: Guest, name: string): ConfSection {
  return conf.snapshots.get(name) ?? refuse(`snapshot '${name}' does not exist`);
}

/** On zfspool only the newest snapshot can be rolled back to (F9; from the source of pve-storage, not recorded). */
export function checkNewest(call: Call, volid: string, name: string): void {
  const volume = findVolume(call.state, volid);
  if (findStorage(call.state, parseVolumeId(volid).storage).type !== 'zfspool') return;
  if (volume.snapshots.at(-1) !== name)
    refuse(`can't rollback, '${name}' is not most recent snapshot on '${volid}'`);
}
