/** Which guests the old files have, and which is cloned from which. Two of one id, or one without, are left out and told. */

import { gpusOf } from './container.ts';
import { Draft } from './draft.ts';
import type { Old } from './ledger.ts';
import { dropAll } from './node-storage.ts';
import { whole } from './values.ts';
import type { Guest, Kind, Work } from './work.ts';

const asId = whole(100, 999_999_999);

/** Enters all guests, sources before their clones, and answers them in this order. */
export function enroll(work: Work, containers: Old | undefined, vms: Old | undefined): Guest[] {
  for (const [key, old] of containers?.each() ?? []) {
    // Should somebody have made a list of it, the id stands inside.
    const said = Array.isArray(containers?.value) ? (old.at('id') ?? old.at('ctid')) : undefined;
    enter(work, 'ct', old, said?.value ?? key);
    if (work.guests.get(Number(said?.value))?.old === old) said?.carry(guestTarget(work, old));
  }
  for (const old of vms?.items() ?? []) {
    const said = old.at('vmid');
    if (old.isEmpty) continue;
    enter(work, 'vm', old, said?.value ?? '');
    if (work.guests.get(Number(said?.value))?.old === old) said?.carry(guestTarget(work, old));
  }
  for (const guest of work.guests.values()) link(work, guest);
  return inOrder(work);
}

function guestTarget(work: Work, old: Old) {
  const guest = [...work.guests.values()].find((one) => one.old === old);
  return (guest?.draft ?? work.hypervisor).at(['id']);
}

function enter(work: Work, kind: Kind, old: Old, key: Old['value']): void {
  const made = asId(key);
  if ('dropped' in made || typeof old.value !== 'object') {
    dropAll(
      old,
      `a guest has a number from 100 on: ${'dropped' in made ? made.dropped : 'it says nothing else'}`,
    );
    return;
  }
  const id = Number(made.value);
  const other = work.guests.get(id);
  if (other !== undefined) {
    dropAll(
      old,
      `guest ${id} is ${other.kind === 'ct' ? 'a container' : 'a VM'} already: give one of the two another id, and import again`,
    );
    return;
  }
  const draft = new Draft(`guests.${id}`, `config/guests/${id}.json5`);
  draft.set(['id'], id);
  draft.set(['kind'], kind);
  work.guests.set(id, {
    id,
    kind,
    old,
    draft,
    source: undefined,
    gpus: kind === 'ct' ? gpusOf(old.at('gpu_assignment')) : [],
  });
}

/** A source is of the same kind, and no clone of its own clones. */
function link(work: Work, guest: Guest): void {
  const said = guest.old.at(guest.kind === 'ct' ? 'clone_from_ctid' : 'clone_from_vmid');
  const id = said === undefined || String(said.value).trim() === '' ? undefined : Number(said.value);
  const source = id === undefined ? undefined : work.guests.get(id);
  if (source?.kind !== guest.kind || work.inherits(source, (one) => one === guest)) return;
  guest.source = source;
}

function inOrder(work: Work): Guest[] {
  const order: Guest[] = [];
  const visit = (guest: Guest): void => {
    if (order.includes(guest)) return;
    if (guest.source) visit(guest.source);
    order.push(guest);
  };
  for (const guest of [...work.guests.values()].sort((a, b) => a.id - b.id)) visit(guest);
  return order;
}
