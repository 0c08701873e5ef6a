/** How a node is, by its facts, beside what stands between it and the configuration (src/preflight). Pure. */

import type { Fleet } from '../../config/fleet.ts';
import type { Facts, HostFacts } from '../../proxmox/facts.ts';
import { confOf } from '../../proxmox/guest-conf.ts';
import { pveVersion } from '../../proxmox/version.ts';
import type { Finding } from './finding.ts';

type Hypervisor = Fleet['hypervisor'];

/** The versions of Proxmox VE that phx is tested with, as major numbers. */
const known = [8, 9];
const [full, nearlyFull] = [0.92, 0.8];

export function nodeFindings(about: string, facts: Facts, hypervisor: Hypervisor): Finding[] {
  const { host } = facts;
  const found = [
    ...version(host),
    ...tools(host, hypervisor),
    ...kernel(host),
    ...pools(host),
    ...thinPools(host),
    ...driver(host, hypervisor),
    ...locks(facts),
  ];
  return found.map((finding) => ({ about, ...finding }));
}

type Found = Omit<Finding, 'about'>;

function version({ packages }: HostFacts): Found[] {
  const own = pveVersion(packages);
  const text = packages.get('pve-manager');
  if (own === undefined)
    return [
      {
        ...{ level: 'bad', title: 'this is no Proxmox VE: pve-manager is not installed' },
        hint: 'phx works on a Proxmox VE host. Name the right node.',
        command: 'phx doctor --host root@<address>',
      },
    ];
  if (known.includes(own.major)) return [{ level: 'good', title: `Proxmox VE ${text}` }];
  return [
    {
      ...{ level: 'look', title: `Proxmox VE ${text} is another one than phx was made with (8.4 and 9.2)` },
      hint: 'Look at each plan before you run it.',
    },
  ];
}

function tools({ packages }: HostFacts, { zfs }: Hypervisor): Found[] {
  const wanted = [
    ...['pve-container', 'qemu-server', 'libpve-storage-perl'],
    ...(Object.keys(zfs.pools).length > 0 ? ['zfsutils-linux'] : []),
  ];
  const missing = wanted.filter((name) => !packages.has(name));
  if (missing.length === 0) return [{ level: 'good', title: `${wanted.join(', ')} are installed` }];
  return [
    {
      ...{ level: 'bad', title: `${missing.join(', ')} is not installed` },
      hint: 'phx sends its commands to what these packages bring along.',
      command: `apt-get install ${missing.join(' ')}`,
    },
  ];
}

/** The kernel that runs is not the newest that is installed. */
function kernel({ node, kernels }: HostFacts): Found[] {
  const newest = [...kernels].sort(byVersion).at(-1);
  if (newest === undefined || byVersion(newest, node.kernel) <= 0)
    return [{ level: 'good', title: `kernel ${node.kernel}` }];
  return [
    {
      ...{ level: 'look', title: `kernel ${newest} is installed, ${node.kernel} runs` },
      hint: 'It counts from the next boot on; modules of the new one are not loaded before.',
      command: 'reboot',
    },
  ];
}

function byVersion(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

function pools({ zpools }: HostFacts): Found[] {
  return [...zpools.values()].flatMap(({ name, health, size, free }): Found[] => {
    const command = `zpool status -v ${name}`;
    if (health !== 'ONLINE')
      return [
        {
          ...{ level: 'bad', title: `pool ${name} is ${health}`, command },
          hint: 'Mend it before anything else is put on it.',
        },
      ];
    return [fullness(`pool ${name}`, 1 - free / size, `zfs list -o space -r ${name}`)];
  });
}

function thinPools({ groups }: HostFacts): Found[] {
  return [...(groups ?? [])].flatMap(([group, { pools: thin }]) =>
    [...thin].map(([name, { data = 0, metadata = 0 }]) =>
      fullness(`thin pool ${group}/${name}`, Math.max(data, metadata) / 100, `lvs ${group}`),
    ),
  );
}

function fullness(what: string, used: number, command: string): Found {
  const title = `${what} is ${Math.round(used * 100)} % full`;
  if (used < nearlyFull) return { level: 'good', title };
  return {
    ...{ level: used < full ? 'look' : 'bad', title, command },
    hint: 'What is full refuses writes of the guests that are on it.',
  };
}

/** The driver: configured, installed, loaded; and the cards that it should find. */
function driver({ nvidia, gpus }: HostFacts, { nvidia: wanted }: Hypervisor): Found[] {
  if (wanted === undefined) return [];
  if (gpus < wanted.gpus)
    return [
      {
        ...{
          level: 'bad',
          title: `the configuration speaks of ${wanted.gpus} NVIDIA cards, the node has ${gpus}`,
        },
        command: 'lspci -nn | grep -i nvidia',
      },
    ];
  const { installed, loaded } = nvidia;
  if (installed !== undefined && loaded !== undefined && installed !== loaded)
    return [
      {
        ...{ level: 'bad', title: `driver ${installed} is installed, ${loaded} is loaded` },
        hint: 'Programs in guests are refused by a driver of another version than their own.',
        command: 'reboot',
      },
    ];
  if (installed !== wanted.version)
    return [
      {
        ...{
          level: 'look',
          title: `driver ${installed ?? '(none)'} is installed, ${wanted.version} is wanted`,
        },
        command: 'phx run hypervisor',
      },
    ];
  return [{ level: 'good', title: `NVIDIA driver ${installed}, ${gpus} cards` }];
}

/** A guest that something has locked: either it is at work, or it was cut off. */
function locks({ guests }: Facts): Found[] {
  return [...guests.values()].flatMap((guest): Found[] => {
    const lock = guest.unknown ? undefined : confOf(guest).keys.get('lock');
    if (lock === undefined) return [];
    const [tool, target] = guest.kind === 'ct' ? ['pct', `ctid:${guest.id}`] : ['qm', `vmid:${guest.id}`];
    return [
      {
        ...{ level: 'look', title: `${target} is locked (${lock})` },
        hint: `Either something is at work on it (phx tasks ${target} --running), or it was cut off: then take the lock away.`,
        command: `${tool} unlock ${guest.id}`,
      },
    ];
  });
}
