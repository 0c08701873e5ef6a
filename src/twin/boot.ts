/** What a boot starts with: kernel and command line, and the boot loaders that keep them. From documentation. */

import type { BootState } from './machine-state.ts';
import type { TwinHardware, TwinState } from './state.ts';

/** The kernel that the installer leaves behind. */
export const kernelRelease = '6.8.12-4-pve';

/** Says which root file system to mount, on a node that was installed on LVM. */
export const usualRoot = 'root=/dev/mapper/pve-root ro';

/** The first boot after the installation. */
export function freshBoot(hardware: TwinHardware): BootState {
  const boot = {
    cmdline: '',
    root: usualRoot,
    options: 'quiet',
    kernel: kernelRelease,
    kernels: [kernelRelease],
  };
  return { ...boot, cmdline: cmdlineOf(boot, hardware) };
}

/** The boot of a state, also of one from before it was kept. */
export function bootOf(state: TwinState): BootState {
  return state.boot ?? freshBoot(state.hardware);
}

/** The boot of an observed node: what its command line adds to the root is what its boot loader has. */
export function observedBoot(cmdline: string, kernel: string, kernels: readonly string[]): BootState {
  const words = cmdline.split(/\s+/).filter((word) => word !== '' && !/^(BOOT_IMAGE|initrd)=/.test(word));
  const isRoot = (word: string) => /^(root=.*|boot=.*|ro|rw)$/.test(word);
  const root = words.filter(isRoot).join(' ') || usualRoot;
  return {
    ...{ cmdline, root, options: words.filter((word) => !isRoot(word)).join(' '), kernel },
    kernels: [...new Set([...kernels, kernel])],
  };
}

function cmdlineOf({ root, options, kernel }: BootState, { bootloader }: TwinHardware): string {
  const image =
    bootloader === 'systemd-boot'
      ? `initrd=\\EFI\\proxmox\\${kernel}\\initrd.img-${kernel}`
      : `BOOT_IMAGE=/boot/vmlinuz-${kernel}`;
  return [image, root, options].filter((words) => words !== '').join(' ');
}

/** Boots the newest kernel with what the boot loader has by now. */
export function bootKernel(state: TwinState): void {
  const boot = bootOf(state);
  const next = { ...boot, kernel: newestKernel(boot.kernels) };
  state.boot = { ...next, cmdline: cmdlineOf(next, state.hardware) };
}

/** The newest release, compared number by number: `6.14.8-2-pve` comes after `6.8.12-4-pve`. */
export function newestKernel(kernels: readonly string[]): string {
  const sorted = [...kernels].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return sorted.at(-1) ?? kernelRelease;
}

/** A kernel package that is installed or removed brings or takes its kernel. */
export function kernelPackage(state: TwinState, name: string, installed: boolean): void {
  const kernel = /^(?:proxmox|pve)-kernel-(\d.*-pve)(?:-signed)?$/.exec(name)?.[1];
  if (kernel === undefined) return;
  const boot = bootOf(state);
  const others = boot.kernels.filter((one) => one !== kernel);
  state.boot = { ...boot, kernels: installed ? [...others, kernel] : others };
}
