/** Whether the HA manager can keep what it is to keep, and rules speak of guests and nodes that there are. */

import { isSharedByAll } from '../across.ts';
import type { Hypervisor } from '../fleet.ts';
import type { Path } from '../path.ts';
import {
  type Check,
  entries,
  type Loose,
  type LooseGuest,
  type Reporter,
  type Subjects,
  title,
} from './subject.ts';
import { disksOf } from './vm-disks.ts';
import { known } from './whereabouts.ts';

const clusters = 'phoenixfile.ts says cluster: true for more nodes than one';

export const ha: Check = (subjects, report) => {
  const { nodes, guests, hypervisor } = subjects;
  for (const guest of guests) {
    if (guest.ha === undefined) continue;
    if (nodes.length === 0)
      report.error(guest.id, ['ha'], 'ha is for the nodes of a cluster', clusters, 'key');
    else {
      keepable(guest, guests, report);
      reachable(guest, hypervisor, report);
    }
  }
  rules(subjects, report);
};

/** What never runs, or is not to run, is nothing to keep up. */
function keepable(guest: LooseGuest, guests: readonly LooseGuest[], report: Reporter): void {
  const { id, state } = guest;
  const clone = guests.find(({ clone }) => clone?.from === id);
  const wanted = { started: 'running', stopped: 'stopped', ignored: state }[guest.ha?.state ?? 'ignored'];
  if (guest.template)
    report.error(
      id,
      ['ha'],
      `${title(guest)} becomes a template, which never runs`,
      'give ha to its clones',
      'key',
    );
  else if (clone && state === 'stopped')
    report.error(
      id,
      ['ha'],
      `${title(guest)} is kept stopped, as what ${title(clone)} is cloned from`,
      'give ha to its clones',
      'key',
    );
  else if (state !== undefined && wanted !== state)
    report.error(
      id,
      ['ha', 'state'],
      `the HA manager would not let ${title(guest)} be ${state}, as its state says`,
      `leave ha.state out, or set state: '${wanted}'`,
    );
}

/** A lost node takes with it what only it has. */
function reachable(guest: LooseGuest, hypervisor: Loose<Hypervisor> | undefined, report: Reporter): void {
  for (const [path, id] of volumesOf(guest)) {
    const storage = hypervisor?.storage?.[id];
    if (storage?.type === undefined || isSharedByAll(storage)) continue;
    const message = `storage '${id}' of ${title(guest)} belongs to one node: no other one can start it when that is lost`;
    report.warning(guest.id, path, message, 'put its volumes on a storage that all nodes share');
  }
}

function volumesOf(guest: LooseGuest): [Path, string][] {
  const of = (path: Path, id: string | undefined): [Path, string][] => (id === undefined ? [] : [[path, id]]);
  if (guest.kind === 'vm')
    return disksOf(guest).flatMap(({ path, storage }) => of([...path, 'storage'], storage));
  const mounts = entries(guest.mounts).flatMap(([key, { storage }]) =>
    of(['mounts', key, 'storage'], storage),
  );
  return [...of(['rootfs', 'storage'], guest.rootfs?.storage), ...mounts];
}

function rules({ nodes, guests, hypervisor, unreadable }: Subjects, report: Reporter): void {
  const byId = new Map(guests.map((guest) => [guest.id, guest]));
  const placed = new Map<number, string>();
  for (const [name, rule] of entries(hypervisor?.ha?.rules)) {
    const path: Path = ['ha', 'rules', name];
    if (nodes.length === 0) {
      report.error('hypervisor', path, 'HA rules are for the nodes of a cluster', clusters, 'key');
      continue;
    }
    for (const [at, id] of (rule.resources ?? []).entries()) {
      if (id === undefined || unreadable.has(id)) continue;
      const place: Path = [...path, 'resources', at];
      const guest = byId.get(id);
      if (guest === undefined) report.error('hypervisor', place, `there is no guest ${id}`);
      else if (guest.ha === undefined)
        report.error('hypervisor', place, `${title(guest)} is not kept by the HA manager`, 'give it ha: {}');
      else if (rule.type === 'node-affinity') {
        const other = placed.get(id);
        if (other !== undefined)
          report.error(
            'hypervisor',
            place,
            `${title(guest)} is in the rule '${other}' already, and Proxmox takes one node-affinity for a guest`,
            'keep one of them',
          );
        placed.set(id, name);
      }
    }
    if (rule.type === 'resource-affinity' && rule.resources?.length === 1)
      report.error(
        'hypervisor',
        [...path, 'resources'],
        `the rule '${name}' speaks of one guest: there is nothing to keep together or apart`,
        'name the others, or take the rule out',
      );
    if (rule.type !== 'node-affinity') continue;
    for (const [at, node] of (rule.nodes ?? []).entries())
      if (node !== undefined)
        known(nodes, node.replace(/:\d+$/, ''), 'hypervisor', [...path, 'nodes', at], report);
  }
}
