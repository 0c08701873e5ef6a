/** What the nodes of a cluster looked like, kept as one file: the sweep of each, and who was away. Written by `phx facts`, read by `--facts`. */

import { problemOf } from '../core/error.ts';
import type { Problem } from '../core/event.ts';
import type { Host } from '../core/host.ts';
import type { Facts } from '../proxmox/facts.ts';
import { vmlistFile } from '../proxmox/members.ts';
import { type AbsentNode, type GivenOptions, TwinCluster } from '../twin/cluster.ts';
import { seedTwin } from '../twin/seed.ts';
import { type FactsFile, factsIn, isFactsFile, readDocument, takeFacts, unreadable } from './facts-file.ts';
import type { Io } from './io.ts';

const version = 'cluster facts 1';

export interface ClusterFactsFile {
  readonly phx: typeof version;
  /** Of the cluster: what is recorded of it is kept by this. */
  readonly identity: string;
  /** When it was asked, ISO 8601. */
  readonly at: string;
  /** By name, in the order of the phoenixfile. */
  readonly nodes: Readonly<Record<string, FactsFile>>;
  /** Nodes that did not answer, and why. */
  readonly away: Readonly<Record<string, string>>;
}

/** Asks each node once; nothing is changed there. Throws what the first said where none of them answers. */
export async function takeClusterFacts(
  io: Io,
  hosts: ReadonlyMap<string, Host | Problem>,
  named: readonly string[],
  identity: (first: Host) => Promise<string>,
): Promise<ClusterFactsFile> {
  const scopes = [...named, `file:${vmlistFile}`];
  const failures: unknown[] = [];
  const asked = [...hosts].map(async ([name, host]) => {
    if (!('run' in host)) return { name, why: host.title };
    try {
      return { name, host, file: await takeFacts(io, host, scopes) };
    } catch (error) {
      failures.push(error);
      return { name, why: problemOf(error).title };
    }
  });
  const all = await Promise.all(asked);
  const away = Object.fromEntries(all.flatMap(({ name, why }) => (why === undefined ? [] : [[name, why]])));
  const there = all.flatMap(({ name, host, file }) => (host && file ? [{ name, host, file }] : []));
  const [first] = there;
  if (!first) throw failures[0] ?? new Error('the cluster has no node');
  // What lives on nodes that are away is in the cluster's own files.
  const dark = Object.keys(away).map((node) => `guests-of:${node}`);
  const file = dark.length === 0 ? first.file : await takeFacts(io, first.host, [...scopes, ...dark]);
  return {
    ...{ phx: version, identity: await identity(first.host), at: file.at },
    nodes: Object.fromEntries(there.map((one) => [one.name, one === first ? file : one.file])),
    away,
  };
}

/** Undefined where the file is of one node, or something else. */
export function readClusterFacts(io: Io, path: string): ClusterFactsFile | undefined {
  const file = readDocument(io, path) as Partial<ClusterFactsFile> | null;
  if (typeof file !== 'object' || file?.phx !== version) return undefined;
  const { nodes = {}, away = {}, identity = '', at = '' } = file;
  if (Object.keys(nodes).length === 0 || !Object.values(nodes).every(isFactsFile))
    throw unreadable(path, 'its nodes are no facts');
  return { phx: version, nodes, away, identity, at };
}

/** The nodes as they were, in memory; those that were away are switched off. */
export function twinOfFacts(path: string, file: ClusterFactsFile, options: GivenOptions = {}): TwinCluster {
  const facts = Object.entries(file.nodes).map(([name, one]) => [name, factsIn(path, one)] as const);
  const [, first] = facts[0] ?? [];
  const twins = facts.map(([name, one]) => [name, seedTwin(ownOf(one), { ...options })] as const);
  const absent = Object.keys(file.away).map((name) => [name, absentNode(name, first)] as const);
  return TwinCluster.of(new Map(twins), {
    ...{ ...options, identity: file.identity },
    absent: Object.fromEntries(absent),
  });
}

/** Without guests of other nodes. */
function ownOf(facts: Facts): Facts {
  return { ...facts, guests: new Map([...facts.guests].filter(([, guest]) => !guest.unknown)) };
}

function absentNode(name: string, facts: Facts | undefined): AbsentNode {
  const guests = [...(facts?.guests ?? [])].filter(([, { node }]) => node === name);
  return {
    address: '',
    guests: Object.fromEntries(guests.map(([id, { kind, conf }]) => [id, { kind, conf }])),
  };
}
