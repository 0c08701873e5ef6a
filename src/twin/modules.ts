/** Kernel modules of the node: what a boot loads, and `modprobe`. From documentation; nothing was recorded. */

import { bootOf } from './boot.ts';
import { type Call, refuse } from './call.ts';
import { loadNvidia } from './nvidia.ts';
import { iommuGroups, isNvidiaDisplay, pciDevices } from './pci.ts';
import type { TwinState } from './state.ts';

/** Lines of the files in a directory of /etc, without comments. */
function lines(state: TwinState, dir: string): string[] {
  return Object.entries(state.files)
    .filter(([path, entry]) => path.startsWith(`${dir}/`) && path.endsWith('.conf') && !entry.dir)
    .flatMap(([, entry]) => entry.text.split('\n'))
    .map((line) => line.replace(/#.*$/, '').trim())
    .filter((line) => line !== '');
}

function isBlacklisted(state: TwinState, name: string): boolean {
  return lines(state, '/etc/modprobe.d').some((line) =>
    new RegExp(`^(blacklist\\s+${name}|install\\s+${name}\\s+/bin/(true|false))$`).test(line),
  );
}

/** After a boot: nouveau for a GPU unless blacklisted or taken, nvidia when its driver is installed, what is listed. */
export function bootModules(state: TwinState): void {
  state.modules = [];
  delete state.nvidia.loaded;
  const listed = [
    ...lines(state, '/etc/modules-load.d'),
    ...(state.files['/etc/modules']?.text.split('\n') ?? []),
  ].map((line) => line.trim().replaceAll('-', '_'));
  for (const name of ['vfio', 'vfio_iommu_type1', 'vfio_pci'])
    if (listed.includes(name) || (name === 'vfio' && listed.includes('vfio_pci'))) state.modules.push(name);
  state.vfioIds = state.modules.includes('vfio_pci') ? wantedByVfio(state) : [];
  const arc = lines(state, '/etc/modprobe.d').flatMap(
    (line) => /^options\s+zfs\s.*\bzfs_arc_max=(\d+)/.exec(line)?.[1] ?? [],
  );
  state.arcMax = arc.at(-1) ?? '0';
  if (state.hardware.gpus === 0 || takenByVfio(state)) return;
  if (state.nvidia.installed !== undefined && !isBlacklisted(state, 'nvidia')) {
    loadNvidia(state, listed.includes('nvidia_uvm') || nodesAskedFor(state));
    return;
  }
  if (!isBlacklisted(state, 'nouveau')) state.modules.push('nouveau');
}

/** The ids that vfio-pci is to take, by its options or the command line. Without an IOMMU it can take none. */
function wantedByVfio(state: TwinState): string[] {
  if (iommuGroups(state) === 0) return [];
  const options = lines(state, '/etc/modprobe.d').filter((line) => /^options\s+vfio[-_]pci\s/.test(line));
  return [
    ...options.flatMap((line) => /\bids=(\S+)/.exec(line)?.[1]?.split(',') ?? []),
    ...(/(?:^|\s)vfio[-_]pci\.ids=(\S+)/.exec(bootOf(state).cmdline)?.[1]?.split(',') ?? []),
  ].map((id) => id.toLowerCase());
}

/** Are all NVIDIA cards handed to guests, so that no driver of the node gets one? */
function takenByVfio(state: TwinState): boolean {
  const cards = pciDevices(state).filter(isNvidiaDisplay);
  return cards.length > 0 && cards.every((card) => state.vfioIds?.includes(card.id));
}

/** Loaded while the node runs, vfio-pci gets only devices that no driver holds. */
function loadVfio(state: TwinState): void {
  if (!state.modules.includes('vfio')) state.modules.push('vfio');
  const free = pciDevices(state).filter((device) => device.driver === undefined);
  state.vfioIds = wantedByVfio(state).filter((id) => free.some((device) => device.id === id));
}

function heldByGuests(state: TwinState): boolean {
  return Object.values(state.guests).some(
    ({ conf, running }) => running !== undefined && /^dev\d+: .*\/dev\/nvidia/m.test(conf),
  );
}

/** Does a unit that the boot starts ask for the device nodes of the cards? */
function nodesAskedFor(state: TwinState): boolean {
  return Object.entries(state.units).some(([name, { enabled }]) => {
    const text = state.files[`/etc/systemd/system/${name.includes('.') ? name : `${name}.service`}`]?.text;
    return enabled && /^ExecStart=\S*nvidia-modprobe .*-u/m.test(text ?? '');
  });
}

export function modprobe(call: Call): undefined {
  const { state } = call;
  const remove = call.args.includes('-r') || call.args.includes('--remove');
  for (const word of call.args.filter((arg) => !arg.startsWith('-') && !arg.includes('='))) {
    const name = word.replaceAll('-', '_');
    if (remove) {
      if (name === 'nvidia' && heldByGuests(state)) refuse(`modprobe: FATAL: Module ${word} is in use.`, 1);
      state.modules = state.modules.filter((one) => one !== name);
      if (name === 'nvidia') delete state.nvidia.loaded;
      if (name === 'vfio_pci') state.vfioIds = [];
    } else if (/^nvidia(_uvm|_drm|_modeset)?$/.test(name)) {
      if (state.nvidia.installed === undefined)
        refuse(
          `modprobe: FATAL: Module ${word} not found in directory /lib/modules/${bootOf(state).kernel}`,
          1,
        );
      if (state.hardware.gpus === 0 || state.modules.includes('nouveau'))
        refuse(`modprobe: ERROR: could not insert '${name}': No such device`, 1);
      loadNvidia(state, name === 'nvidia_uvm');
    } else if (!state.modules.includes(name)) {
      if (name === 'vfio_pci') loadVfio(state);
      state.modules.push(name);
    }
  }
  return undefined;
}
