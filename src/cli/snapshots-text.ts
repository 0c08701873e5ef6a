/** What a person reads of the snapshots of guests. */

import { parseConf, parseProperties } from '../proxmox/conf.ts';
import type { Facts } from '../proxmox/facts.ts';
import { parkingOf } from '../proxmox/parking.ts';
import type { Points } from './points.ts';

/** The snapshots of these guests, newest last, then their other safety points, and how to go back to one. */
export function snapshotsText(facts: Facts, guests: readonly number[], points: Points): string {
  const lines = guests.flatMap((id) => {
    const guest = facts.guests.get(id);
    if (!guest) return [`  ${id} is not on the node`];
    const target = `${guest.kind === 'ct' ? 'ctid' : 'vmid'}:${id}`;
    const conf = parseConf(guest.conf, guest.kind);
    const times = [...conf.snapshots].map(([name, { keys, description }]) => ({
      name,
      time: Number(keys.get('snaptime') ?? 0),
      text: description.trim(),
    }));
    const others = points.of.get(id) ?? [];
    if (times.length + others.length === 0) return [`  ${target} has no snapshots`];
    const width = Math.max(...[...times, ...others].map(({ name }) => name.length));
    return [
      `  ${target}`,
      ...times
        .sort((a, b) => a.time - b.time)
        .map(({ name, time, text }) => `    ${name.padEnd(width)}  ${when(time)}  ${text}`.trimEnd()),
      ...others.map(({ name, holds }) => `    ${name.padEnd(width)}  ${holds}`),
    ];
  });
  lines.push(...points.troubles.map((trouble) => `  safety points could not be asked for: ${trouble}`));
  return `${[...lines, '', '  Go back to one: phx rollback <guest> <name>'].join('\n')}\n`;
}

/** The moment a snapshot tells of, and what else goes back with it. */
export function pastOf(facts: Facts, id: number, name: string, points: Points): string {
  const guest = facts.guests.get(id);
  const snapshot = guest && parseConf(guest.conf, guest.kind).snapshots.get(name);
  const point = points.of.get(id)?.find((one) => one.name === name);
  if (!snapshot) return point ? `${name} (${point.holds}); what came later is lost` : name;
  const volumes = mountsIn(snapshot.keys);
  const data = volumes.length > 0 ? `, with the data under ${volumes.join(', ')}` : '';
  return `${name} of ${when(Number(snapshot.keys.get('snaptime') ?? 0))}${data}; what came later is lost`;
}

/** Paths inside a container of the volumes that lie beside its root; the disks of a VM by their keys. */
export function dataOf(facts: Facts, id: number): string[] {
  const guest = facts.guests.get(id);
  return guest ? mountsIn(parseConf(guest.conf, guest.kind).keys) : [];
}

/** What goes when a guest is destroyed, and what stays. */
export function lossOf(facts: Facts, id: number, title: string, keepVolumes: boolean): string {
  const parked = parkingOf(facts, id);
  const data = [...new Set([...dataOf(facts, id), ...(parked ? mountsIn(parked.volumes) : [])])];
  const under = `the data under ${data.join(', ')}`;
  if (!facts.guests.has(id)) return `the parked volumes of ${title} are destroyed, with ${under}`;
  if (keepVolumes) {
    const stays = data.length > 0 ? `; ${under} is kept for the next container of this id` : '';
    return `${title} is destroyed with its root and its snapshots${stays}`;
  }
  return `${title} is destroyed with all its volumes and snapshots${data.length > 0 ? `, among them ${under}` : ''}`;
}

/** The disks of a VM have no path inside that the node knows. */
const disk = /^(scsi|virtio|sata|ide)\d+$/;

function mountsIn(keys: ReadonlyMap<string, string>): string[] {
  return [...keys].flatMap(([key, value]) => {
    const properties = parseProperties(value, 'volume');
    if (disk.test(key) && /[:/](vm|base)-\d+-disk-/.test(properties.get('volume') ?? '')) return [key];
    const own = /^mp\d+$/.test(key) && !properties.get('volume')?.startsWith('/');
    return own ? [properties.get('mp') ?? key] : [];
  });
}

function when(seconds: number): string {
  return seconds === 0
    ? 'unknown time'
    : `${new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
