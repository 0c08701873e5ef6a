/** The guests that a ruleset is about: their firewall files and their interfaces that ask for it. It makes no chain. */

import { parseProperties, sorted } from '../../proxmox/conf.ts';
import type { Call } from '../call.ts';
import { anyGuest, guestIds, kindOf } from '../guests.ts';
import type { FirewallConf } from './conf.ts';
import { complain, guestConf } from './load.ts';

export interface GuestNet {
  /** `net0`. */
  readonly id: string;
  /** As the node calls it: `veth900i0`, `tap100i0`. */
  readonly device: string;
  readonly number: string;
  readonly bridge: string;
  readonly mac: string;
  readonly firewall: boolean;
  readonly ip: string | undefined;
  readonly ip6: string | undefined;
}

export interface GuardedGuest {
  readonly id: string;
  readonly kind: 'vm' | 'ct';
  readonly conf: FirewallConf;
  readonly nets: readonly GuestNet[];
}

/** Virtual machines come first, and each kind by the text of its id. */
export function guardedGuests(call: Call, cluster: FirewallConf, details: boolean): GuardedGuest[] {
  const ids = sorted(guestIds(call.state).map(String));
  const kinds = ['vm', 'ct'] as const;
  return kinds.flatMap((kind) =>
    ids
      .filter((id) => kindOf(call.state, id) === kind)
      .map((id) => ({
        ...{ id, kind, nets: netsOf(call, id) },
        conf: complain(call, guestConf(call.state, cluster, id), details),
      })),
  );
}

export function netsOf(call: Call, id: string): GuestNet[] {
  const guest = anyGuest(call, id);
  const keys = guest?.conf.keys ?? new Map<string, string>();
  const device = guest?.state.kind === 'vm' ? 'tap' : 'veth';
  return sorted(keys.keys()).flatMap((key) => {
    const number = /^net(\d+)$/.exec(key)?.[1];
    const value = keys.get(key) ?? '';
    if (number === undefined) return [];
    const parts = parseProperties(value);
    return [
      {
        ...{ id: key, number, device: `${device}${id}i${number}`, bridge: parts.get('bridge') ?? '' },
        mac: /[0-9a-f]{2}(?::[0-9a-f]{2}){5}/i.exec(value)?.[0] ?? '',
        firewall: parts.get('firewall') === '1',
        ...{ ip: parts.get('ip'), ip6: parts.get('ip6') },
      },
    ];
  });
}
