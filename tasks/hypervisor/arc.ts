/** Step `zfs/arc`: the most memory that the cache of ZFS takes, now and after a boot. It knows no pool by name. */

import type { PhxTask } from '../../src/config/project.ts';
import type { Assessment } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { fileProbe, fileScope, keepFile, lookAt, managedMark } from './files.ts';

/** The last one counts: the installer of Proxmox VE leaves a limit of its own in zfs.conf. */
const options = '/etc/modprobe.d/zz-phx-zfs.conf';
/** What the loaded module goes by. It takes writes in place only, so `tee` writes it and not the file port. */
const running = '/sys/module/zfs/parameters/zfs_arc_max';
const gib = 1024 ** 3;

/** Its id lies below `zfs` but is no `zfs:<name>`, so that a pool may be called arc. */
export function arcStep(arcMax: number): PhxTask {
  return {
    id: 'hypervisor/zfs/arc',
    target: 'hypervisor',
    title: `ZFS cache up to ${arcMax} GiB`,
    revision: '1',
    config: { arcMax },
    dependencies: [],
    outputs: { options: fileProbe(options), running: (facts) => facts.files.get(running)?.trim() },
    assess: ({ facts }) => tooMuch(arcMax, facts),
    pools: ['initramfs'],
    touches: [fileScope(options), fileScope(running)],
    run: async (context) => {
      const wanted = String(Number(context.config.arcMax) * gib);
      const { node, cmdline } = context.facts().host;
      if (Number(context.config.arcMax) * 1024 > node.memory / 2)
        context.log(`the cache may take ${arcMax} GiB: more than half of the node's ${node.memory} MiB`);
      const wrote = await keepFile(context, options, `${managedMark}\noptions zfs zfs_arc_max=${wanted}\n`);
      const before = (await lookAt(context, running))?.trim();
      // The running value comes last: as long as it is another one, the image may not have been made anew either.
      if (/\broot=ZFS[=:]/i.test(cmdline) && (wrote || (before !== undefined && before !== wanted)))
        await context.run(['update-initramfs', '-u', '-k', 'all'], { deadline: 600_000, undo: 'again' });
      if (before === undefined) context.log('the zfs module is not loaded: the limit counts once it is');
      else if (before !== wanted) {
        await context.run(['tee', running], {
          stdin: `${wanted}\n`,
          undo: ['sh', '-c', 'echo "$1" >"$2"', 'sh', before, running],
        });
      }
      return undefined;
    },
  };
}

/** The module refuses a limit that is not below the memory of the machine. */
function tooMuch(arcMax: number, { host }: Facts): Assessment | undefined {
  if (host.node.memory === 0 || arcMax * 1024 < host.node.memory) return undefined;
  return {
    verdict: 'blocked',
    problem: {
      title: `The cache of ZFS cannot have ${arcMax} GiB on this node`,
      facts: [['memory', `${host.node.memory} MiB`]],
      hint: 'ZFS takes only a limit below the memory that there is. Lower zfs.arcMax; half of the memory is a good most.',
      command: 'phx config hypervisor',
    },
  };
}
