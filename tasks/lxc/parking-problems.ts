/** What a person is told when volumes cannot be parked or brought back. Pure. */

import type { Problem } from '../../src/core/event.ts';
import type { GuestFacts } from '../../src/proxmox/facts.ts';
import { type Move, parkedWords } from '../../src/proxmox/parking.ts';
import { confOf } from '../guest/conf.ts';

export function tooHigh(id: number): Problem {
  return {
    title: `Volumes of container ${id} cannot be parked: there is no id for them`,
    facts: [['parking id', `900000000 + ${id}, which has to be below 1000000000`]],
    hint: 'Give the container an id below 100000000, or move its volumes by hand: pct move-volume.',
  };
}

export function notOurs(id: number, other: GuestFacts): Problem {
  return {
    title: `The id ${other.id}, under which volumes of container ${id} are parked, is not ours`,
    facts: [['name', confOf(other).keys.get('hostname') ?? confOf(other).keys.get('name') ?? '']],
    hint: 'Give that guest another id; phx touches nothing that it did not make.',
  };
}

export function protectedFrom(id: number, key: string, value: string): Problem {
  return {
    title: `container ${id} is protected: its parked volumes cannot go back to it`,
    facts: [['parked', parkedWords(key, value)]],
    hint: 'Say protection: false, run it, then say protection: true again and run once more.',
    command: `phx run ctid:${id}`,
  };
}

export function blockedAtPath(id: number, value: string, occupant: string, parking: number): Problem {
  return {
    title: `container ${id} has a mount where a parked volume of it belongs`,
    facts: [
      ['parked', `${value} (in ${parking})`],
      ['there', occupant],
    ],
    hint: 'One of the two has to go. Detach the one that is there, if it is the empty one, and run again.',
    command: `pct set ${id} --delete ${occupant.replace(/:.*$/, '')}`,
  };
}

export function lostOnItsWay(id: number, move: Move, to: number, found: readonly string[]): Problem {
  return {
    title: `A volume of container ${id} was on its way when Proxmox was interrupted, and is not to be told apart`,
    facts: [
      ['volume', move.value],
      ['to', `${to}, as ${move.key}`],
      ['found there', found.join(', ') || 'nothing without a name'],
    ],
    hint: `Nothing was destroyed. Find it on its storage, put it in the conf of ${to}, and run again.`,
    command: `pvesm list ${move.value.replace(/:.*$/, '')}`,
  };
}
