/** Where the node finds a container. Pure. */

import type { Container } from '../../src/config/fleet.ts';

/** The first static address without its prefix length; empty when there is none. */
export function addressOf(ct: Container): string {
  const ip = Object.values(ct.nets)[0]?.ip ?? '';
  return /^[\d.]+\//.test(ip) ? ip.replace(/\/.*$/, '') : '';
}
