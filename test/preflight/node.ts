/** A node and a fleet for the tables of conflicts: one container and one VM on what they need, nothing against them. */

import { Observer } from '../../src/host/observe.ts';
import type { Conflict } from '../../src/preflight/index.ts';
import { preflight } from '../../src/preflight/index.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { membersFile } from '../../src/proxmox/members.ts';
import { rebootFile } from '../../src/proxmox/workspace.ts';
import { FakeNode, type Scene } from '../tasks/fake-node.ts';
import { fleetOf, type Over, type Wishes } from '../tasks/fleet.ts';

export const nets = {
  net0: { name: 'eth0', bridge: 'vmbr0', ip: '10.0.0.50/24', hwaddr: 'BC:24:11:00:00:50' },
};
export const vmNets = { net0: { model: 'virtio', bridge: 'vmbr0', macaddr: 'BC:24:11:00:00:51' } };

/** Container 950 and VM 951; the storage `thick` allocates the disks of VMs as a whole. */
export const wishes = {
  ct: { nets } as Over,
  others: {
    '951': {
      ...{ kind: 'vm', name: 'box', nets: vmNets, disk: { storage: 'thick', size: 8 } },
      ipconfig: { ipconfig0: { ip: '10.0.0.51/24' } },
    },
  } as Record<string, Over>,
  hypervisor: {
    network: { bridges: { vmbr0: { address: '10.0.0.2/24', ports: ['eno1'] } } },
    storage: {
      quick: { type: 'zfspool', pool: 'tank/ct', content: ['rootdir', 'images'], sparse: true },
      thick: { type: 'zfspool', pool: 'tank/vm', content: ['images'] },
      iso: { type: 'dir', path: '/tank/iso', content: ['vztmpl'] },
    },
    templates: { 'u.tar.zst': { storage: 'iso' } },
  } as Over,
};

const gibibytes = (count: number) => String(count * 1024 ** 3);

export const host: Readonly<Record<string, readonly string[]>> = {
  interfaces: ['vmbr0'],
  storage: [
    ...['zfspool: quick', '\tpool tank/ct', '\tcontent rootdir,images', '\tsparse 1', ''],
    ...['zfspool: thick', '\tpool tank/vm', '\tcontent images', ''],
    ...['dir: iso', '\tpath /tank/iso', '\tcontent vztmpl', ''],
  ],
  templates: ['100 /tank/iso/template/cache/u.tar.zst'],
  images: ['100 /var/lib/phx/images/noble.img'],
  pci: ['0000:01:00.0 10de:2d04 030000 nvidia', '0000:02:00.0 10de:2d04 030000 nvidia'],
  zpools: [`tank\t${gibibytes(200)}\t${gibibytes(100)}\tONLINE`],
  zfs: [`tank/ct\tavailable\t${gibibytes(100)}\t-`, `tank/vm\tavailable\t${gibibytes(100)}\t-`],
};

export interface Case {
  readonly wishes?: Wishes;
  readonly scene?: Scene;
  readonly cores?: number;
  readonly clock?: Facts['clock'];
  /** Targets that the run is about, with all of their tasks, and single tasks; default: both guests. */
  readonly demanded?: readonly string[];
  readonly recorded?: Readonly<Record<string, readonly string[]>>;
}

export async function conflictsOf(one: Case): Promise<Conflict[]> {
  const { ct, others, hypervisor } = wishes;
  const fleet = fleetOf({
    ...{ ct: { ...ct, ...one.wishes?.ct }, hypervisor: one.wishes?.hypervisor ?? hypervisor },
    others: { ...others, ...one.wishes?.others },
  });
  const demanded = one.demanded ?? ['ctid:950/define', 'vmid:951/define'];
  return preflight({
    ...{ fleet, project: 'fleet', facts: await factsOf(one), demanded: new Set(demanded) },
    recorded: (task) => one.recorded?.[task] ?? [],
  });
}

async function factsOf({ scene = {}, cores, clock }: Case): Promise<Facts> {
  const node = new FakeNode(
    { conf: null, ...scene, host: { ...host, ...scene.host } },
    { answers: {}, guest: {}, after: {} },
  );
  const seen = (await Observer.begin(node, [`file:${membersFile}`, `file:${rebootFile}`])).current();
  const facts: Facts = clock ? { ...seen, clock } : seen;
  if (cores === undefined) return facts;
  return { ...facts, host: { ...facts.host, node: { ...facts.host.node, cores } } };
}

/** A conflict on one line. */
export function brief({ severity, subject, title }: Conflict): string {
  return `${severity} ${subject}: ${title}`;
}

/** A guest that phx did not make. */
export function stranger(conf: Readonly<Record<string, string | null>>, more: Partial<Scene> = {}) {
  return { conf: { '#': null, hostname: 'stranger', ...conf }, ...more };
}
