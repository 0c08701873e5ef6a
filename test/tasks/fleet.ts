/** The small fleet under the cases: container 950 and a bare hypervisor, with what a case lays over them. */

import type { Container, Fleet, Guest, Hypervisor, VirtualMachine } from '../../src/config/fleet.ts';
import { merge } from '../../src/config/layer.ts';
import type { CheckRequest, PhxTask, Rendered } from '../../src/config/project.ts';
import type { Json } from '../../src/core/json.ts';
import { hypervisor } from '../../tasks/hypervisor/index.ts';
import { lxc } from '../../tasks/lxc/index.ts';
import { vm } from '../../tasks/vm/index.ts';
import { subject } from './fake-node.ts';

export type Over = Readonly<Record<string, unknown>>;

/** What a case wants of its fleet. */
export interface Wishes {
  /** Laid over the base container 950; null takes a key away. */
  readonly ct?: Over;
  /** Laid over the base VM 950, which then stands in the place of the container. */
  readonly vm?: Over;
  /** Further guests of the fleet, over the same bases: containers, and VMs where they say `kind: 'vm'`. */
  readonly others?: Readonly<Record<string, Over>>;
  /** Laid over the bare hypervisor, object by object. */
  readonly hypervisor?: Over;
  /** What templates render to, by name. */
  readonly rendered?: Readonly<Record<string, Partial<Rendered>>>;
}

const baseContainer: Container = {
  kind: 'ct',
  id: Number(subject),
  hostname: 'web',
  ostemplate: 'iso:vztmpl/u.tar.zst',
  unprivileged: true,
  rootfs: { storage: 'quick', size: 8 },
  memory: 512,
  swap: 512,
  state: 'running',
  ...{ layers: [], dependencies: [], drift: 'mend', ignore: [], nets: {}, mounts: {}, devs: {}, gpus: [] },
  ...{ restart: 'manual', rollback: 'never', safety: { by: 'snapshot', keep: 1 } },
};

const baseVm: VirtualMachine = {
  kind: 'vm',
  id: Number(subject),
  name: 'web',
  image: 'noble',
  disk: { storage: 'quick', size: 8 },
  memory: 512,
  agent: true,
  state: 'running',
  ...{
    layers: [],
    dependencies: [],
    drift: 'mend',
    ignore: [],
    nets: {},
    ipconfig: {},
    drives: {},
    numas: {},
  },
  ...{ serials: {}, parallels: {}, hostpcis: {}, usbs: {}, virtiofs: {} },
  ...{ restart: 'manual', rollback: 'never', safety: { by: 'snapshot', keep: 1 } },
};

const baseHypervisor: Hypervisor = {
  repositories: { suite: 'trixie', enterprise: false, noSubscription: true },
  network: { bridges: {}, nameservers: [], hosts: {} },
  commitConfirm: 60,
  zfs: { pools: {}, datasets: {} },
  nfs: { exports: {} },
  access: { users: {}, groups: {}, roles: {}, acl: {}, tokens: {} },
  apparmor: { profiles: {}, homeDirs: [] },
  certificates: { trusted: {} },
  firewall: {
    enabled: false,
    policyIn: 'DROP',
    policyOut: 'ACCEPT',
    ...{ rules: {}, aliases: {}, ipsets: {}, groups: {}, node: { rules: {} } },
  },
  images: { noble: { url: 'https://example.org/noble.img' } },
  ...{ ntp: [], packages: [], storage: {}, directories: {}, templates: {}, users: {} },
  ...{ backups: {}, ha: { rules: {} }, external: {} },
};

/** What templates of cloud-init render to. */
const documents: Readonly<Record<string, string>> = {
  'cloud-init/user-data.yaml': 'hostname: web\n',
  'cloud-init/network-config.yaml': 'version: 2\n',
  'cloud-init/meta-data.yaml': 'local-hostname: web\n',
};

function container(id: number, over: Over = {}): Container {
  const all = Object.entries({ ...baseContainer, id, ...over }).filter(([, value]) => value !== null);
  const ct: Record<string, unknown> = Object.fromEntries(all);
  if (ct.clone) delete ct.ostemplate;
  return ct as unknown as Container;
}

function machine(id: number, over: Over = {}): VirtualMachine {
  const all = Object.entries({ ...baseVm, id, ...over }).filter(([, value]) => value !== null);
  const vm: Record<string, unknown> = Object.fromEntries(all);
  if (vm.clone) delete vm.image;
  return vm as unknown as VirtualMachine;
}

function guest(id: number, over: Over): Guest {
  return over.kind === 'vm' ? machine(id, over) : container(id, over);
}

export function fleetOf(each: Wishes): Fleet {
  const others = Object.entries(each.others ?? {}).map(([id, over]) => [id, guest(Number(id), over)]);
  const guests = {
    [subject]: each.vm ? machine(Number(subject), each.vm) : container(Number(subject), each.ct),
    ...Object.fromEntries(others),
  };
  const node = merge(baseHypervisor as unknown as Json, (each.hypervisor ?? {}) as Json);
  return { hypervisor: node as unknown as Hypervisor, guests };
}

export async function tasksOf(each: Wishes): Promise<PhxTask[]> {
  const input = {
    root: '/project',
    project: 'fleet',
    text: (path: string) => `text of ${path}\n`,
    fleet: fleetOf(each),
    render: async (_: string, name: string): Promise<Rendered> => ({
      ...{ body: `apply ${name}`, provides: [], verify: [], requires: [], digest: `${name}-1` },
      ...each.rendered?.[name],
    }),
    document: async (path: string) => documents[path] ?? '',
  };
  const all = await Promise.all([hypervisor(), lxc(), vm()].map((plugin) => plugin.tasks(input)));
  return all.flat();
}

/** Tasks that ask this fleet how it is. */
export function checksOf(each: Wishes, request: Omit<CheckRequest, 'targets'>): PhxTask[] {
  const fleet = fleetOf(each);
  const guests = Object.keys(fleet.guests).map((id) => `ctid:${id}`);
  const targets = [...guests, ...Object.keys(fleet.hypervisor.external).map((id) => `external:${id}`)];
  const input = { project: 'fleet', fleet, text: (path: string) => `text of ${path}\n` };
  return [hypervisor(), lxc()].flatMap((plugin) => plugin.checks?.(input, { ...request, targets }) ?? []);
}
