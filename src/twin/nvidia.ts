/** The NVIDIA driver on the node (installer, nvidia-smi, nvidia-modprobe), from NVIDIA's documentation; nothing was recorded. */

import { type Call, type Program, refuse, type Work } from './call.ts';
import { workTime } from './latency.ts';
import type { TwinState } from './state.ts';

const runfile = /NVIDIA-Linux-x86_64-(\d[\d.]*\d)(?:-[\w-]+)?\.run$/;

/** Runs an installer that was downloaded: installs the version in its name. */
export function* nvidiaRunfile(call: Call, path: string, args: readonly string[]): Work {
  const version = runfile.exec(path)?.[1];
  const { state } = call;
  if (version === undefined || !state.files[path]?.text.startsWith('phx-twin download'))
    refuse(`${path}: this does not look like an NVIDIA installer (it was not downloaded)`, 1);
  call.out(
    `Verifying archive integrity... OK\nUncompressing NVIDIA Accelerated Graphics Driver for Linux-x86_64 ${version}\n`,
  );
  if (args.includes('--uninstall')) {
    uninstall(state);
    return;
  }
  const withModule = !args.some((arg) => /^--no-kernel-modules?$/.test(arg));
  if (withModule) checkHost(state, version);
  yield workTime('driver install');
  call.state.nvidia.installed = version;
  if (withModule && state.hardware.gpus > 0) loadNvidia(call.state);
  call.out(
    `Installation of the NVIDIA Accelerated Graphics Driver for Linux-x86_64 (version: ${version}) is now complete.\n`,
  );
}

/** What makes the installer stop: nouveau in use, another driver loaded, no kernel headers, no GPU. */
function checkHost(state: TwinState, version: string): void {
  if (state.modules.includes('nouveau'))
    refuse(
      "ERROR: The Nouveau kernel driver is currently in use by your system.  This driver is incompatible with the NVIDIA driver, and must be disabled before proceeding.\n\nERROR: Installation has failed.  Please see the file '/var/log/nvidia-installer.log' for details.",
      1,
    );
  if (state.nvidia.loaded !== undefined && state.nvidia.loaded !== version)
    refuse(
      "ERROR: An NVIDIA kernel module 'nvidia' appears to already be loaded in your kernel.  This may be because it is in use (for example, by an X server, a CUDA program, or the NVIDIA Persistence Daemon).\n\nERROR: Installation has failed.  Please see the file '/var/log/nvidia-installer.log' for details.",
      1,
    );
  if (!Object.keys(state.packages).some((name) => /^(pve|proxmox|linux)-(default-)?headers/.test(name)))
    refuse(
      "ERROR: Unable to find the kernel source tree for the currently running kernel.  Please make sure you have installed the kernel source files for your kernel and that they are properly configured.\n\nERROR: Installation has failed.  Please see the file '/var/log/nvidia-installer.log' for details.",
      1,
    );
}

function uninstall(state: TwinState): void {
  state.nvidia = {};
  state.modules = state.modules.filter((name) => !name.startsWith('nvidia'));
}

/** Loads the installed driver's modules. */
export function loadNvidia(state: TwinState, uvm = false): void {
  const { installed } = state.nvidia;
  if (installed === undefined || state.hardware.gpus === 0) return;
  state.nvidia.loaded ??= installed;
  for (const name of uvm ? ['nvidia', 'nvidia_uvm'] : ['nvidia'])
    if (!state.modules.includes(name)) state.modules.push(name);
}

const smi: Program = (call) => {
  const { loaded, installed } = call.state.nvidia;
  if (installed === undefined) {
    call.err('sh: 1: nvidia-smi: not found\n');
    call.exit(127);
    return undefined;
  }
  if (loaded === undefined) {
    call.out(
      "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n",
    );
    call.exit(9);
    return undefined;
  }
  if (loaded !== installed) {
    call.out(
      `Failed to initialize NVML: Driver/library version mismatch\nNVML library version: ${installed.split('.').slice(0, 2).join('.')}\n`,
    );
    call.exit(18);
    return undefined;
  }
  const { gpus } = call.state.hardware;
  const query = call.args
    .find((arg) => arg.startsWith('--query-gpu='))
    ?.slice(12)
    .split(',');
  for (let n = 0; n < gpus; n++) {
    const fields: Record<string, string> = {
      index: String(n),
      name: 'NVIDIA RTX',
      driver_version: loaded,
      count: String(gpus),
    };
    if (query) call.out(`${query.map((field) => fields[field] ?? '[N/A]').join(', ')}\n`);
    else if (call.args.includes('-L')) call.out(`GPU ${n}: NVIDIA RTX (UUID: GPU-${call.state.id}-${n})\n`);
    else if (n === 0) call.out(`NVIDIA-SMI ${loaded}   Driver Version: ${loaded}\n`);
  }
  return undefined;
};

const modprobeTool: Program = (call) => {
  const { installed } = call.state.nvidia;
  if (installed === undefined) {
    call.err('sh: 1: nvidia-modprobe: not found\n');
    call.exit(127);
    return undefined;
  }
  loadNvidia(
    call.state,
    call.args.some((arg) => /^-[a-z]*u/.test(arg) || arg === '--unified-memory'),
  );
  return undefined;
};

export const nvidiaTools: Readonly<Record<string, Program>> = {
  'nvidia-modprobe': modprobeTool,
  'nvidia-persistenced': () => undefined,
  'nvidia-smi': smi,
};
