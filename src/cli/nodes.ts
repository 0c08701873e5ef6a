/** The nodes that a command works on: a single one, or a cluster (cluster-nodes.ts). */

import type { Host } from '../core/host.ts';
import { type FactsSource, onlySite, type Sites } from '../core/site.ts';
import type { Time } from '../core/time.ts';
import type { Cluster } from '../host/cluster.ts';
import { Observer } from '../host/observe.ts';
import type { Facts } from '../proxmox/facts.ts';
import { isNamedScope } from '../proxmox/sweep.ts';
import { steadyRandom } from '../twin/random.ts';
import { seedTwin } from '../twin/seed.ts';
import type { Fault } from '../twin/state.ts';
import { Twin, type TwinOptions } from '../twin/twin.ts';
import type { Io } from './io.ts';

export interface Nodes {
  /** What concerns all of them is asked and kept here: of a cluster, on the first that answers. */
  readonly host: Host;
  /** As seen from there. */
  readonly facts: FactsSource<Facts>;
  /** Where each task is done. */
  readonly sites: Sites<Facts>;
  /** What waits pass in: on simulated nodes their own, else that of the process. */
  readonly time: Time;
  /** Absent: there is but one. */
  readonly cluster?: Cluster;
  /** By what a plan knows the nodes again that it was made for; simulated ones that nothing was done on yet are as good as any others. */
  readonly knownAs: () => Promise<string>;
  /** Nodes in memory that look the same, and that a plan may change as it likes. */
  readonly copy: (options?: CopyOptions) => Copy;
}

/** What is done with the hosts once they can be reached, before anything is looked at: no other run may end in between. */
export type Guard = (hosts: readonly Host[], identity: () => Promise<string>) => Promise<void>;

/** How copies differ from nodes that answer at once and end with the process. */
export type CopyOptions = Pick<TwinOptions, 'latency' | 'killRun'>;

export interface Copy {
  readonly time: Time;
  /** As tasks see them, `around` put before each. */
  readonly sites: (around: (host: Host) => Host) => Promise<Sites<Facts>>;
  readonly addFault: (fault: Fault) => void;
  readonly clearFaults: () => void;
}

/** What is made up on a copy (addresses of cards, UUIDs) is the same on each, and its time is not waited for. */
export function copying(options: CopyOptions = {}) {
  return { random: steadyRandom(), speed: 'skip', ...options } as const;
}

/** `scopes`: what is asked of the node besides itself and its guests. */
export async function singleNode(io: Io, host: Host, scopes: readonly string[]): Promise<Nodes> {
  const facts = await Observer.begin(host, scopes);
  const time = host instanceof Twin ? host.time : { now: io.clock, sleep: io.sleep };
  return {
    ...{ host, facts, time, sites: onlySite(host, facts) },
    knownAs: async () => (host instanceof Twin && host.isNew() ? 'a new twin' : host.identity()),
    copy: (options) => {
      const own = copying(options);
      const twin = host instanceof Twin ? host.fork(own) : seedTwin(facts.current(), own);
      return {
        time: twin.time,
        sites: async (around) => {
          const copy = around(twin);
          return onlySite(copy, await Observer.begin(copy, scopes.filter(isNamedScope)));
        },
        addFault: (fault) => twin.addFault(fault),
        clearFaults: () => twin.clearFaults(),
      };
    },
  };
}
