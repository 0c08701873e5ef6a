/** Whose word counts for a directory of the node that a container mounts. It knows no file. */
import { type Check, entries, title } from './subject.ts';

/** A directory has its owner from one place. */
export const mounts: Check = ({ hypervisor, guests }, report) => {
  for (const guest of guests) {
    if (guest.kind !== 'ct') continue;
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
