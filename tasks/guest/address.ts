/** What a guest is called, and where the node finds it. Pure. */

import type { Guest } from '../../src/config/fleet.ts';

/** The first static address without its prefix length; empty when there is none. */
export function addressOf(guest: Guest): string {
  const nets = guest.kind === 'ct' ? guest.nets : guest.ipconfig;
  const ip = Object.values(nets)[0]?.ip ?? '';
  return /^[\d.]+\//.test(ip) ? ip.replace(/\/.*$/, '') : '';
}

export function nameOf(guest: Guest): string {
  return guest.kind === 'ct' ? guest.hostname : guest.name;
}
