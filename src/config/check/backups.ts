/** Whether backup jobs are such that Proxmox runs them, and what they leave out. Proxmox itself checks nothing of it (B155). */
import { calendarProblem } from '../../proxmox/calendar.ts';
import { nearest } from '../path.ts';
import { type Check, entries, type LooseGuest, type Subjects, title } from './subject.ts';

type Job = NonNullable<NonNullable<NonNullable<Subjects['hypervisor']>['backups']>[string]>;

/** Guests exist, the schedule is one, and what stays out without a word for it is told once. */
export const backups: Check = ({ hypervisor, guests, unreadable }, report) => {
  const ids = new Set([...guests.map(({ id }) => id), ...unreadable]);
  const external = Object.keys(hypervisor?.external ?? {}).map(Number);
  const known = new Set([...ids, ...external]);
  for (const [name, job] of entries(hypervisor?.backups)) {
    const path = ['backups', name];
    const problem = job.schedule === undefined ? undefined : calendarProblem(job.schedule);
    if (problem !== undefined)
      report.error(
        'hypervisor',
        [...path, 'schedule'],
        `the schedule of backup job ${name} is no calendar event: ${problem}`,
        "such as 'daily', 'sun 02:00', 'mon..fri 22:30', '*-*-01 04:00'",
      );
    for (const key of ['guests', 'exclude'] as const) {
      const listed = job[key];
      if (!Array.isArray(listed)) continue;
      for (const [at, id] of listed.entries()) {
        if (id === undefined || known.has(id)) continue;
        const meant = nearest(String(id), [...known].map(String));
        report.error(
          'hypervisor',
          [...path, key, at],
          `guest ${id} of backup job ${name} does not exist`,
          meant === undefined ? undefined : `did you mean ${meant}?`,
        );
      }
    }
    const out = guests.filter((guest) => isIn(job, guest.id)).flatMap(leftOut);
    if (out.length > 0 && job.enabled !== false)
      report.warning(
        'hypervisor',
        path,
        `backup job ${name} leaves out ${out.join('; ')}`,
        'a volume is in it with backup: true; whatever is meant to stay out says backup: false',
        'key',
      );
  }
};

function isIn(job: Job, id: number): boolean {
  if (job.guests === 'all') return !job.exclude?.includes(id);
  return Array.isArray(job.guests) && job.guests.includes(id);
}

/** `/data of container 910`: what its configuration says nothing about (B151). */
function leftOut(guest: LooseGuest): string[] {
  if (guest.kind !== 'ct') return [];
  const mounts = entries(guest.mounts).filter(([, mount]) => mount.backup === undefined);
  const paths = mounts.map(
    ([name, { mp, source }]) => `${mp ?? name}${source === undefined ? '' : ` (${source} of the node)`}`,
  );
  return paths.length > 0 ? [`${paths.join(' and ')} of ${title(guest)}`] : [];
}
