/** Guests that carry the project's mark and left its configuration: named by plan and status, never touched. */

import { parseConf } from '../proxmox/conf.ts';
import type { Facts } from '../proxmox/facts.ts';
import { readMark } from '../proxmox/mark.ts';
import type { Opened } from './open.ts';

/** Targets such as `ctid:960`. */
export function orphansOf({ phoenix, config }: Opened, facts: Facts): string[] {
  return [...facts.guests.values()].flatMap((guest) => {
    const mark = readMark(parseConf(guest.conf).description, guest.id);
    const gone = mark?.project === phoenix.name && config.fleet.guests[String(guest.id)] === undefined;
    return gone ? [`${mark.kind}:${guest.id}`] : [];
  });
}
