/** What a person asks of containers by a command of its own, as far as it is otherwise than with VMs. */

import type { ActionRequest, PhxTask, PluginInput } from '../../src/config/project.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { parkingOf } from '../../src/proxmox/parking.ts';
import { guestActions, type Hands } from '../guest/actions.ts';
import { LXCContainer } from './container.ts';
import { destroy } from './destroy.ts';
import { ParkedVolumes } from './parked-volumes.ts';
import { containerSafety } from './safety.ts';

export function containerActions(
  input: Pick<PluginInput, 'project' | 'fleet'>,
  request: ActionRequest,
  facts: Facts,
): readonly PhxTask[] {
  const { project } = input;
  const hands: Hands = {
    kind: 'ct',
    machine: (id, context) => new LXCContainer(id, context),
    safety: containerSafety,
    remains: (id, now) => parkingOf(now, id)?.project === project,
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
