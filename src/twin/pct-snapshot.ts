/** `pct snapshot`, `delsnapshot` and `rollback` (B25, B27, B41, B47, B67). */

import { copySection, sorted } from '../proxmox/conf.ts';
import { type Call, refuse, type Work } from './call.ts';
import { copyTree } from './guest-tree.ts';
import {
  addUnused,
  checkLock,
  findGuest,
  type Guest,
  isTemplate,
  loadGuest,
  mountsOf,
  save,
} from './guests.ts';
import { workTime } from './latency.ts';
import type { Given } from './options.ts';
import { inSnapshot } from './pct-apply.ts';
import { halt, startGuest } from './pct-power.ts';
import { findStorage } from './storages.ts';
import { canSnapshot, findVolume, parseVolumeId } from './volumes.ts';

export function* pctSnapshot(call: Call, { values }: Given): Work {
  const id = values.get('vmid') ?? '';
  const name = values.get('snapname') ?? '';
  if (name === 'current') refuse("unable to use snapshot name 'current' (reserved name)");
  const guest = loadGuest(call, id);
  if (isTemplate(guest.conf)) refuse("you can't take a snapshot if it's a template");
  checkLock(guest);
  if (guest.conf.snapshots.has(name)) refuse(`snapshot name '${name}' already used`);
  const mounts = mountsOf(guest.conf);
  if (mounts.some((mount) => mount.kind !== 'volume' || !canSnapshot(call.state, mount.source)))
    refuse('snapshot feature is not available');
  for (const mount of mounts) findVolume(call.state, mount.source);
  yield* locked(call, guest, 'snapshot', workTime('pct snapshot'));
  const now = loadGuest(call, id);
  const { conf, state } = now;
  const section = copySection(conf);
  for (const key of sorted(section.keys.keys())) if (/^(lock|unused\d+)$/.test(key)) section.keys.delete(key);
  section.description = values.get('description') ?? '';
  section.keys.set('snaptime', String(Math.floor(call.now() / 1000)));
  conf.snapshots.set(name, section);
  conf.keys.set('parent', name);
  state.snapshots[name] = copyTree(state.tree);
  for (const mount of mountsOf(conf)) call.state.volumes[mount.source]?.snapshots.push(name);
  save(now);
}

/** Holds a lock in the conf while time passes; it is taken away again also when the command is interrupted. */
function* locked(call: Call, guest: Guest, lock: string, ms: number): Work {
  guest.conf.keys.set('lock', lock);
  save(guest);
  try {
    yield ms;
  } finally {
    const now = findGuest(call, guest.id);
    if (now) {
      now.conf.keys.delete('lock');
      save(now);
    }
  }
}

export function* pctDelSnapshot(call: Call, { values }: Given): Work {
  const id = values.get('vmid') ?? '';
  const name = values.get('snapname') ?? '';
  const guest = loadGuest(call, id);
  if (!guest.conf.snapshots.has(name)) refuse(`snapshot '${name}' does not exist`);
  checkLock(guest);
  yield* locked(call, guest, 'snapshot-delete', workTime('pct delsnapshot'));
  const now = loadGuest(call, id);
  const { conf, state } = now;
  const gone = conf.snapshots.get(name);
  conf.snapshots.delete(name);
  delete state.snapshots[name];
  const parent = gone?.keys.get('parent');
  for (const section of [conf, ...conf.snapshots.values()]) {
    if (section.keys.get('parent') !== name) continue;
    if (parent === undefined) section.keys.delete('parent');
    else section.keys.set('parent', parent);
  }
  for (const mount of gone ? mountsOf(gone) : []) {
    const volume = call.state.volumes[mount.source];
    if (volume) volume.snapshots = volume.snapshots.filter((one) => one !== name);
    if (volume && !inSnapshot(conf, mount.source)) addUnused(conf, mount.source);
  }
  save(now);
}

export function* pctRollback(call: Call, { values }: Given): Work {
  const id = values.get('vmid') ?? '';
  const name = values.get('snapname') ?? '';
  const guest = loadGuest(call, id);
  const section = guest.conf.snapshots.get(name);
  if (!section) return refuse(`snapshot '${name}' does not exist`);
  checkLock(guest);
  for (const mount of mountsOf(section)) checkNewest(call, mount.source, name);
  if (guest.state.running) halt(call, guest.id);
  yield* locked(call, loadGuest(call, id), 'rollback', workTime('pct rollback'));
  restore(loadGuest(call, id), name);
  if (values.get('start') === '1') yield* startGuest(call, guest.id, false);
}

/** On zfspool only the newest snapshot can be rolled back to (F9; from the source of pve-storage, not recorded). */
function checkNewest(call: Call, volid: string, name: string): void {
  const volume = findVolume(call.state, volid);
  if (findStorage(call.state, parseVolumeId(volid).storage).type !== 'zfspool') return;
  if (volume.snapshots.at(-1) !== name)
    refuse(`can't rollback, '${name}' is not most recent snapshot on '${volid}'`);
}

function restore(guest: Guest, name: string): void {
  const { conf, state } = guest;
  const section = conf.snapshots.get(name);
  if (!section) return;
  const before = mountsOf(conf);
  const unused = [...conf.keys].filter(([key]) => /^unused\d+$/.test(key));
  conf.keys = new Map(section.keys);
  conf.lxc = section.lxc.map((line) => ({ ...line }));
  for (const [key, value] of unused) conf.keys.set(key, value);
  for (const mount of before) if (mount.kind === 'volume') addUnused(conf, mount.source);
  conf.keys.delete('snaptime');
  conf.keys.set('parent', name);
  conf.pending.keys.clear();
  conf.pendingDelete = [];
  const tree = state.snapshots[name];
  if (tree) state.tree = copyTree(tree);
  save(guest);
}
