/** The Hypervisor plugin: one task for each thing of the node that can change by itself. */

import type { PhxTask, Plugin } from '../../src/config/project.ts';
import { packagesStep, reposStep } from './apt.ts';
import { networkStep } from './network.ts';
import { nouveauBoot, nvidiaSteps } from './nvidia.ts';
import { rebootStep } from './reboot.ts';
import { storageStep, templateStep } from './storage.ts';
import { datasetStep, poolStep } from './zfs.ts';

export function hypervisor(): Plugin {
  return {
    name: 'hypervisor',
    builtin: true,
    tasks: ({ fleet }): PhxTask[] => {
      const { hypervisor: node } = fleet;
      return [
        reposStep(node),
        packagesStep(node),
        networkStep(node),
        ...Object.entries(node.zfs.pools).map(([name, pool]) => poolStep(name, pool)),
        ...Object.entries(node.zfs.datasets).map(([name, properties]) => datasetStep(name, properties)),
        ...Object.entries(node.storage).map(([id, storage]) => storageStep(id, storage, fleet)),
        ...Object.entries(node.templates).map(([file, template]) => templateStep(file, template)),
        ...(node.nvidia ? nvidiaSteps(node.nvidia) : []),
        ...(node.nvidia ? [rebootStep([nouveauBoot])] : []),
      ];
    },
  };
}
