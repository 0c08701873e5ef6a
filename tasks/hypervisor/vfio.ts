/**
 * Step `vfio`: PCI devices that the node leaves alone so that VMs can have them whole: the kernel's command line (GRUB or
 * systemd-boot), the modules, and the ids that vfio-pci takes. It counts from the next boot on.
 */

import type { Vfio } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { BlockedError } from '../../src/core/error.ts';
import type { Assessment, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { workspace } from '../../src/proxmox/workspace.ts';
import { fileProbe, fileScope, keepCopy, keepFile, lookAt, managedMark } from './files.ts';
import { type Contributor, noteReboot, rebootScope } from './reboot.ts';

export const vfioTask = 'hypervisor/vfio';
const minutes = 60_000;
const options = '/etc/modprobe.d/phx-vfio.conf';
const modules = '/etc/modules-load.d/phx-vfio.conf';
const grub = '/etc/default/grub.d/phx-vfio.cfg';
/** One line for systemd-boot: it can hold no comment, so the words that are ours are noted elsewhere. */
const cmdline = '/etc/kernel/cmdline';
const ownWords = `${workspace}/kernel-cmdline`;

/** Drivers that would take a display or sound device before vfio-pci does. */
const rivals = ['nouveau', 'nvidia', 'amdgpu', 'radeon', 'i915', 'snd_hda_intel', 'xhci_pci'];

export function vfioStep(vfio: Vfio, gpus: number): PhxTask {
  return {
    id: vfioTask,
    target: 'hypervisor',
    title: 'PCI devices for VMs',
    revision: '1',
    config: { ids: vfio.ids, cmdline: vfio.cmdline },
    dependencies: [],
    outputs: {
      options: fileProbe(options),
      modules: fileProbe(modules),
      commandLine: (facts) => commandLineOf(facts, vfio.cmdline),
    },
    assess: ({ facts }) => refusal(vfio, gpus, facts),
    pools: ['initramfs'],
    touches: ['host', rebootScope, ...[options, modules, grub, cmdline].map(fileScope)],
    run: async (context) => {
      const wanted = context.config as unknown as Vfio;
      let changed = await keepFile(context, options, optionsText(wanted));
      changed = (await keepFile(context, modules, modulesText)) || changed;
      if (changed) {
        await context.run(['update-initramfs', '-u', '-k', 'all'], { deadline: 10 * minutes, undo: 'again' });
      }
      changed = (await keepCommandLine(context, wanted.cmdline)) || changed;
      if (changed) await noteReboot(context, 'devices for VMs are let go at the next boot');
      return undefined;
    },
  };
}

/** What shows that the boot which gives the devices away is still to come. */
export function vfioBoot(vfio: Vfio): Contributor {
  return {
    task: vfioTask,
    pending: (facts) => {
      const held = devicesOf(vfio, facts).filter(
        ({ driver }) => driver !== undefined && driver !== 'vfio-pci',
      );
      if (held.length > 0)
        return `${held.map(({ address, driver }) => `${driver} holds ${address}`).join(', ')} until the next boot`;
      const words = missingWords(facts, vfio.cmdline);
      if (words.length > 0) return `the kernel was booted without ${words.join(' ')}`;
      return facts.host.iommuGroups === 0 ? 'the IOMMU is off' : undefined;
    },
  };
}

function devicesOf({ ids }: Vfio, facts: Facts) {
  return facts.host.pci.filter(({ id }) => ids.includes(id));
}

function missingWords({ host }: Facts, words: readonly string[]): string[] {
  const booted = new Set(host.cmdline.trim().split(/\s+/));
  return words.filter((word) => !booted.has(word));
}

/** What the boot loader's own file says of our words, whatever the running kernel was booted with. */
function commandLineOf(facts: Facts, words: readonly string[]): string | undefined {
  if (facts.host.bootloader === 'grub') return facts.files.get(grub);
  const written = (facts.files.get(cmdline) ?? '').split(/\s+/);
  return words.filter((word) => written.includes(word)).join(' ');
}

/** A device that is not there, or a card that containers are to share, cannot be given away. */
function refusal(vfio: Vfio, gpus: number, facts: Facts): Assessment | undefined {
  const present = new Set(facts.host.pci.map(({ id }) => id));
  const absent = vfio.ids.filter((id) => !present.has(id));
  if (absent.length > 0) {
    return blocked(
      `There is no PCI device ${absent.join(', ')} in this node`,
      facts.host.pci.map(({ address, id, driver }) => [address, `${id} ${driver ?? ''}`.trim()] as const),
      'Name devices as lspci -nn shows them, or leave hypervisor.vfio out.',
    );
  }
  const cards = facts.host.pci.filter(
    ({ id, class: kind }) => id.startsWith('10de:') && kind.startsWith('03'),
  );
  const kept = cards.filter(({ id }) => !vfio.ids.includes(id));
  if (kept.length === cards.length || kept.length >= gpus) return undefined;
  return blocked(
    'A card cannot serve VMs and containers at once',
    [
      ['cards for containers', `${gpus} (hypervisor.nvidia.gpus)`],
      ['left by hypervisor.vfio', String(kept.length)],
    ],
    'vfio takes every card of the ids that it names. Lower nvidia.gpus, or take the id out.',
  );
}

function blocked(title: string, facts: readonly (readonly [string, string])[], hint: string): Assessment {
  return { verdict: 'blocked', problem: { title, facts, hint, command: 'phx config hypervisor' } };
}

function optionsText({ ids }: Vfio): string {
  const first = rivals.map((rival) => `softdep ${rival} pre: vfio-pci`);
  return `${[managedMark, `options vfio-pci ids=${ids.join(',')} disable_vga=1`, ...first].join('\n')}\n`;
}

const modulesText = `${managedMark}\nvfio\nvfio_iommu_type1\nvfio_pci\n`;

/** The words in the file of the boot loader that this node really boots with; answers whether it changed. */
async function keepCommandLine(context: TaskContext<Facts>, words: readonly string[]): Promise<boolean> {
  if (context.facts().host.bootloader === 'systemd-boot') return keepOneLine(context, words);
  const text = `${managedMark}\nGRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT ${words.join(' ')}"\n`;
  if (!(await keepFile(context, grub, text))) return false;
  await context.run(['update-grub'], { deadline: 5 * minutes, undo: 'again' });
  // GRUB that lies on EFI partitions of proxmox-boot-tool reads another file than the one just made.
  if (await context.readFile('/etc/kernel/proxmox-boot-uuids'))
    await context.run(['proxmox-boot-tool', 'refresh'], { deadline: 5 * minutes, undo: 'again' });
  return true;
}

/** Without the file the boot loader goes by the line of this boot; one with our words alone would not boot at all. */
function noRoot(): BlockedError {
  return new BlockedError({
    title: `${cmdline} does not say what the node boots from`,
    facts: [['looked for', 'root=']],
    hint: 'Put the words of /proc/cmdline into it, without BOOT_IMAGE= and initrd=; then run again.',
  });
}

async function keepOneLine(context: TaskContext<Facts>, words: readonly string[]): Promise<boolean> {
  const present = (await lookAt(context, cmdline)) ?? '';
  if (!/(^|\s)root=/.test(present)) throw noRoot();
  const ours = ((await context.readFile(ownWords)) ?? '').split(/\s+/);
  const others = present.split(/\s+/).filter((word) => word !== '' && !ours.includes(word));
  const text = `${[...new Set([...others, ...words])].join(' ')}\n`;
  if (text.trim() === present.trim() && !context.unsettled()) return false;
  if (ours.join('') === '') await keepCopy(context, cmdline, present);
  const added = words.filter((word) => !others.includes(word));
  await context.writeFile(ownWords, `${added.join(' ')}\n`, { scratch: true });
  await context.writeFile(cmdline, text);
  await context.run(['proxmox-boot-tool', 'refresh'], { deadline: 5 * minutes, undo: 'again' });
  await context.refresh([fileScope(cmdline)]);
  return true;
}
