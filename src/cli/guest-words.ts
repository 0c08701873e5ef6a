/** From words on the command line to guests: those that are named, and those that have to come along. Pure. */

import type { Fleet } from '../config/fleet.ts';
import type { ActionVerb } from '../config/project.ts';
import { PhxError } from '../core/error.ts';
import type { TaskGraph } from '../core/graph.ts';
import { didYouMean } from '../core/suggest.ts';
import type { Tags } from '../core/target.ts';
import type { Facts } from '../proxmox/facts.ts';
import { parkings } from '../proxmox/parking.ts';

interface Known {
  readonly graph: TaskGraph<Facts>;
  readonly tags: Tags;
  readonly fleet: Fleet;
  readonly facts: Facts;
}

/** Ids of the guests that the words name; also of one that left the configuration and is still on the node. */
export function guestsNamed({ graph, tags, facts }: Known, words: readonly string[]): number[] {
  const targets = [...graph.targets.keys()].filter((target) => /^(ctid|vmid):\d+$/.test(target));
  const parked = parkings(facts);
  const left = [
    ...[...facts.guests.values()].map(({ id, kind }) => `${kind === 'ct' ? 'ctid' : 'vmid'}:${id}`),
    ...parked.map(({ of }) => `ctid:${of}`),
  ].filter((target) => !parked.some(({ id }) => target === `ctid:${id}`));
  const known = [...new Set([...targets, ...left])];
  return pick(words, targets, known, tags).map((target) => Number(target.slice(5)));
}

/** Targets that can be asked how they are: guests of the configuration, and those that phx does not manage. */
export function targetsAsked(
  { graph, tags }: Pick<Known, 'graph' | 'tags'>,
  words: readonly string[],
): string[] {
  const targets = [...graph.targets.keys()].filter((target) => /^(ctid|vmid|external):\d+$/.test(target));
  return pick(words, targets, targets, tags);
}

/** Guests by their ids, then what phx does not manage. */
function pick(
  words: readonly string[],
  own: readonly string[],
  known: readonly string[],
  tags: Tags,
): string[] {
  const named = new Set<string>();
  const unknown: string[] = [];
  for (const word of words) {
    const found = matching(word, own, known, tags);
    if (found.length === 0) unknown.push(word);
    for (const target of found) named.add(target);
  }
  const rank = (target: string) =>
    (target.startsWith('external:') ? 1e12 : 0) + Number(target.replace(/^.*:/, ''));
  if (unknown.length === 0) return [...named].sort((a, b) => rank(a) - rank(b));
  throw new PhxError('usage', {
    title: unknown.length === 1 ? `There is no guest ${unknown[0]}` : 'Some guests do not exist',
    facts: unknown.map((word) => [word, didYouMean(word, [...known, 'all']) ?? 'names no guest'] as const),
    hint: 'Guests look like ctid:950, ctid:9*, tag:gpu or all. A step cannot be named here.',
    command: 'phx list',
  });
}

function matching(
  word: string,
  own: readonly string[],
  known: readonly string[],
  tags: Tags,
): readonly string[] {
  if (word === 'all') return own;
  if (word.startsWith('tag:')) return tags.get(word.slice(4)) ?? [];
  if (!word.includes('*')) return known.filter((target) => target === word);
  const glob = new RegExp(`^${word.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);
  return own.filter((target) => glob.test(target));
}

/** Guests that have to come along: running ones that rest on what is stopped, stopped ones that what is started rests on. */
export function guestsAlong({ fleet, facts }: Known, verb: ActionVerb, named: readonly number[]): number[] {
  if (verb !== 'start' && verb !== 'stop') return [];
  const next = (id: number): number[] => {
    if (verb === 'start') {
      return (fleet.guests[String(id)]?.dependencies ?? []).filter(
        (other) =>
          fleet.guests[String(other)]?.state === 'running' && facts.guests.get(other)?.running === false,
      );
    }
    return restingOn(fleet, id).filter((other) => facts.guests.get(other)?.running === true);
  };
  const all = new Set(named);
  const queue = [...named];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const other of next(id)) {
      if (all.has(other)) continue;
      all.add(other);
      queue.push(other);
    }
  }
  for (const id of named) all.delete(id);
  return [...all].sort((a, b) => a - b);
}

/** Guests whose configuration names this one as a dependency. */
export function restingOn(fleet: Fleet, id: number): number[] {
  return Object.values(fleet.guests).flatMap((guest) => (guest.dependencies.includes(id) ? [guest.id] : []));
}

/** `ctid:953 (Nginx-VscodeRag)`. */
export function guestTitle({ fleet, facts }: Pick<Known, 'fleet' | 'facts'>, id: number): string {
  const guest = fleet.guests[String(id)];
  const kind = guest?.kind ?? facts.guests.get(id)?.kind ?? 'ct';
  const name = guest?.kind === 'ct' ? guest.hostname : guest?.name;
  return `${kind === 'ct' ? 'ctid' : 'vmid'}:${id}${name ? ` (${name})` : ''}`;
}
