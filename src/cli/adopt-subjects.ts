/** Which guests of the node the words of `phx adopt` mean, and which of them cannot be adopted, with the reason. Pure. */

import type { Fleet } from '../config/fleet.ts';
import { targetOf } from '../config/task-names.ts';
import { PhxError } from '../core/error.ts';
import { didYouMean } from '../core/suggest.ts';
import type { Facts, GuestFacts } from '../proxmox/facts.ts';
import { confOf, markOf, stateOf } from '../proxmox/guest-conf.ts';
import { parkings } from '../proxmox/parking.ts';

export interface Subjects {
  /** Not in the configuration: they get a file. */
  readonly fresh: readonly GuestFacts[];
  /** In the configuration already: what is missing of them is our mark, or a record. */
  readonly named: readonly GuestFacts[];
  /** Why they are left as they are, by target. */
  readonly refused: ReadonlyMap<string, string>;
}

export interface Known {
  readonly project: string;
  readonly fleet: Fleet;
  readonly facts: Facts;
  /** Whether a plugin builds guests of its kind. */
  readonly able: (guest: GuestFacts) => boolean;
}

export function subjectsOf(known: Known, words: readonly string[]): Subjects {
  const { fleet, facts } = known;
  const parked = new Set(parkings(facts).map(({ id }) => id));
  const all = [...facts.guests.values()].filter(({ id }) => !parked.has(id)).sort((a, b) => a.id - b.id);
  const fresh: GuestFacts[] = [];
  const named: GuestFacts[] = [];
  const refused = new Map<string, string>();
  for (const guest of chosen(known, all, words)) {
    const why = obstacle(guest, known);
    if (why !== undefined) refused.set(targetOf(guest), why);
    else if (fleet.guests[String(guest.id)]) named.push(guest);
    else fresh.push(guest);
  }
  return { fresh, named, refused };
}

/** `all`: what the configuration does not name, and what an adoption that was cut off has left unmarked. */
function chosen(
  { fleet, facts, project }: Known,
  all: readonly GuestFacts[],
  words: readonly string[],
): GuestFacts[] {
  const found = new Set<GuestFacts>();
  const unknown: string[] = [];
  const isLeft = ({ id }: GuestFacts) => {
    const own = fleet.guests[String(id)];
    if (own === undefined) return !Object.hasOwn(fleet.hypervisor.external, String(id));
    return own.adopted === true && markOf(facts, id)?.project !== project;
  };
  for (const word of words) {
    const pattern = new RegExp(`^${word.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);
    const meant =
      word === 'all'
        ? all.filter(isLeft)
        : all.filter((guest) => pattern.test(targetOf(guest)) && (!word.includes('*') || isLeft(guest)));
    if (meant.length === 0 && word !== 'all') unknown.push(word);
    for (const guest of meant) found.add(guest);
  }
  if (unknown.length === 0) return [...found].sort((a, b) => a.id - b.id);
  throw new PhxError('usage', {
    title: `There is no guest ${unknown.join(', ')} on the node to be adopted`,
    facts: unknown.map((word) => [word, didYouMean(word, all.map(targetOf)) ?? 'names no guest'] as const),
    hint: 'Guests look like ctid:105, vmid:2*, or all: those of the node that the configuration does not name.',
    command: 'phx adopt all --dry-run',
  });
}

function obstacle(guest: GuestFacts, { project, fleet, facts, able }: Known): string | undefined {
  const { id } = guest;
  const own = fleet.guests[String(id)];
  if (own && own.kind !== guest.kind)
    return `the configuration has a ${own.kind === 'ct' ? 'container' : 'VM'} of this id`;
  if (!own && Object.hasOwn(fleet.hypervisor.external, String(id)))
    return 'hypervisor.external says that phx does not manage it';
  if (!able(guest))
    return `no plugin of the phoenixfile builds ${guest.kind === 'ct' ? 'containers: lxc()' : 'VMs: vm()'} does`;
  if (guest.unknown) return `its node ${guest.node ?? ''} is out of reach`;
  const lock = confOf(guest).keys.get('lock');
  if (lock !== undefined) return `it is locked (${lock}): somebody is at work on it`;
  if (stateOf(facts, id) === 'half-made') return 'it is half made';
  const mark = markOf(facts, id);
  return mark && mark.project !== project ? `it belongs to the project ${mark.project}` : undefined;
}
