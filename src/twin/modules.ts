/** Kernel modules of the node: what a boot loads, and `modprobe`. From documentation; nothing was recorded. */

import { type Call, refuse } from './call.ts';
import { loadNvidia } from './nvidia.ts';
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
  for (const name of listed) if (/^vfio(_pci|_iommu_type1)?$/.test(name)) state.modules.push(name);
  if (state.hardware.gpus === 0 || takenByVfio(state)) return;
  if (state.nvidia.installed !== undefined && !isBlacklisted(state, 'nvidia')) {
    loadNvidia(state, listed.includes('nvidia_uvm'));
    return;
  }
  if (!isBlacklisted(state, 'nouveau')) state.modules.push('nouveau');
}

function takenByVfio(state: TwinState): boolean {
  return (
    state.modules.includes('vfio_pci') &&
    lines(state, '/etc/modprobe.d').some((line) => /^options\s+vfio[-_]pci\s+.*ids=/.test(line))
  );
}

export function modprobe(call: Call): undefined {
  const { state } = call;
  const remove = call.args.includes('-r') || call.args.includes('--remove');
  for (const word of call.args.filter((arg) => !arg.startsWith('-') && !arg.includes('='))) {
    const name = word.replaceAll('-', '_');
    if (remove) {
      state.modules = state.modules.filter((one) => one !== name);
      if (name === 'nvidia') delete state.nvidia.loaded;
    } else if (/^nvidia(_uvm|_drm|_modeset)?$/.test(name)) {
      if (state.nvidia.installed === undefined)
        refuse(`modprobe: FATAL: Module ${word} not found in directory /lib/modules/6.8.12-4-pve`, 1);
      if (state.hardware.gpus === 0 || state.modules.includes('nouveau'))
        refuse(`modprobe: ERROR: could not insert '${name}': No such device`, 1);
      loadNvidia(state, name === 'nvidia_uvm');
    } else if (!state.modules.includes(name)) state.modules.push(name);
  }
  return undefined;
}
