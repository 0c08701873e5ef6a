/** Device files of the node, which follow from its hardware and loaded modules. It knows no command. */

import { blockPaths } from './disks.ts';
import type { TwinState } from './state.ts';

/** Paths under /dev that exist now. /dev/nvidia-uvm* are there only after the module was used (F19). */
export function nodeDevices(state: TwinState): string[] {
  const devices = [
    '/dev/null',
    '/dev/zero',
    '/dev/full',
    '/dev/random',
    '/dev/urandom',
    '/dev/tty',
    '/dev/fuse',
  ];
  devices.push('/dev/kvm', '/dev/net/tun', ...blockPaths(state));
  const { gpus } = state.hardware;
  for (let n = 0; n < gpus; n++) devices.push(`/dev/dri/card${n}`, `/dev/dri/renderD${128 + n}`);
  return [...devices, ...nvidiaDevices(state)];
}

/** The NVIDIA driver's device files. */
export function nvidiaDevices(state: TwinState): string[] {
  if (!state.modules.includes('nvidia')) return [];
  const devices = Array.from({ length: state.hardware.gpus }, (_, n) => `/dev/nvidia${n}`);
  devices.push('/dev/nvidiactl');
  if (state.modules.includes('nvidia_uvm')) devices.push('/dev/nvidia-uvm', '/dev/nvidia-uvm-tools');
  return devices;
}
