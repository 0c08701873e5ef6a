/** What may be there only once in the whole fleet, and what guests have in common. */

import type { Path } from '../config/path.ts';
import type { Json } from '../core/json.ts';
import type { Draft } from './draft.ts';
import { takesSnapshots } from './guest.ts';
import { isObject, type Ledger } from './ledger.ts';
import { asHost } from './values.ts';
import type { Guest, Kind, Work } from './work.ts';

/** Names, addresses and MAC addresses: the second guest that has one gets another, or none. */
export function once(work: Work): void {
  const taken = new Map<string, string>();
  const clash = (what: string, value: string, who: string): string | undefined => {
    const other = taken.get(`${what} ${value}`);
    if (other === undefined) taken.set(`${what} ${value}`, who);
    return other;
  };
  for (const [name, bridge] of work.section('network', 'bridges'))
    if (isObject(bridge) && typeof bridge.address === 'string')
      clash('address', bare(bridge.address), `the node's bridge ${name}`);
  for (const { id, kind, draft } of [...work.guests.values()].sort((a, b) => a.id - b.id)) {
    const who = `guest ${id}`;
    const [nameKey, addressKey] =
      kind === 'ct' ? [['hostname'], ['net0', 'ip']] : [['name'], ['ipconfig0', 'ip']];
    const name = String(draft.get(nameKey));
    const owner = clash('name', name.toLowerCase(), who);
    if (owner !== undefined) {
      const made = asHost(`${name.slice(0, 50)}-${id}`);
      const free = 'dropped' in made ? `guest-${id}` : String(made.value);
      clash('name', free.toLowerCase(), who);
      work.guess(draft, nameKey, free, `Its name ${name} is also that of ${owner}.`);
    }
    const ip = String(draft.get(addressKey) ?? '');
    const holder = ip.includes('/') ? clash('address', bare(ip), who) : undefined;
    if (holder !== undefined) {
      draft.drop([...addressKey.slice(0, -1), 'gw']);
      work.guess(
        draft,
        addressKey,
        'dhcp',
        `Its address ${bare(ip)} is also that of ${holder}: give it one of its own.`,
      );
    }
    const mac = String(draft.get(['net0', 'hwaddr']) ?? '').toUpperCase();
    const card = mac === '' ? undefined : clash('MAC address', mac, who);
    if (card !== undefined) {
      draft.drop(['net0', 'hwaddr']);
      work.ledger.guess(
        draft.at(['net0']),
        `Its MAC address ${mac} is also that of ${card}: Proxmox makes up another.`,
      );
    }
  }
}

function bare(cidr: string): string {
  return cidr.split('/')[0] ?? cidr;
}

/** Keys whose values may stand for all guests of a kind; what a guest is for stays in its own file. */
const shareable = [
  'cores',
  'memory',
  'swap',
  'unprivileged',
  'rootfs',
  'disk',
  'net0',
  'ipconfig0',
  'ciuser',
  'agent',
  'features',
  'onboot',
  'startup',
  'searchdomain',
];

/** Moves what all guests of a kind say to the defaults: single values, of two guests and more. */
export function share(work: Work): void {
  work.defaults.head.push(
    'What all guests of a kind share. A guest that is otherwise says so in its own file.',
  );
  for (const kind of ['ct', 'vm'] as const) shareOf(work, kind);
}

function shareOf(work: Work, kind: Kind): void {
  const all = [...work.guests.values()].filter((guest) => guest.kind === kind);
  const [first, ...rest] = all;
  if (first === undefined || rest.length === 0) return;
  for (const [path, value] of shareable.flatMap((key) => leaves(first.draft, [key]))) {
    const isSame = all.every(({ draft }) => draft.get(path) === value && !draft.isNoted(path));
    if (!isSame) continue;
    work.defaults.set([kind, ...path], value);
    for (const { draft } of all) draft.drop(path);
  }
}

/** Lists are not shared: they replace as a whole. */
function leaves(draft: Draft, path: Path): (readonly [Path, Json])[] {
  const value = draft.get(path);
  if (isObject(value)) return Object.keys(value).flatMap((key) => leaves(draft, [...path, key]));
  return value === undefined || Array.isArray(value) ? [] : [[path, value]];
}

/** Guests that run and are cloned from need a snapshot. */
export function seals(work: Work): void {
  for (const guest of work.guests.values()) {
    const { draft } = guest;
    const runs = draft.get(['state']) !== 'stopped' && draft.get(['template']) !== true;
    if (!runs || !work.isSource(guest) || draft.has(['snapshot'])) continue;
    if (guest.kind === 'ct' && takesSnapshots(work, guest))
      work.add(draft, ['snapshot'], 'sealed', 'a container that runs is cloned from a snapshot');
    else work.guess(draft, ['state'], 'stopped', 'Others are cloned from it, which wants it stopped.');
  }
}

/** Files of guests are named by id and name. */
export function nameFiles(guests: Iterable<Guest>): void {
  for (const { id, kind, draft } of guests) {
    const name = String(draft.get([kind === 'ct' ? 'hostname' : 'name'])).toLowerCase();
    draft.file = `config/guests/${id}-${name}.json5`;
  }
}

/** How many cards the node has, by those that guests are given. */
export function gpusOfNode(work: Work, ledger: Ledger): void {
  const highest = Math.max(-1, ...[...work.guests.values()].flatMap(({ gpus }) => gpus));
  if (!work.hypervisor.has(['nvidia'])) return;
  ledger.add(
    work.hypervisor.set(['nvidia', 'gpus'], Math.max(1, highest + 1)),
    'as many cards as guests have',
  );
}
