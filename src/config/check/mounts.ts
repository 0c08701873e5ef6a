/** What a container can have besides a directory of the node, and whose word counts for that directory. It knows no file. */
import { type Check, entries, title } from './subject.ts';

/** Proxmox takes no snapshot beside a bind mount (B66); a directory has its owner from one place. */
export const mounts: Check = ({ hypervisor, guests }, report) => {
  for (const guest of guests) {
    if (guest.kind !== 'ct') continue;
    const bind = entries(guest.mounts).find(([, mount]) => mount.source !== undefined)?.[0];
    const bySnapshot = (guest.safety?.by ?? 'snapshot') === 'snapshot';
    if (bind !== undefined && guest.rollback === 'on-failure' && bySnapshot) {
      report.error(
        guest.id,
        ['rollback'],
        `${title(guest)} is to be rolled back by a snapshot, but mounts a directory of the node (${bind}): Proxmox takes no snapshot of it (B66)`,
        "say safety: { by: 'dataset' } or { by: 'backup' }, make it a volume (storage, size), or leave out rollback",
      );
    }
    for (const [name, mount] of entries(guest.mounts)) {
      const { source } = mount;
      const known = hypervisor?.directories ?? {};
      const described = source !== undefined && Object.hasOwn(known, source) ? known[source] : undefined;
      if (source === undefined || described === undefined) continue;
      for (const key of ['owner', 'group', 'mode'] as const) {
        if (mount[key] === undefined || described[key] === undefined) continue;
        const place = report.where('hypervisor', ['directories', source, key]);
        const message = `${key} of ${source} is said by ${title(guest)} and by the node's directories (${place})`;
        report.error(guest.id, ['mounts', name, key], message, 'say it in one of the two places');
      }
    }
  }
};
