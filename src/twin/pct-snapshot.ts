/** `pct snapshot`, `delsnapshot` and `rollback` (B25, B27, B41, B47, B67). */

import { sorted } from '../proxmox/conf.ts';
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
import { beforeHalt, halt, startGuest } from './pct-power.ts';
import {
  addSection,
  checkSnapshot,
  dropSection,
  type Kind,
  locked,
  refuseName,
  refuseTemplate,
  sectionOf,
} from './snapshot-sections.ts';
import { checkRollback } from './storage/abilities.ts';

const container: Kind = { find: findGuest, save: (_, guest) => save(guest) };

/** Names that Proxmox keeps for itself. */
export function checkName(name: string): void {
  refuseName(name);
  if (name === 'vzdump') refuse("unable to use snapshot name 'vzdump' (reserved name)");
}

export function* pctSnapshot(call: Call, { values }: Given): Work {
  const id = values.get('vmid') ?? '';
  const name = values.get('snapname') ?? '';
  checkName(name);
  const guest = loadGuest(call, id);
  refuseTemplate(guest);
  checkLock(guest);
  dropFalseParents(call, guest, name);
  const mounts = mountsOf(guest.conf);
  const sources = mounts.map(({ kind, source }) => (kind === 'volume' ? source : undefined));
  checkSnapshot(call, guest, name, sources);
  yield* locked(call, guest, 'snapshot', workTime('pct snapshot'), container);
  const now = loadGuest(call, id);
  addSection(call, now, name, values.get('description') ?? '', sourcesOf(now.conf));
  save(now);
}

export function* pctDelSnapshot(call: Call, { values }: Given): Work {
  const id = values.get('vmid') ?? '';
  const name = values.get('snapname') ?? '';
  const guest = loadGuest(call, id);
  sectionOf(guest, name);
  checkLock(guest);
  // Its lock is not taken away again (source).
  if (isTemplate(guest.conf)) {
    guest.conf.keys.set('lock', 'snapshot-delete');
    save(guest);
    refuse("you can't delete a snapshot if vm is a template");
  }
  yield* locked(call, guest, 'snapshot-delete', workTime('pct delsnapshot'), container);
  const now = loadGuest(call, id);
  const gone = now.conf.snapshots.get(name);
  const sources = gone ? sourcesOf(gone) : [];
  dropSection(call, now, name, sources);
  // All of them, by number, also those that other snapshots hold; `save` drops what is mounted (source).
  for (const source of sources) if (call.state.volumes[source]) addUnused(now.conf, source);
  save(now);
}

export function* pctRollback(call: Call, { values }: Given): Work {
  const id = values.get('vmid') ?? '';
  const name = values.get('snapname') ?? '';
  const guest = loadGuest(call, id);
  if (isTemplate(guest.conf)) refuse("you can't rollback if vm is a template");
  const section = sectionOf(guest, name);
  for (const source of sourcesOf(section)) checkRollback(call.state, source, name);
  const half = section.keys.get('snapstate');
  if (half !== undefined) refuse(`unable to rollback to incomplete snapshot (snapstate = ${half})`);
  checkLock(guest);
  beforeHalt(call, guest.id);
  if (guest.state.running) halt(call, guest.id);
  yield* locked(call, loadGuest(call, id), 'rollback', workTime('pct rollback'), container);
  restore(loadGuest(call, id), name);
  if (values.get('start') === '1') yield* startGuest(call, guest.id, false);
}

function sourcesOf(section: Parameters<typeof mountsOf>[0]): string[] {
  return mountsOf(section).map(({ source }) => source);
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

/** One that was deleted may be named as a parent still, in a conf that was edited by hand (source). */
function dropFalseParents(call: Call, { conf }: Guest, name: string): void {
  if (conf.snapshots.has(name)) return;
  for (const one of sorted(conf.snapshots.keys())) {
    const keys = conf.snapshots.get(one)?.keys;
    if (keys?.get('parent') !== name) continue;
    call.out(`deleting parent '${name}' reference from '${one}' to avoid bogus snapshot cycle.\n`);
    keys.delete('parent');
  }
}
