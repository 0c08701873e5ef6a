/** Whether clones and dependencies can be had: sources, snapshots, sizes, circles. It knows no file. */
import { nearest } from '../path.ts';
import { cloneable } from './cloneable.ts';
import { type Check, entries, type LooseGuest, type Reporter, title } from './subject.ts';

/** Clone sources exist and can be cloned; dependencies exist; nothing waits for itself. */
export const lineage: Check = ({ guests, hypervisor, unreadable }, report) => {
  const byId = new Map(guests.map((guest) => [guest.id, guest]));
  const absent = (id: number): boolean => !byId.has(id) && !unreadable.has(id);
  const way = (id: number, self: number): string | undefined => {
    const meant = nearest(String(id), [...byId.keys()].filter((other) => other !== self).map(String));
    return meant === undefined ? undefined : `did you mean ${meant}?`;
  };
  for (const guest of guests) {
    const from = guest.clone?.from;
    if (from !== undefined) {
      const source = byId.get(from);
      if (absent(from)) {
        report.error(
          guest.id,
          ['clone', 'from'],
          `${title(guest)} is cloned from guest ${from}, which does not exist`,
          way(from, guest.id),
        );
      } else if (source !== undefined && source !== guest) cloneable(guest, source, hypervisor, report);
    }
    for (const [index, id] of (guest.dependencies ?? []).entries()) {
      const path = ['dependencies', index];
      if (absent(id)) {
        report.error(
          guest.id,
          path,
          `${title(guest)} depends on guest ${id}, which does not exist`,
          way(id, guest.id),
        );
      } else if (byId.get(id)?.state === 'stopped' && id !== guest.id) {
        report.warning(guest.id, path, `${title(guest)} depends on guest ${id}, which is kept stopped`);
      }
    }
  }
  circles(guests, report);
  mounts(guests, report);
};

/** Circles of clone and dependency edges; each is told once, at its lowest id. */
function circles(guests: readonly LooseGuest[], report: Reporter): void {
  const next = new Map(
    guests.map((guest) => [
      guest.id,
      [...(guest.clone?.from === undefined ? [] : [guest.clone.from]), ...(guest.dependencies ?? [])],
    ]),
  );
  const done = new Set<number>();
  for (const start of [...next.keys()].sort((a, b) => a - b)) {
    const trail: number[] = [start];
    const choices: number[][] = [[...(next.get(start) ?? [])]];
    while (trail.length > 0) {
      const id = choices.at(-1)?.shift();
      if (id === undefined) {
        done.add(trail.pop() ?? start);
        choices.pop();
      } else if (trail.includes(id)) {
        const circle = trail.slice(trail.indexOf(id));
        const first = circle.indexOf(Math.min(...circle));
        const turned = [...circle.slice(first), ...circle.slice(0, first)];
        const owner = turned[0] ?? id;
        const path =
          guests.find((guest) => guest.id === owner)?.clone?.from === turned[1 % turned.length]
            ? ['clone', 'from']
            : ['dependencies'];
        report.error(
          owner,
          path,
          `guests wait for each other in a circle: ${[...turned, owner].join(' → ')}`,
          'take out one of these clone or dependency edges',
        );
      } else if (!done.has(id) && next.has(id)) {
        trail.push(id);
        choices.push([...(next.get(id) ?? [])]);
      }
    }
  }
}

function mounts(guests: readonly LooseGuest[], report: Reporter): void {
  const sources = new Map(
    guests.flatMap((guest) => (guest.clone?.from === undefined ? [] : [[guest.clone.from, guest.id]])),
  );
  for (const guest of guests) {
    if (guest.kind !== 'ct') continue;
    const child = sources.get(guest.id);
    const paths = new Map<string, string>();
    for (const [name, mount] of entries(guest.mounts)) {
      const path = ['mounts', name];
      if (child !== undefined) {
        const message = `${title(guest)} is a clone source (of ${child}) and must have no mount`;
        report.error(guest.id, path, message, 'give the mount to the clones', 'key');
      } else if (guest.snapshot !== undefined && mount.source !== undefined) {
        const message = `${title(guest)} has a snapshot and mounts a directory of the node: Proxmox takes no snapshot of it`;
        report.error(
          guest.id,
          path,
          message,
          'use a volume (storage, size) or leave out the snapshot',
          'key',
        );
      }
      const other = mount.mp === undefined ? undefined : paths.get(mount.mp);
      if (other !== undefined) {
        report.error(
          guest.id,
          [...path, 'mp'],
          `${name} of ${title(guest)} is mounted at ${mount.mp} like ${other}`,
        );
      } else if (mount.mp !== undefined) paths.set(mount.mp, name);
    }
  }
}
