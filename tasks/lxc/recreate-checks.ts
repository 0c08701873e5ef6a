/** What refuses to make a container anew, before anything is touched. */

import { BlockedError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { dataVolumes } from '../../src/proxmox/parking.ts';
import { hasTemplateFlag } from '../../src/proxmox/template-conf.ts';
import { linkedClonesOf, refuseProtected } from '../guest/actions.ts';
import type { LXCContainer } from './container.ts';
import { snapshotsOfPeople } from './snapshots-of-data.ts';

/** `storage`: where the backup of its root would go. */
export function refuseRecreate(
  container: LXCContainer,
  storage: string | undefined,
  context: Pick<TaskContext<Facts>, 'facts' | 'permits'>,
): void {
  const { id, conf } = container;
  const target = `ctid:${id}`;
  refuseProtected(container);
  const clones = linkedClonesOf(context.facts(), id);
  if (clones.length > 0) throw new BlockedError(holdsClones(id, clones));
  const people = snapshotsOfPeople(conf);
  if (people.length > 0) {
    throw new BlockedError({
      title: `Container ${id} holds snapshots that somebody took`,
      facts: [['snapshots', people.join(', ')]],
      hint: 'They would go with it, and no backup holds them. Delete them if nobody needs them, and type the same again.',
      command: people.map((name) => `pct delsnapshot ${id} ${name}`).join(' && '),
    });
  }
  if (hasTemplateFlag(conf) && dataVolumes(conf.keys).size > 0) {
    throw new BlockedError({
      title: `Template ${id} holds data volumes`,
      facts: [...dataVolumes(conf.keys)],
      hint: 'Proxmox moves no volumes of a template. Destroy it yourself if nobody needs them.',
    });
  }
  if (storage === undefined && !context.permits('no-way-back', target)) {
    throw new BlockedError({
      title: `No backup of container ${id} can be taken: no storage of the configuration takes backups`,
      hint: "Give one of hypervisor.storage the content 'backup'. Or do without: its data volumes are kept, its root is then lost for good.",
      command: `phx run ${target} --recreate --no-way-back`,
    });
  }
}

/** A base cannot go before what lies upon it: the clones go first, with their data kept, and come again last. */
function holdsClones(id: number, clones: readonly number[]) {
  const names = clones.map((clone) => `ctid:${clone}`).join(' ');
  return {
    title: `Linked clones stand on the volumes of container ${id}`,
    facts: [
      ['clones', names.replaceAll(' ', ', ')],
      ['first', `phx backup ${names}`],
    ] as const,
    hint: 'Proxmox does not remove a base that is in use. Destroy the clones, make it anew, then build them again; their data volumes are kept.',
    command: `phx destroy ${names} --keep-volumes && phx run ctid:${id} --recreate && phx run ${names}`,
  };
}
