/** Whether the node could be reached from outside as its network and firewall stand now. It knows no command. */

import { firewallCuts } from './firewall/cuts.ts';
import { linksOf } from './interfaces.ts';
import type { Link } from './machine-state.ts';
import type { TwinState } from './state.ts';

/** Why a new connection to the node's address would not come through; undefined when it would. */
export function reachProblem(state: TwinState): string | undefined {
  return linkProblem(state) ?? firewallProblem(state);
}

/** Rules count while their daemon runs; where the node's address is not known, nobody can tell. */
function firewallProblem(state: TwinState): string | undefined {
  if (!state.units['pve-firewall']?.active || state.hardware.address === '') return undefined;
  return firewallCuts(state);
}

/** The address has to be on an interface that is up and has a way to one of the node's cards. */
function linkProblem(state: TwinState): string | undefined {
  const address = host(state.hardware.address);
  if (address === '') return undefined;
  const links = linksOf(state);
  const holder = links.find((link) => link.address !== undefined && host(link.address) === address);
  if (!holder) return `no interface has the address ${address}`;
  if (!hasCarrier(state, links, holder.name))
    return `${holder.name} has the address ${address}, but none of its ports is a network card of the node`;
  return undefined;
}

function host(address: string): string {
  return address.replace(/\/.*$/, '');
}

/** A card, or an interface that rests on one: bridge, bond, VLAN. */
function hasCarrier(
  state: TwinState,
  links: readonly Link[],
  name: string,
  above: readonly string[] = [],
): boolean {
  if ((state.hardware.nics ?? ['eno1']).includes(name)) return true;
  if (above.includes(name)) return false;
  const under = links.find((link) => link.name === name)?.ports ?? [];
  const base = /^(.+)\.\d+$/.exec(name)?.[1];
  return [...under, ...(base === undefined ? [] : [base])].some((port) =>
    hasCarrier(state, links, port, [...above, name]),
  );
}

/** Does an address answer a ping? The node's own does; others only over a network that works. */
export function answers(state: TwinState, address: string): boolean {
  if (address === 'localhost' || address.startsWith('127.')) return true;
  if (linkProblem(state) !== undefined) return false;
  const { gateway } = state.hardware;
  const routed = linksOf(state).some((link) => link.gateway === gateway);
  return address === host(state.hardware.address) || address === gateway || routed;
}
