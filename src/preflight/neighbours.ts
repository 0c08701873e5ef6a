/**
 * Names, addresses and MAC addresses that another guest of the node, or of its cluster, has. Those that two guests of the configuration share
 * are found when it is read. Pure.
 */

import { targetOf } from '../config/task-names.ts';
import type { GuestFacts } from '../proxmox/facts.ts';
import { nameOf } from '../proxmox/guest-conf.ts';
import { presentInterfaces, wantedInterfaces } from './interfaces.ts';
import { type Conflict, describeOther, type Kind, type Scene, showConfig } from './scene.ts';

export const neighbours: Kind = (scene) => {
  const present = [...scene.others, ...scene.elsewhere].map((other) => ({
    other,
    interfaces: presentInterfaces(other),
  }));
  return scene.owned.flatMap((guest) => {
    const others = present.filter(({ other }) => other.id !== guest.id);
    const wanted = guest.kind === 'ct' ? guest.hostname : guest.name;
    const subject = targetOf(guest);
    const command = showConfig(guest);
    const names = others.flatMap(({ other }): Conflict[] => {
      if (nameOf(other).toLowerCase() !== wanted.toLowerCase()) return [];
      const title = `the name ${wanted} is that of another guest`;
      const hint =
        'Proxmox takes two guests of one name, but people and name servers do not: give one another.';
      return [{ subject, title, facts: has(other, scene), hint, command, severity: 'warns' }];
    });
    const shared = wantedInterfaces(guest).flatMap((mine) =>
      others.flatMap(({ other, interfaces }) =>
        interfaces.flatMap((theirs): Conflict[] => {
          if (mine.segment !== theirs.segment) return [];
          const same = mine.addresses.filter((address) => theirs.addresses.includes(address));
          const what = [
            ...same.map((address) => `address ${address}`),
            ...(mine.mac !== undefined && mine.mac === theirs.mac ? [`MAC address ${mine.mac}`] : []),
          ];
          const both = other.running && guest.state === 'running';
          return what.map((one) => ({
            ...{ subject, title: `the ${one} of its ${mine.key} is in use`, facts: has(other, scene) },
            hint: both
              ? 'Give one of them another; while both run, neither can be reached reliably.'
              : 'Give one of them another before both run.',
            ...{ command, severity: both ? ('blocks' as const) : ('warns' as const) },
          }));
        }),
      ),
    );
    return [...names, ...shared];
  });
};

function has(other: GuestFacts, scene: Scene): Conflict['facts'] {
  return [['who has it', describeOther(other, scene)]];
}
