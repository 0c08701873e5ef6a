/** What containers and VMs of the old files have in common: memory, start, firewall, whom they wait for, snapshots. */

import { configId } from '../config/schema/scalar.ts';
import type { Json } from '../core/json.ts';
import type { Old } from './ledger.ts';
import { mountsOf } from './mounts.ts';
import { flag, move, read, text, whole } from './values.ts';
import type { Guest, Work } from './work.ts';

const unread = 'nothing in the old system ever read it';
const snapshotName = text(configId, 'the name of a snapshot');

/** Memory, cores, start with the node. `fallback` holds what the old files say for all guests of the kind. */
export function size(work: Work, guest: Guest, fallback: Old | undefined): void {
  const { draft, old } = guest;
  const memory =
    move(old.at('memory_mb'), draft, ['memory'], whole(16)) ??
    move(fallback?.at('memory_mb'), draft, ['memory'], whole(16));
  if (memory === undefined) work.guess(draft, ['memory'], 2048, 'The old file does not say how much memory.');
  const cores = whole(1, 8192);
  move(old.at('cores'), draft, ['cores'], cores) ?? move(fallback?.at('cores'), draft, ['cores'], cores);
}

/** `start_at_boot`, `boot_order`, `boot_delay`. */
export function start(guest: Guest): void {
  const { draft, old } = guest;
  move(old.at('start_at_boot'), draft, ['onboot'], flag);
  move(old.at('boot_order'), draft, ['startup', 'order'], whole(0));
  const delay = old.at('boot_delay');
  move(delay, draft, ['startup', 'up'], whole(0));
  // Of a container the old system gave one number for both.
  if (guest.kind === 'ct') move(delay, draft, ['startup', 'down'], whole(0));
}

/** Sources are kept stopped, what starts with the node runs. The old system left everything running that it had made. */
export function state(work: Work, guest: Guest): void {
  const { draft, old } = guest;
  const isSealed = draft.has(['snapshot']) && draft.get(['template']) !== true;
  const rests =
    draft.get(['template']) === true ||
    ((work.isSource(guest) || isSealed) && draft.get(['onboot']) !== true);
  if (!rests || (isSealed && !work.isSource(guest) && old.at('start_at_boot') === undefined)) return;
  work.add(
    draft,
    ['state'],
    'stopped',
    'a guest that others are cloned from is built, checked and kept stopped',
  );
}

/** `template_snapshot_name` and the other snapshots: one, taken after health. */
export function snapshot(work: Work, guest: Guest): void {
  const { draft, old } = guest;
  old
    .at('enable_lifecycle_snapshots')
    ?.drop(
      'phx takes a safety point before a layer that stands is applied anew, and one snapshot after health: snapshot',
    );
  const points = old.at('snapshots');
  points
    ?.at('pre-features')
    ?.drop('a snapshot before the features is what clones must not be made of: phx takes one after health');
  for (const said of [old.at('template_snapshot_name'), points?.at('post-features')]) {
    if (said === undefined) continue;
    const no = unsealable(work, guest);
    if (String(said.value).trim() === '' || no !== undefined) said.drop(no ?? 'it says nothing');
    else move(said, draft, ['snapshot'], snapshotName, 'taken after health, and not before the features');
  }
}

/** Why a guest has no snapshot of the old name; undefined: it has. */
function unsealable(work: Work, guest: Guest): string | undefined {
  const { draft, kind } = guest;
  if (draft.get(['template']) === true) return 'Proxmox makes no template of what has snapshots';
  if (mountsOf(guest).some(({ value }) => value.source !== undefined))
    return 'Proxmox takes no snapshot of what mounts a directory of the node';
  if (kind === 'vm' && work.isSource(guest)) return 'a VM that others are cloned from is copied as it stands';
  if (!takesSnapshots(work, guest)) return 'Proxmox takes no snapshot of a container on its storage';
  return draft.has(['snapshot']) ? `there is one snapshot, ${String(draft.get(['snapshot']))}` : undefined;
}

/** Of a container, its storage has to know how; of a VM on a directory, the format of its disk. */
export function takesSnapshots(work: Work, { kind, draft }: Guest): boolean {
  const storage = work.hypervisor.get([
    'storage',
    String(draft.get([kind === 'ct' ? 'rootfs' : 'disk', 'storage'])),
    'type',
  ]);
  if (storage !== 'dir') return true;
  if (kind === 'vm') draft.set(['disk', 'format'], 'qcow2');
  return kind === 'vm';
}

/** `dependencies`: texts of digits. */
export function dependencies(work: Work, guest: Guest): void {
  const { draft, old } = guest;
  const list = old.at('dependencies');
  if (list?.isEmpty) list.drop('an empty list');
  const ids: Json[] = [];
  for (const one of list?.isEmpty === false ? list.items() : []) {
    const id = read<number>(one, whole(1));
    if (id === undefined) continue;
    const no = !work.guests.has(id)
      ? `there is no guest ${id}`
      : waits(work, id, guest.id)
        ? `guest ${id} waits for this one`
        : undefined;
    if (no !== undefined) {
      one.drop(no);
      draft.note(['dependencies'], `It depended on ${id}: ${no}.`);
    } else if (ids.includes(id)) one.drop('it is named twice');
    else {
      ids.push(id);
      draft.set(['dependencies'], [...ids]);
      one.carry(draft.at(['dependencies', ids.length - 1]));
    }
  }
}

/** Whether a guest waits for another one: for its source, or for what it depends on. */
function waits(work: Work, id: number, other: number, seen = new Set<number>()): boolean {
  if (id === other) return true;
  const guest = work.guests.get(id);
  if (guest === undefined || seen.has(id)) return false;
  seen.add(id);
  const next = [
    ...((guest.draft.get(['dependencies']) ?? []) as number[]),
    ...(guest.source ? [guest.source.id] : []),
  ];
  return next.some((one) => waits(work, one, other, seen));
}

/** Keys that no code of the old system read, or that made sense for its own tools alone. */
export function unreadKeys(guest: Guest): void {
  const { old } = guest;
  old
    .at('trigger_sync_on_completion')
    ?.drop('nothing is synchronised afterwards: what others export is an input of those who read it');
  old.at('count')?.drop(unread);
  old
    .at('id_maps')
    ?.drop('its content was ignored: Proxmox maps unprivileged containers to 100000 by itself');
}
