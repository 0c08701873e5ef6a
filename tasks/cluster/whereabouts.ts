/** On which node of a cluster a guest is: observed where it exists, else where its configuration says it is to be made. */

import { type Birth, besideOf, birthplacesOf } from '../../src/config/across.ts';
import type { Fleet, Guest } from '../../src/config/fleet.ts';
import type { Whereabouts } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { placementOf } from './placement.ts';

/** Undefined where there is but one node. */
export function whereaboutsOf(id: number, fleet: Fleet): Whereabouts<Facts> | undefined {
  if (!fleet.nodes) return undefined;
  return {
    among: birthplaces(fleet.guests[id], fleet),
    now: (facts) => facts.guests.get(id)?.node ?? birthplace(fleet.guests[id], fleet, facts),
  };
}

/** Where a guest may be made, before anything is known. */
function birthplaces(guest: Guest | undefined, fleet: Fleet): readonly string[] {
  return guest ? birthplacesOf(guest, birthOf(fleet)) : Object.keys(fleet.nodes ?? {}).slice(0, 1);
}

function birthOf(fleet: Fleet): Birth<Guest> {
  return {
    guestOf: (id) => fleet.guests[id],
    nodes: Object.keys(fleet.nodes ?? {}),
    storages: fleet.hypervisor.storage,
  };
}

/** A clone that is made beside its source is so wherever that is by now. */
function birthplace(guest: Guest | undefined, fleet: Fleet, facts: Facts): string {
  const [first = ''] = birthplaces(guest, fleet);
  const source = guest && besideOf(guest, birthOf(fleet));
  if (source) return facts.guests.get(source.id)?.node ?? birthplace(source, fleet, facts);
  return guest?.place ? (placementOf(guest.id, fleet, facts)?.node ?? first) : first;
}

/** The fleet as a guest meets it: with the node that it is made on. */
export function fleetOf(guest: Guest, fleet: Fleet): Fleet {
  const [first = ''] = birthplaces(guest, fleet);
  const hypervisor = fleet.nodes?.[first];
  return hypervisor ? { ...fleet, hypervisor } : fleet;
}
