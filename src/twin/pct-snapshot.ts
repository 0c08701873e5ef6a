/** `pct snapshot`, `delsnapshot` and `rollback` (B25, B27, B41, B47, B67). */

import type { Call, Work } from './call.ts';
import { copyTree } from './guest-tree.ts';
import { addUnused, checkLock, findGuest, type Guest, loadGuest, mountsOf, save } from './guests.ts';
import { workTime } from './latency.ts';
import type { Given } from './options.ts';
import { inSnapshot } from './pct-apply.ts';
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

export function* pctSnapshot(call: Call, { values }: Given): Work {
  const id = values.get('vmid') ?? '';
  const name = values.get('snapname') ?? '';
  refuseName(name);
  const guest = loadGuest(call, id);
  refuseTemplate(guest);
  checkLock(guest);
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
  yield* locked(call, guest, 'snapshot-delete', workTime('pct delsnapshot'), container);
  const now = loadGuest(call, id);
  const gone = now.conf.snapshots.get(name);
  const sources = gone ? sourcesOf(gone) : [];
  dropSection(call, now, name, sources);
  for (const source of sources)
    if (call.state.volumes[source] && !inSnapshot(now.conf, source)) addUnused(now.conf, source);
  save(now);
}

export function* pctRollback(call: Call, { values }: Given): Work {
  const id = values.get('vmid') ?? '';
  const name = values.get('snapname') ?? '';
  const guest = loadGuest(call, id);
  const section = sectionOf(guest, name);
  checkLock(guest);
  for (const source of sourcesOf(section)) checkRollback(call.state, source, name);
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
