/** Step `upgrade`: all packages of the node brought up to date, once for each new word in `hypervisor.upgrade`. */

import type { PhxTask } from '../../src/config/project.ts';
import { donePath } from '../../src/proxmox/workspace.ts';
import { reposTask } from './apt.ts';
import { fileProbe, fileScope } from './files.ts';
import { noteReboot, rebootScope } from './reboot.ts';

export const upgradeTask = 'hypervisor/upgrade';
const marker = donePath('upgrade');
const minutes = 60_000;

export function upgradeStep(asked: string, sources: boolean): PhxTask {
  return {
    id: upgradeTask,
    target: 'hypervisor',
    title: 'upgrade of all packages',
    revision: '1',
    config: { asked },
    dependencies: sources ? [{ task: reposTask, kind: 'order' }] : [],
    // What apt would find today says nothing of what was asked for: a marker does.
    outputs: { asked: fileProbe(marker) },
    pools: ['apt:host'],
    touches: ['host', rebootScope, fileScope(marker)],
    run: async (context) => {
      const text = `${context.config.asked}\n`;
      if (context.facts().files.get(marker) === text) return undefined;
      await context.run(['apt-get', 'update'], { deadline: 10 * minutes, undo: 'nothing' });
      // Proxmox asks for dist-upgrade: a plain upgrade would hold back what needs new packages.
      await context.run(['apt-get', '-y', '-o', 'Dpkg::Options::=--force-confold', 'dist-upgrade'], {
        deadline: 60 * minutes,
        detached: true,
      });
      const { kernels, node } = (await context.refresh(['host'])).host;
      const newest = [...kernels].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
      if (newest !== undefined && newest !== node.kernel)
        await noteReboot(context, `kernel ${newest} is used from the next boot on`);
      await context.writeFile(marker, text);
      return undefined;
    },
  };
}
