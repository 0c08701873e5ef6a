/** The places that have firewall files: where their paths begin, and how a request finds its file. It answers nothing. */

import type { Call } from '../../call.ts';
import type { FirewallConf, FirewallScope, Known, RuleScope } from '../../firewall/conf.ts';
import { clusterConf, complain, guestConf, hostConf } from '../../firewall/load.ts';
import type { Given } from '../../options.ts';

export interface Place {
  /** Where its paths begin. */
  readonly path: string;
  readonly scope: FirewallScope;
}

export const clusterPlace: Place = { path: '/cluster/firewall', scope: 'cluster' };
export const hostPlace: Place = { path: '/nodes/{node}/firewall', scope: 'host' };
export const guestPlaces: readonly Place[] = [
  { path: '/nodes/{node}/lxc/{vmid}/firewall', scope: 'ct' },
  { path: '/nodes/{node}/qemu/{vmid}/firewall', scope: 'vm' },
];

export interface Loaded {
  readonly conf: FirewallConf;
  readonly cluster: FirewallConf;
}

/** Reads the files, and says on standard error what was wrong in them. */
export function load(call: Call, { scope }: Place, { values }: Given): Loaded {
  const cluster = complain(call, clusterConf(call.state, call.now() / 1000));
  if (scope === 'cluster') return { conf: cluster, cluster };
  const read =
    scope === 'host'
      ? hostConf(call.state, cluster)
      : guestConf(call.state, cluster, values.get('vmid') ?? '', scope);
  return { conf: complain(call, read), cluster };
}

/** What a rule or an entry may name. The cluster's own file is looked at as such. */
export function knownTo({ conf, cluster }: Loaded, scope: RuleScope): Known {
  return { own: scope === 'group' ? undefined : conf, cluster };
}
