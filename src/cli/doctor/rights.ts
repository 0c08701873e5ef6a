/** Which rights the work on this configuration needs, and what of it Proxmox permits to root alone. Pure. */

import type { Container, Fleet, Guest } from '../../config/fleet.ts';
import { targetOf } from '../../config/task-names.ts';
import type { Finding } from './finding.ts';

const about = 'rights';
const most = 6;

export function rightsFindings({ guests, hypervisor }: Fleet): Finding[] {
  const all = Object.values(guests);
  const rows = forced.flatMap(([what, holds]): [string, string][] => {
    const own = all.filter(holds).map(targetOf);
    return own.length === 0 ? [] : [[what, listed(own)]];
  });
  const steps = Object.keys(hypervisor.zfs.pools).length + Object.keys(hypervisor.storage).length;
  return [
    {
      ...{
        about,
        level: 'good',
        title: 'runs work as root of the node, by pct, qm and pvesm: nothing less will do',
      },
      facts: [
        ['by root alone', 'pct, qm, pvesm, zpool and zfs as programs, whatever roles a user has'],
        ...(steps > 0
          ? ([['of the node', 'pools, datasets, storages, network, packages, units, users']] as const)
          : []),
        ...rows,
      ],
      hint: 'The keys named above are refused to every user and token but root@pam, by the API too.',
    },
    {
      ...{ about, level: 'good', title: 'looking needs no more than the role PVEAuditor on /' },
      hint: 'It serves phx status and phx tasks by the API of a node that ssh does not reach.',
      command:
        "pveum user add phx@pve; pveum user token add phx@pve look --privsep 1; pveum acl modify / --tokens 'phx@pve!look' --roles PVEAuditor",
    },
  ];
}

const isContainer = (guest: Guest): guest is Container => guest.kind === 'ct';

/** What Proxmox permits to root@pam alone, whatever the role. */
const forced: readonly (readonly [what: string, holds: (guest: Guest) => boolean])[] = [
  [
    'bind mounts',
    (guest) => isContainer(guest) && Object.values(guest.mounts).some((mount) => 'source' in mount),
  ],
  ['raw lxc lines', (guest) => isContainer(guest) && (guest.lxc ?? []).length > 0],
  ['devices', (guest) => isContainer(guest) && (guest.gpus.length > 0 || Object.keys(guest.devs).length > 0)],
  ['privileged containers', (guest) => isContainer(guest) && guest.unprivileged === false],
  ['args of QEMU', (guest) => !isContainer(guest) && guest.args !== undefined],
  [
    'PCI devices without a mapping',
    (guest) => !isContainer(guest) && Object.values(guest.hostpcis).some((device) => !('mapping' in device)),
  ],
  ['hook scripts', (guest) => guest.hookscript !== undefined],
];

function listed(targets: readonly string[]): string {
  const rest = targets.length - most;
  return `${targets.slice(0, most).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
