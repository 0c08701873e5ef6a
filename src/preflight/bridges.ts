/** Bridges that the node does not have and that this run does not make. Pure. */

import { networkTask, targetOf } from '../config/task-names.ts';
import { wantedInterfaces } from './interfaces.ts';
import type { Conflict, Kind } from './scene.ts';

export const bridges: Kind = ({ owned, fleet, facts, demanded }) => {
  // Open vSwitch has bridges that a sweep does not see.
  if (facts.host.packages.has('openvswitch-switch')) return [];
  const made = demanded.has(networkTask) ? fleet.hypervisor.network.bridges : {};
  return owned.flatMap((guest) =>
    wantedInterfaces(guest).flatMap(({ key, bridge }): Conflict[] => {
      if (bridge === undefined || facts.host.bridges.has(bridge) || Object.hasOwn(made, bridge)) return [];
      const known = Object.hasOwn(fleet.hypervisor.network.bridges, bridge);
      return [
        {
          subject: targetOf(guest),
          title: `the node has no bridge ${bridge}, which its ${key} hangs on`,
          facts: [['bridges', [...facts.host.bridges].sort().join(', ') || 'none']],
          hint: known
            ? 'The configuration describes it, but this run leaves the network of the node as it is.'
            : 'Describe it in hypervisor.network.bridges, or name another one.',
          command: known ? `phx run ${networkTask}` : `phx config ${targetOf(guest)}`,
          severity: 'blocks',
        },
      ];
    }),
  );
};
