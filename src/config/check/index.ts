/**
 * All checks of objects against each other: what only the whole fleet can get wrong, once; what a node and the guests on it
 * can, for each node.
 */
import { besideOf, birthplacesOf } from '../across.ts';
import type { Hypervisor } from '../fleet.ts';
import { access } from './access.ts';
import { backups } from './backups.ts';
import { snapshots } from './cloneable.ts';
import { cloudInit } from './cloud-init.ts';
import { disks } from './disks.ts';
import { firewall } from './firewall.ts';
import { gpus } from './gpus.ts';
import { ha } from './ha.ts';
import { limits } from './limits.ts';
import { lineage } from './lineage.ts';
import { lxc } from './lxc.ts';
import { mounts } from './mounts.ts';
import { network } from './network.ts';
import { safety } from './safety.ts';
import { services } from './services.ts';
import { storage } from './storage.ts';
import { type Check, entries, type Loose, type LooseGuest, type Reporter, type Subjects } from './subject.ts';
import { unique } from './unique.ts';
import { vmDisks, vmSnapshots } from './vm-disks.ts';
import { vmHardware } from './vm-hardware.ts';
import { whereabouts } from './whereabouts.ts';

const ofTheWhole: readonly Check[] = [unique, lineage, whereabouts, ha];

const ofEachNode: readonly Check[] = [
  ...[network, snapshots, vmSnapshots, vmDisks, vmHardware, cloudInit, disks, storage, access, services],
  ...[firewall, limits, backups],
  // What only containers, or what they share with VMs, can get wrong.
  ...[gpus, lxc, mounts, safety],
];

/** What is checked together. */
export interface Together extends Pick<Subjects, 'guests' | 'unreadable'> {
  /** `hypervisor` and `nodes.<name>`, by the names of their documents; absent where a file could not be read. */
  readonly hypervisors: ReadonlyMap<string, Loose<Hypervisor>>;
}

/** `reportOf`: a reporter whose hypervisor is the named document. */
export function checkTogether(
  { hypervisors, ...together }: Together,
  reportOf: (document: string) => Reporter,
): void {
  const nodes = [...hypervisors.keys()].filter((name) => name !== 'hypervisor').map((name) => name.slice(6));
  const whole: Subjects = { ...together, nodes, hypervisor: hypervisors.get('hypervisor') };
  for (const check of ofTheWhole) check(whole, reportOf('hypervisor'));
  if (nodes.length === 0) for (const check of ofEachNode) check(whole, reportOf('hypervisor'));
  for (const node of nodes) {
    const name = `nodes.${node}`;
    const hypervisor = hypervisorAt(node, hypervisors.get(name));
    const here = { ...whole, hypervisor, guests: guestsAt(node, whole) };
    for (const check of ofEachNode) check(here, reportOf(name));
  }
}

/** The node with the storages that it may use. */
function hypervisorAt(
  node: string,
  hypervisor: Loose<Hypervisor> | undefined,
): Loose<Hypervisor> | undefined {
  const storages = entries(hypervisor?.storage).filter(([, { nodes }]) => nodes?.includes(node) ?? true);
  return hypervisor && { ...hypervisor, storage: Object.fromEntries(storages) };
}

/** Guests that may be made there, and those that they are made from beside them. */
function guestsAt(node: string, { nodes, guests, hypervisor }: Subjects): LooseGuest[] {
  const byId = new Map(guests.map((guest) => [guest.id, guest]));
  const birth = { guestOf: (id: number) => byId.get(id), nodes, storages: hypervisor?.storage };
  const here = new Set<LooseGuest>();
  const add = (guest: LooseGuest | undefined) => {
    if (guest === undefined || here.has(guest)) return;
    here.add(guest);
    add(besideOf(guest, birth));
  };
  for (const guest of guests) if (birthplacesOf(guest, birth).includes(node)) add(guest);
  return [...here].sort((a, b) => a.id - b.id);
}
