/** What snapshots of containers and of VMs have in common: sections of a conf, their order, the lock meanwhile (B41, B67). */

import { type ConfSection, copySection, sorted } from '../proxmox/conf.ts';
import { type Call, refuse, type Work } from './call.ts';
import { copyTree } from './guest-tree.ts';
import { type Guest, isTemplate } from './guests.ts';
import { canSnapshot } from './storage/abilities.ts';
import { findVolume, takeSnapshot } from './storage/volumes.ts';

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
  takeAll(call, name, sources);
  const section = copySection(conf);
  for (const key of sorted(section.keys.keys())) if (/^(lock|unused\d+)$/.test(key)) section.keys.delete(key);
  section.description = description;
  section.keys.set('snaptime', String(Math.floor(call.now() / 1000)));
  conf.snapshots.set(name, section);
  conf.keys.set('parent', name);
  state.snapshots[name] = copyTree(state.tree);
  return section;
}

/** Of all of them or of none: what was taken before a refusal is taken away again. */
function takeAll(call: Call, name: string, sources: readonly string[]): void {
  const taken: string[] = [];
  try {
    for (const source of sources) {
      takeSnapshot(call, source, name);
      taken.push(source);
    }
  } catch (error) {
    for (const source of taken) dropSnapshot(call, source, name);
    call.err('snapshot create failed: starting cleanup\n');
    throw error;
  }
}

function dropSnapshot(call: Call, source: string, name: string): void {
  const volume = call.state.volumes[source];
  if (volume) volume.snapshots = volume.snapshots.filter((one) => one !== name);
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
  for (const source of sources) dropSnapshot(call, source, name);
}

export function sectionOf({ conf }: Guest, name: string): ConfSection {
  return conf.snapshots.get(name) ?? refuse(`snapshot '${name}' does not exist`);
}
