/** Memory and processors: what all running guests want together, and one guest alone, against what the node has. Pure. */

import type { Guest } from '../config/fleet.ts';
import { targetOf } from '../config/task-names.ts';
import type { GuestFacts } from '../proxmox/facts.ts';
import { confOf, markOf } from '../proxmox/guest-conf.ts';
import { type Conflict, type Kind, type Scene, showConfig } from './scene.ts';

/** Of a guest whose conf does not say it. */
const defaultMemory = 512;

/** What is to run, or runs already: MiB by kind. */
interface Wants {
  readonly ct: number;
  readonly vm: number;
}

/**
 * A container's memory is a limit, a VM takes all of its own. Limits of the configuration alone are told when it is read,
 * where it says what the node has: here they count once guests that it does not know come on top.
 */
export const memory: Kind = (scene) => {
  const { fleet, facts, owned } = scene;
  const has = facts.host.node.memory;
  if (has === 0 || owned.length === 0) return [];
  const cache = (fleet.hypervisor.zfs.arcMax ?? 0) * 1024;
  const ours = new Set([...owned, ...standing(scene)]);
  const own = wantedBy([...ours].filter(({ state, template }) => state === 'running' && template !== true));
  const ids = new Set([...ours].map(({ id }) => id));
  const beside = takenBy([...facts.guests.values()].filter(({ id, running }) => running && !ids.has(id)));
  const vms = own.vm + beside.vm;
  const all = vms + own.ct + beside.ct;
  const fixed = vms > 0 && vms + cache > has;
  const known = fleet.hypervisor.node !== undefined && own.ct + own.vm + cache > has;
  if (!fixed && (known || all + cache <= has)) return [];
  const parts = [
    ['VMs', vms],
    ['containers, at most', own.ct + beside.ct],
    ['of these, not of the configuration', beside.ct + beside.vm],
    ['cache of ZFS', cache],
    ['the node has', has],
  ] as const;
  return [
    {
      subject: 'memory',
      title: fixed
        ? 'VMs and the cache of ZFS want more memory than the node has'
        : 'guests and the cache of ZFS may want more memory than the node has',
      facts: parts.flatMap(([label, mebibytes]) =>
        mebibytes > 0 ? [[label, `${mebibytes} MiB`] as const] : [],
      ),
      hint: fixed
        ? 'The last of them will not start: give VMs less memory, or lower hypervisor.zfs.arcMax.'
        : "A container's memory is a limit, so this works until they use it.",
      ...{ command: 'phx status', severity: 'warns' },
    },
  ];
};

/** Those of the configuration that run on the node, whether this run is about them or not. */
function standing({ fleet, facts, project }: Scene): Guest[] {
  return Object.values(fleet.guests).filter(
    ({ id }) => facts.guests.get(id)?.running === true && markOf(facts, id)?.project === project,
  );
}

function wantedBy(guests: readonly Guest[]): Wants {
  const of = (kind: Guest['kind']) =>
    guests.reduce((total, guest) => total + (guest.kind === kind ? guest.memory : 0), 0);
  return { ct: of('ct'), vm: of('vm') };
}

function takenBy(guests: readonly GuestFacts[]): Wants {
  const of = (kind: Guest['kind']) =>
    guests.reduce((total, guest) => {
      const said = confOf(guest)
        .keys.get('memory')
        ?.replace(/^current=/, '');
      return total + (guest.kind === kind ? Number(said ?? defaultMemory) : 0);
    }, 0);
  return { ct: of('ct'), vm: of('vm') };
}

/** Proxmox starts no VM with more processors than the node has (source of qemu-server); of containers it does not look (B49). */
export const cores: Kind = ({ owned, facts }: Scene) => {
  const { cores: has } = facts.host.node;
  if (has === undefined) return [];
  return owned.flatMap((guest): Conflict[] => {
    const vm = guest.kind === 'vm';
    const wants = (guest.cores ?? 1) * (vm ? (guest.sockets ?? 1) : 1);
    if (wants <= has || (vm && guest.kvm === false)) return [];
    return [
      {
        subject: targetOf(guest),
        title: `it wants ${wants} cores, and the node has ${has}`,
        facts: [],
        hint: vm
          ? 'Proxmox starts no VM with more of them than the node has: give it fewer.'
          : 'It will have those that there are: give it fewer.',
        command: showConfig(guest),
        severity: vm && guest.state === 'running' ? 'blocks' : 'warns',
      },
    ];
  });
};
