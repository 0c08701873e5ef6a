/** What a person asks of containers by a command of its own, as far as it is otherwise than with VMs. */

import type { ActionRequest, PhxTask, PluginInput } from '../../src/config/project.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { parkingOf } from '../../src/proxmox/parking.ts';
import { guestActions, type Hands } from '../guest/actions.ts';
import { LXCContainer } from './container.ts';
import { destroy } from './destroy.ts';
import { snapshotObstacle } from './obstacle.ts';
import { ParkedVolumes } from './parked-volumes.ts';
import { rollBack } from './rollback.ts';
import { safetyMeans } from './safety.ts';

export function containerActions(
  input: Pick<PluginInput, 'project' | 'fleet'>,
  request: ActionRequest,
  facts: Facts,
): readonly PhxTask[] {
  const { project, fleet } = input;
  const hands: Hands = {
    kind: 'ct',
    machine: (id, context) => new LXCContainer(id, context),
    obstacle: snapshotObstacle,
    remains: (id, now) => parkingOf(now, id) !== undefined,
    rollBack: async (container, name, context) => {
      const ct = fleet.guests[String(container.id)];
      const means = ct?.kind === 'ct' ? safetyMeans(ct, fleet) : undefined;
      await rollBack(container, name, means, context);
    },
    destroy: async (id, { keepVolumes }, context) => {
      const volumes = new ParkedVolumes(id, project, context);
      const keep = keepVolumes === true;
      if (context.facts().guests.has(id))
        await destroy(new LXCContainer(id, context), context, { volumes, keep });
      // The container itself is gone already.
      else if (!keep) await volumes.free();
    },
  };
  return guestActions(hands, input, request, facts);
}
