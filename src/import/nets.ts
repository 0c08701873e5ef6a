/** The network of guests in the old files: bridge, address, gateway, servers of names. */

import type { Json } from '../core/json.ts';
import type { Old } from './ledger.ts';
import { asAddress, asAnyAddress, asBridge, asGuestAddress, asMac, move, read } from './values.ts';
import type { Guest, Work } from './work.ts';

/** The interface of a container. */
export function net(work: Work, guest: Guest): void {
  const { draft, old } = guest;
  const config = old.at('network_config');
  const net0 = (key: string) => ['net0', key];
  if (move(config?.at('name'), draft, net0('name'), asBridge) === undefined)
    work.add(draft, net0('name'), 'eth0', 'the interface needs a name inside');
  bridge(work, guest, config?.at('bridge'));
  move(config?.at('ip'), draft, net0('ip'), asGuestAddress);
  if (!draft.has(net0('ip'))) work.guess(draft, net0('ip'), 'dhcp', 'The old file names no address.');
  gateway(guest, config?.at('gw'), ['net0']);
  move(old.at('mac_address'), draft, net0('hwaddr'), asMac);
  nameservers(guest, config?.at('nameservers') ?? config?.at('nameserver'));
}

/** A bridge that the node does not describe is described, without an address. */
export function bridge(work: Work, guest: Guest, said: Old | undefined): void {
  const { draft } = guest;
  const first = work.section('network', 'bridges')[0]?.[0];
  const name = move(said, draft, ['net0', 'bridge'], asBridge);
  if (name === undefined)
    work.guess(draft, ['net0', 'bridge'], first ?? 'vmbr0', 'The old file names no bridge.');
  const used = String(draft.get(['net0', 'bridge']));
  if (!work.hypervisor.has(['network', 'bridges', used]))
    work.guess(
      work.hypervisor,
      ['network', 'bridges', used, 'ports'],
      [],
      'Guests use this bridge, and the old hypervisor file does not know it: name its card, and its address if the node has one there.',
    );
}

/** A gateway stands beside an address, in the same network. */
export function gateway(guest: Guest, said: Old | undefined, place: readonly string[]): void {
  const { draft } = guest;
  const ip = String(draft.get([...place, 'ip']) ?? '');
  const gw = read<string>(said, asAddress);
  if (said === undefined || gw === undefined) return;
  if (!ip.includes('/')) said.drop('a gateway stands beside an address of its own');
  else if (!inside(gw, ip) || gw === ip.split('/')[0]) {
    said.drop(`it is not a gateway in the network of ${ip}`);
    draft.note(place, `The gateway ${gw} is not one in the network of ${ip}: left out.`);
  } else move(said, draft, [...place, 'gw'], asAddress);
}

/** Whether an address lies in the network of another one with its prefix length. */
export function inside(address: string, cidr: string): boolean {
  const [base = '', length = '32'] = cidr.split('/');
  const bits = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const width = 2 ** (32 - Number(length));
  return Math.floor(bits(address) / width) === Math.floor(bits(base) / width);
}

/** One text or a list. */
export function nameservers(guest: Guest, said: Old | undefined, why?: string): void {
  const all: Json[] = [];
  for (const one of said?.items() ?? []) {
    const words = String(one.value)
      .split(/[\s,]+/)
      .filter((word) => word !== '');
    const good = words.filter((word) => !('dropped' in asAnyAddress(word)));
    if (good.length === 0) one.drop('it names no address');
    else {
      all.push(...good);
      const target = guest.draft.set(['nameserver'], [...all]);
      if (why === undefined) one.carry(target);
      else one.doubt(target, why);
    }
  }
}
