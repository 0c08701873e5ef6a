/**
 * The nodes of a cluster as one run sees them: each with a sweep of its own, all of them with the guests of all. A node that
 * cannot be reached, or that has lost the others, is out of reach; everything else goes on.
 */

import { LostError, problemOf, UnreachableError } from '../core/error.ts';
import type { Problem } from '../core/event.ts';
import { type Host, inFrontOf } from '../core/host.ts';
import type { FactsSource, LeftOutBy, OutOfReach, Placed, Site, Sites } from '../core/site.ts';
import type { Facts } from '../proxmox/facts.ts';
import { membersFile, parseMembers, parseVmlist, vmlistFile } from '../proxmox/members.ts';
import { ClusterFacts } from './cluster-facts.ts';
import { alone, misnamed, nobodyThere, outOfReach, stranger, unknownNode } from './cluster-problems.ts';
import { Observer } from './observe.ts';

export interface ClusterSetup {
  /** By the names of the nodes; a problem in the place of one that could not be opened. */
  readonly hosts: ReadonlyMap<string, Host | Problem>;
  /** What is asked of a node besides itself and its guests: `file:/etc/network/interfaces`. */
  readonly scopesOf: (node: string) => Iterable<string>;
  /** Those on which nothing is to be done. */
  readonly leftOut?: ReadonlyMap<string, LeftOutBy>;
}

interface Member {
  readonly host: Host;
  readonly observer: Observer;
}

/** Scopes that tell of the cluster. */
const clusterScopes = [`file:${membersFile}`, `file:${vmlistFile}`];

export class Cluster implements Sites<Facts> {
  readonly #members = new Map<string, Member>();
  readonly #away = new Map<string, Problem>();
  readonly #facts = new ClusterFacts();
  /** Nodes out of reach on which nobody expects anything to be done, and who said so. */
  readonly leftOut: ReadonlyMap<string, LeftOutBy>;
  #primary = '';

  private constructor(leftOut: ReadonlyMap<string, LeftOutBy>) {
    this.leftOut = leftOut;
  }

  /** Sweeps all nodes side by side. Throws only where none of them can be reached. */
  static async begin({ hosts, scopesOf, leftOut = new Map() }: ClusterSetup): Promise<Cluster> {
    const cluster = new Cluster(leftOut);
    const failures: unknown[] = [];
    const sweeps = [...hosts].map(async ([name, host]): Promise<[string, Member | Problem]> => {
      if (!isHost(host)) return [name, host];
      try {
        return [name, await cluster.#join(name, host, scopesOf(name))];
      } catch (error) {
        failures.push(error);
        return [name, problemOf(error)];
      }
    });
    for (const [name, found] of await Promise.all(sweeps)) {
      if ('observer' in found) cluster.#members.set(name, found);
      else cluster.#away.set(name, outOfReach(name, found));
    }
    if (cluster.#members.size > 0) cluster.#leaveOutStrangers();
    if (cluster.#members.size === 0) throw failures[0] ?? nobodyThere(cluster.#away);
    cluster.#leaveOutWhoIsAlone();
    await cluster.#hearOfTheAbsent();
    for (const [name, { observer }] of cluster.#members) cluster.#facts.note(name, observer.current());
    cluster.#noteHosts();
    await cluster.#findMovers();
    return cluster;
  }

  async #join(name: string, host: Host, scopes: Iterable<string>): Promise<Member> {
    // One that we reboot ourselves is waited for by who did it, until it has gone and come back.
    let reboot: 'none' | 'asked for' | 'gone' = 'none';
    const watched = inFrontOf(host, {
      run: async (command) => {
        if (command.argv.join(' ') === 'systemctl reboot') reboot = 'asked for';
        try {
          const outcome = await host.run(command);
          if (reboot === 'gone') reboot = 'none';
          return outcome;
        } catch (error) {
          if (error instanceof LostError && reboot !== 'none') reboot = 'gone';
          if (!(error instanceof UnreachableError)) throw error;
          // Whoever else would wait for it in vain is told at once.
          if (reboot === 'none') this.#away.set(name, outOfReach(name, problemOf(error)));
          else reboot = 'gone';
          throw error;
        }
      },
    });
    return { host: watched, observer: await Observer.begin(watched, [...clusterScopes, ...scopes]) };
  }

  /** The node that is asked for what concerns all of them. */
  get primary(): Site<Facts> {
    return this.#siteOf(this.#primary, this.#member(this.#primary));
  }

  /** Nodes out of reach, and why. */
  get away(): ReadonlyMap<string, Problem> {
    return this.#away;
  }

  /** Names of the nodes within reach. */
  get names(): readonly string[] {
    return [...this.#members.keys()].filter((name) => !this.#away.has(name));
  }

  of({ whereabouts }: Placed<Facts>): Site<Facts> | OutOfReach {
    if (whereabouts) return this.#site(whereabouts.now(this.view(this.#primary)));
    // What concerns all of them is done by any: should the first go away meanwhile, by the next.
    const site = this.#site(this.#away.has(this.#primary) ? (this.names[0] ?? this.#primary) : this.#primary);
    if ('problem' in site) return site;
    // And it may cut any of them off.
    return { ...site, host: inFrontOf(site.host, { reach: () => this.#reachAll() }) };
  }

  poolAt(site: string, pool: string): string {
    if (/^(guest|clone):/.test(pool) || commonPools.has(pool)) return pool;
    const [, storage] = /^(?:storage|create):(.+)$/.exec(pool) ?? [];
    return storage !== undefined && this.#facts.isShared(storage) ? pool : `${pool}@${site}`;
  }

  /** What is known of a node's own state, with the guests of all nodes. */
  view(name: string): Facts {
    return this.#facts.view(name, this.#member(name).observer.current());
  }

  /** Reads parts of a node again; of a guest, from the node that it lives on now. */
  async refresh(name: string, scopes: readonly string[]): Promise<Facts> {
    const guests = scopes.filter((scope) => scope.startsWith('guest:'));
    const others = scopes.filter((scope) => !scope.startsWith('guest:'));
    const before = this.#facts.guests;
    const asked = new Map<string, string[]>([[name, [...others]]]);
    for (const scope of guests) {
      const home = before.get(Number(scope.slice(6)))?.node;
      const at = home !== undefined && this.names.includes(home) ? home : name;
      asked.set(at, [...(asked.get(at) ?? []), scope]);
    }
    // Of one that nobody knew yet it says where it is by now.
    if (guests.some((scope) => !before.has(Number(scope.slice(6)))))
      asked.set(name, [...(asked.get(name) ?? []), `file:${vmlistFile}`]);
    await this.#ask(asked);
    const unseen = guests.filter((scope) => !this.#facts.guests.has(Number(scope.slice(6))));
    const gone = unseen.filter((scope) => before.has(Number(scope.slice(6))));
    // It was destroyed, or it lives somewhere else now.
    if (gone.length > 0) await this.#ask(new Map(this.names.map((each) => [each, gone])));
    await this.#findNewborn(
      name,
      unseen.filter((scope) => !gone.includes(scope)),
    );
    return this.view(name);
  }

  /** A clone for another node is made beside its source first, and one that is cut off stays there. */
  async #findNewborn(asked: string, scopes: readonly string[]): Promise<void> {
    const homes = parseVmlist(this.#member(asked).observer.current().files.get(vmlistFile));
    const there = new Map<string, string[]>();
    for (const scope of scopes) {
      const id = Number(scope.slice(6));
      const home = homes.get(id);
      if (home === undefined || home === asked || this.#facts.guests.has(id)) continue;
      if (this.names.includes(home)) there.set(home, [...(there.get(home) ?? []), scope]);
    }
    if (there.size > 0) await this.#ask(there);
  }

  /** Rejects with the first that a new connection does not come through to. */
  async #reachAll(): Promise<void> {
    const each = this.names.map(async (name) => {
      try {
        await this.#member(name).host.reach();
      } catch (error) {
        throw new UnreachableError(outOfReach(name, problemOf(error)));
      }
    });
    await Promise.all(each);
  }

  async #ask(asked: ReadonlyMap<string, readonly string[]>): Promise<void> {
    const each = [...asked].map(async ([name, scopes]) => {
      const facts = await this.#member(name).observer.refresh(scopes);
      this.#facts.note(name, facts, scopes);
      if (scopes.includes('host')) this.#noteHosts();
    });
    await Promise.all(each);
  }

  #member(name: string): Member {
    const member = this.#members.get(name);
    if (member === undefined) throw new Error(`node ${name} is out of reach`);
    return member;
  }

  #site(name: string): Site<Facts> | OutOfReach {
    const member = this.#members.get(name);
    const problem = this.#away.get(name);
    if (member === undefined || problem) {
      const leftOut = this.leftOut.get(name);
      return { name, problem: problem ?? unknownNode(name), ...(leftOut === undefined ? {} : { leftOut }) };
    }
    return this.#siteOf(name, member);
  }

  #siteOf(name: string, member: Member): Site<Facts> {
    const facts: FactsSource<Facts> = {
      current: () => this.view(name),
      refresh: (scopes) => this.refresh(name, scopes),
    };
    return { name, host: member.host, facts };
  }

  #noteHosts(): void {
    const hosts = this.names.map((name) => [name, this.#member(name).observer.current().host] as const);
    this.#facts.noteHosts(new Map(hosts));
  }

  /** A machine that is not what the project takes it for. */
  #leaveOutStrangers(): void {
    const [first] = [...this.#members.values()].flatMap(({ observer }) => membersOf(observer) ?? []);
    for (const [name, { observer }] of this.#members) {
      const own = observer.current().host.node.name;
      if (own !== name) this.#away.set(name, misnamed(name, own));
      else if (first && membersOf(observer)?.name !== first.name)
        this.#away.set(name, stranger(name, first.name));
    }
    for (const name of this.#away.keys()) this.#members.delete(name);
  }

  /** A node that has lost the others cannot change anything, while those that have each other can. */
  #leaveOutWhoIsAlone(): void {
    const quorate = new Map(
      [...this.#members].map(
        ([name, { observer }]) => [name, membersOf(observer)?.quorate !== false] as const,
      ),
    );
    this.#primary = [...quorate].find(([, yes]) => yes)?.[0] ?? this.names[0] ?? '';
    if (quorate.get(this.#primary) !== true) return;
    for (const [name, yes] of quorate) {
      if (yes) continue;
      this.#members.delete(name);
      this.#away.set(name, alone(name));
    }
  }

  async #hearOfTheAbsent(): Promise<void> {
    const { observer } = this.#member(this.#primary);
    const homes = parseVmlist(observer.current().files.get(vmlistFile));
    const dark = [...new Set(homes.values())].filter((node) => !this.#members.has(node));
    if (dark.length === 0) return;
    const told = await observer.refresh(dark.map((node) => `guests-of:${node}`));
    for (const node of dark) {
      const there = [...told.guests].filter(([, guest]) => guest.unknown === true && guest.node === node);
      this.#facts.noteAbsent(node, new Map(there));
    }
  }

  /** A guest that moved while the nodes were asked, or that the HA manager took over, was seen by none of them. */
  async #findMovers(): Promise<void> {
    const homes = parseVmlist(this.#member(this.#primary).observer.current().files.get(vmlistFile));
    const unseen = [...homes.keys()].filter((id) => !this.#facts.guests.has(id)).map((id) => `guest:${id}`);
    if (unseen.length > 0) await this.#ask(new Map(this.names.map((name) => [name, unseen])));
  }
}

/** Files that are one for all nodes: who writes one of them keeps out all others. And nodes reboot one by one, for the quorum. */
const commonPools = new Set(['user.cfg', 'storage.cfg', 'jobs.cfg', 'ha', 'reboot']);

function membersOf(observer: Observer) {
  return parseMembers(observer.current().files.get(membersFile));
}

function isHost(host: Host | Problem): host is Host {
  return 'run' in host;
}
