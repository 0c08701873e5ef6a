/** Opens the nodes of a cluster: simulated ones, or those of the phoenixfile, as far as they can be reached. */

import { join } from 'node:path';
import { clusterNodes, clusterNodesMeant } from '../config/project.ts';
import { digest } from '../core/digest.ts';
import { PhxError, problemOf } from '../core/error.ts';
import type { Problem } from '../core/event.ts';
import type { TaskGraph } from '../core/graph.ts';
import { type Host, inFrontOf } from '../core/host.ts';
import type { LeftOutBy } from '../core/site.ts';
import { Cluster } from '../host/cluster.ts';
import type { Facts } from '../proxmox/facts.ts';
import { isNamedScope } from '../proxmox/sweep.ts';
import { type AbsentNode, openTwinCluster, TwinCluster } from '../twin/cluster.ts';
import { seedTwin } from '../twin/seed.ts';
import { OnlyLooked } from './api.ts';
import { readClusterFacts, twinOfFacts } from './cluster-facts-file.ts';
import { labelOf, noSuch, notAsked } from './cluster-words.ts';
import { readFacts } from './facts-file.ts';
import { type HostPlace, openHost, openMember } from './hosts.ts';
import type { GlobalOptions, Io } from './io.ts';
import { copying, type Guard, type Nodes } from './nodes.ts';
import { hardwareOfNodes, latencyOf } from './twin-host.ts';

/** What of a project its nodes are opened from. */
type Planned = HostPlace & { readonly graph: TaskGraph<Facts> };

/** The node; of a cluster the first that answers, or the named one, known as the cluster: for what is told of a single one. */
export async function openFirst(
  io: Io,
  planned: HostPlace,
  options: GlobalOptions,
  node?: string,
): Promise<Host> {
  if (clusterNodes(planned.phoenix).length === 0) return openHost(io, planned, options);
  const { members, identity } = await openHosts(io, planned, options);
  const asked = [...members].flatMap(([name, host]) => (node === undefined || name === node ? [host] : []));
  for (const host of asked)
    if ('run' in host) return inFrontOf(host, { identity: async () => identity ?? identityOf(host) });
  const [problem] = asked.filter((member) => 'title' in member);
  throw new PhxError('failed', problem ?? { title: 'The cluster has no node' });
}

/** `common`: what is asked of each node besides what its tasks name. */
export async function openCluster(
  io: Io,
  planned: Planned,
  options: GlobalOptions,
  common: readonly string[],
  guard: Guard,
): Promise<Nodes> {
  const hosts = await openHosts(io, planned, options);
  const members = [...hosts.members.values()].filter((member) => 'run' in member);
  const [first] = members;
  if (first) await guard(members, async () => hosts.identity ?? identityOf(first));
  const scopesOf = (node: string) => [...common, ...scopesAt(planned, node)];
  const { leftOut } = hosts;
  const cluster = await Cluster.begin({ hosts: hosts.members, scopesOf, leftOut });
  await lookElsewhere(planned, cluster);
  const { twin } = hosts;
  const { host, facts } = cluster.primary;
  const front = inFrontOf(host, {
    label: `${labelOf(cluster)}${hosts.at === undefined ? '' : `, as it was at ${hosts.at}`}`,
    identity: async () => hosts.identity ?? identityOf(host),
    close: async () => {
      for (const member of hosts.members.values()) if ('close' in member) await member.close();
    },
  });
  return {
    ...{ host: front, facts, sites: cluster, cluster },
    time: twin?.time ?? { now: io.clock, sleep: io.sleep },
    knownAs: async () => (twin?.isNew() ? 'a new twin' : front.identity()),
    copy: (how) => {
      const own = copying(how);
      const copy = twin?.fork(own) ?? copyOf(cluster, own);
      const names = twin ? copy.names.filter((name) => copy.condition(name) !== 'down') : cluster.names;
      return {
        time: copy.time,
        sites: (around) =>
          Cluster.begin({
            hosts: new Map<string, Host | Problem>([
              ...cluster.away,
              ...names.map((name) => [name, around(copy.node(name))] as const),
            ]),
            scopesOf: (node) => [...scopesOf(node)].filter(isNamedScope),
            leftOut,
          }),
        addFault: (fault) => {
          for (const name of names) copy.node(name).addFault(fault);
        },
        clearFaults: () => {
          for (const name of names) copy.node(name).clearFaults();
        },
      };
    },
  };
}

interface Hosts {
  readonly members: ReadonlyMap<string, Host | Problem>;
  readonly leftOut: ReadonlyMap<string, LeftOutBy>;
  /** Simulated ones. */
  readonly twin?: TwinCluster;
  readonly identity?: string;
  /** When they were so, where they are read from a file. */
  readonly at?: string;
}

export async function openHosts(io: Io, planned: HostPlace, options: GlobalOptions): Promise<Hosts> {
  const { phoenix } = planned;
  const names = clusterNodes(phoenix);
  if (options.facts !== undefined) return openFacts(io, options.facts, names);
  const wanted = options.host ?? phoenix.host ?? 'twin';
  if (wanted === 'twin') {
    const twin = openTwinNodes(io, planned, options.twinLatency);
    return {
      ...{ twin, leftOut: new Map() },
      members: new Map(names.map((name) => [name, twin.node(name)])),
      identity: await twin.identity(),
    };
  }
  const meant = clusterNodesMeant(phoenix, wanted);
  if (!meant) throw noSuch(wanted, names);
  const unchanged: OnlyLooked[] = [];
  const leftOut = new Map<string, LeftOutBy>(
    names.filter((name) => !meant.includes(name)).map((name) => [name, 'command']),
  );
  const each = names.map(async (name): Promise<[string, Host | Problem]> => {
    if (!meant.includes(name)) return [name, notAsked(name, `--host ${wanted}`)];
    const failed = (error: unknown) => {
      if (error instanceof OnlyLooked) {
        unchanged.push(error);
        leftOut.set(name, 'project');
      }
      return problemOf(error);
    };
    return [name, await openMember(io, planned, name).catch(failed)];
  });
  const members = new Map(await Promise.all(each));
  // There is nothing that could be worked on, now or later.
  if (unchanged[0] && unchanged.length === meant.length) throw unchanged[0];
  return { members, leftOut };
}

/** The nodes as they were when their facts were taken; of a file of one node, nothing is known of the others. */
function openFacts(io: Io, path: string, names: readonly string[]): Hosts {
  const whole = readClusterFacts(io, path);
  if (whole) {
    const twin = twinOfFacts(path, whole, { clock: io.clock });
    const members = names.map((name): [string, Host | Problem] => {
      const away = whole.away[name];
      if (Object.hasOwn(whole.nodes, name)) return [name, twin.node(name)];
      return [name, away === undefined ? notAsked(name, `--facts ${path}`) : { title: away, facts: [] }];
    });
    if (!members.some(([, host]) => 'run' in host)) throw noSuch(Object.keys(whole.nodes).join(', '), names);
    const unnamed = names.filter((name) => !Object.hasOwn({ ...whole.nodes, ...whole.away }, name));
    const leftOut = new Map(unnamed.map((name) => [name, 'command' as const]));
    return { members: new Map(members), identity: whole.identity, at: whole.at, leftOut };
  }
  const { file, facts } = readFacts(io, path);
  const { name } = facts.host.node;
  if (!names.includes(name)) throw noSuch(name, names);
  const host = seedTwin(facts, { identity: file.identity, label: `${file.host}, as it was at ${file.at}` });
  const members = names.map((each): [string, Host | Problem] => [
    each,
    each === name ? host : notAsked(each, `--facts ${path}`),
  ]);
  const others = names.filter((each) => each !== name);
  return {
    ...{ members: new Map(members), identity: file.identity },
    leftOut: new Map(others.map((each) => [each, 'command'])),
  };
}

/** The simulated nodes of a project whose nodes are a cluster. */
export function openTwinNodes(io: Io, project: HostPlace, latency?: string): TwinCluster {
  const nodes = hardwareOfNodes(project.config.fleet);
  return openTwinCluster({
    ...{ stateFile: join(project.cacheDir, 'twin', 'cluster.json'), nodes },
    ...{ ...latencyOf(latency), clock: io.clock, sleep: io.sleep },
  });
}

function copyOf(cluster: Cluster, own: ReturnType<typeof copying>): TwinCluster {
  const twins = cluster.names.map((name) => {
    const view = cluster.view(name);
    const guests = new Map([...view.guests].filter(([, guest]) => guest.node === name));
    return [name, seedTwin({ ...view, guests }, own)] as const;
  });
  const absent = [...cluster.away.keys()].map((name): [string, AbsentNode] => [
    name,
    { address: '', guests: guestsOf(cluster.primary.facts.current(), name) },
  ]);
  return TwinCluster.of(new Map(twins), { ...own, absent: Object.fromEntries(absent) });
}

function guestsOf(facts: Facts, node: string): AbsentNode['guests'] {
  const own = [...facts.guests].filter(([, guest]) => guest.node === node);
  return Object.fromEntries(own.map(([id, { kind, conf }]) => [id, { kind, conf }]));
}

/** What the tasks name that may be done on a node, before anything is known. */
function* scopesAt({ graph }: Planned, node: string): Iterable<string> {
  for (const { whereabouts, touches } of graph.tasks)
    if (!whereabouts || whereabouts.among.includes(node)) yield* touches.filter(isNamedScope);
}

/** What belongs to guests that live where nobody expected them is asked of the nodes that they live on. */
async function lookElsewhere({ graph }: Planned, cluster: Cluster): Promise<void> {
  const more = new Map<string, Set<string>>();
  const facts = cluster.primary.facts.current();
  for (const { whereabouts, touches } of graph.tasks) {
    const scopes = touches.filter(isNamedScope);
    const node = scopes.length > 0 ? whereabouts?.now(facts) : undefined;
    if (node === undefined || whereabouts?.among.includes(node) || !cluster.names.includes(node)) continue;
    more.set(node, new Set([...(more.get(node) ?? []), ...scopes]));
  }
  await Promise.all([...more].map(([node, scopes]) => cluster.refresh(node, [...scopes])));
}

/** One for the whole cluster: its own authority for certificates, which all nodes have. */
export async function identityOf(host: Host): Promise<string> {
  const text = await host.readFile('/etc/pve/pve-root-ca.pem');
  return text === undefined ? host.identity() : `cluster-${digest(text).slice(0, 16)}`;
}
