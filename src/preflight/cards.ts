/**
 * PCI devices that a VM is given whole while somebody else has them, too. What two guests of the configuration say in the
 * same way is found when it is read; here also addresses meet numbers, and guests that phx does not manage. Pure.
 */

import type { Guest } from '../config/fleet.ts';
import { targetOf } from '../config/task-names.ts';
import type { Facts, GuestFacts } from '../proxmox/facts.ts';
import { confOf } from '../proxmox/guest-conf.ts';
import { cardsOf, pciIn } from '../proxmox/pci.ts';
import { type Conflict, describeOther, type Kind, nounOf, showConfig } from './scene.ts';

interface Use {
  /** Address without function. */
  readonly card: string;
  /** As its owner names it: `gpus`, `hostpci0`, `dev1`. */
  readonly by: string;
  /** Nobody else can have it meanwhile. */
  readonly alone: boolean;
}

interface User {
  readonly guest?: Guest;
  readonly who: string;
  readonly running: boolean;
  readonly uses: readonly Use[];
}

export const cards: Kind = (scene) => {
  const { owned, others, facts } = scene;
  const mine = owned.map((guest) => ({
    ...{ guest, who: nounOf(guest), running: guest.state === 'running', uses: wantedCards(guest, facts) },
  }));
  const theirs = others.map((other) => ({
    ...{ who: describeOther(other, scene), running: other.running, uses: presentCards(other, facts) },
  }));
  return mine.flatMap((one, index) =>
    [...mine.slice(index + 1), ...theirs].flatMap((other: User) => clash(one, other)),
  );
};

function clash({ guest, running, uses }: User & { readonly guest: Guest }, other: User): Conflict[] {
  return uses.flatMap((use): Conflict[] => {
    const their = other.uses.find(({ card, alone }) => card === use.card && (alone || use.alone));
    if (!their || (other.guest && told(use, their))) return [];
    const both = running && other.running;
    return [
      {
        subject: targetOf(guest),
        title: `PCI device ${use.card} (${use.by}) is also given to another guest`,
        facts: [['who has it', `${other.who} (${their.by})`]],
        hint: `A card is either shared by containers or one VM alone has it (F19): take it from one of them${both ? '' : ' before both run'}.`,
        command: showConfig(guest),
        severity: both ? 'blocks' : 'warns',
      },
    ];
  });
}

/** By the checks of the configuration. */
function told(one: Use, other: Use): boolean {
  const numbered = (use: Use) => use.by === 'gpus';
  const addressed = (use: Use) => use.by.startsWith('hostpci');
  return (numbered(one) && numbered(other)) || (addressed(one) && addressed(other));
}

function wantedCards(guest: Guest, facts: Facts): Use[] {
  const known = cardsOf(facts);
  const numbered = (guest.gpus ?? []).flatMap((index): Use[] => {
    const card = known[index];
    return card === undefined ? [] : [{ card, by: 'gpus', alone: guest.kind === 'vm' }];
  });
  if (guest.kind === 'ct') {
    const paths = Object.entries(guest.devs).flatMap(([by, { path }]) => nodeOf(path, by, known));
    return [...numbered, ...paths];
  }
  const addressed = Object.entries(guest.hostpcis).flatMap(([by, { host, mdev }]): Use[] =>
    host === undefined || mdev !== undefined
      ? []
      : host.split(';').map((one) => ({ card: slot(one), by, alone: true })),
  );
  return [...numbered, ...addressed];
}

function presentCards(guest: GuestFacts, facts: Facts): Use[] {
  const conf = confOf(guest);
  if (guest.kind === 'vm') {
    return [...pciIn(conf)].flatMap(([by, hosts]) =>
      hosts.split(';').map((host) => ({ card: slot(host), by, alone: true })),
    );
  }
  const known = cardsOf(facts);
  const devices = [...conf.keys].flatMap(([key, value]) =>
    /^dev\d+$/.test(key) ? nodeOf(value.replace(/^path=/, '').replace(/,.*$/, ''), key, known) : [],
  );
  const mounted = conf.lxc.flatMap(({ key, value }) =>
    key === 'lxc.mount.entry' ? nodeOf(value.replace(/\s.*$/, ''), key, known) : [],
  );
  return [...devices, ...mounted];
}

/** The card behind `/dev/nvidia<n>`: they are numbered in the order of the bus. */
function nodeOf(path: string, by: string, known: readonly string[]): Use[] {
  const [, number] = /^\/dev\/nvidia(\d+)$/.exec(path) ?? [];
  const card = number === undefined ? undefined : known[Number(number)];
  return card === undefined ? [] : [{ card, by, alone: false }];
}

/** With the domain, which most leave out, and without the function. */
function slot(address: string): string {
  const whole = /^[0-9a-f]{2}:/i.test(address) ? `0000:${address}` : address;
  return whole.toLowerCase().replace(/\.\d$/, '');
}
