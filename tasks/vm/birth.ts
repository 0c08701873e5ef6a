/** What a VM is born with and cannot be changed while it stands: where it came from, storage and bus of its root disk. Pure. */

import type { VirtualMachine } from '../../src/config/fleet.ts';
import type { Problem } from '../../src/core/event.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { markOf } from '../guest/conf.ts';
import { targetOf } from '../guest/names.ts';
import { isSameOrigin, unknownOrigin } from '../guest/origin.ts';
import { drivesOf, rootKey } from './drive.ts';

/** Name of the source as the mark of a VM says it. */
export function sourceName(vm: VirtualMachine): string {
  if (vm.clone) return `clone:${vm.clone.from}`;
  return vm.image === undefined ? unknownOrigin : `image:${vm.image}`;
}

export interface BirthChange {
  readonly key: 'source' | 'storage' | 'disk';
  readonly from: string;
  readonly to: string;
}

/** What the configuration wants otherwise than the VM that stands was made. */
export function birthChanges(vm: VirtualMachine, facts: Facts): BirthChange[] {
  if (!facts.guests.has(vm.id)) return [];
  const drives = drivesOf(facts, vm.id);
  const root = drives.get(rootKey(vm));
  const present = {
    source: (markOf(facts, vm.id)?.from ?? '').replace(/@.*$/, ''),
    storage: root?.storage ?? vm.disk.storage,
    disk: root ? rootKey(vm) : [...drives.keys()].join(', ') || 'none',
  };
  const wanted = { source: sourceName(vm), storage: vm.disk.storage, disk: rootKey(vm) };
  return (['source', 'storage', 'disk'] as const).flatMap((key) =>
    isSame(key, present[key], wanted[key]) ? [] : [{ key, from: present[key], to: wanted[key] }],
  );
}

function isSame(key: BirthChange['key'], present: string, wanted: string): boolean {
  return key === 'source' ? isSameOrigin(present, wanted) : present === wanted;
}

/** The refusal of such a change, with the ways to have it all the same. */
export function madeAnew(vm: VirtualMachine, changes: readonly BirthChange[]): Problem {
  const { id } = vm;
  const move = changes.length === 1 && changes[0]?.key === 'storage';
  return {
    title: `VM ${id} would have to be made anew`,
    facts: changes.map(({ key, from, to }) => [key, `${from} → ${to}`] as const),
    ...(move
      ? {
          hint: 'phx does not move data unasked: qm disk move does, also while the VM runs. Or put the old value back.',
          command: `qm disk move ${id} ${rootKey(vm)} ${vm.disk.storage} --delete 1`,
        }
      : {
          hint: 'phx destroys nothing unasked. Put the old values back, or destroy it with its disks and run again.',
          command: `phx destroy ${targetOf(vm)}`,
        }),
  };
}
