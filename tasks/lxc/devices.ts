/**
 * Devices handed to a container: those that its configuration numbers, and its GPUs, which are known by their paths and
 * take the lowest free numbers. Pure.
 */

import type { Container, Device } from '../../src/config/fleet.ts';
import { type GuestConf, parseProperties } from '../../src/proxmox/conf.ts';
import { type CtKeys, normalDevice } from '../../src/proxmox/ct-keys.ts';

/** `devN` of the configuration, in normal form. */
export function wantedDevices(devs: Container['devs']): CtKeys {
  return Object.fromEntries(Object.entries(devs).map(([key, device]) => [key, printDevice(device)]));
}

function printDevice(device: Device): string {
  const { path, ...rest } = device;
  const parts = Object.entries(rest).map(
    ([key, value]) => `${key}=${value === true ? 1 : value === false ? 0 : value}`,
  );
  return normalDevice([path, ...parts].join(','));
}

const shared = ['/dev/nvidiactl', '/dev/nvidia-uvm', '/dev/nvidia-uvm-tools'];
const perhaps = '/dev/nvidia-modeset';

/**
 * Device nodes of GPUs, the shared ones first. `present` are the nodes that the driver has: what it does not have of the
 * shared ones is left out, and before it has any, those that every driver has are foreseen.
 */
export function gpuDevices(gpus: readonly number[], present: readonly string[]): string[] {
  if (gpus.length === 0) return [];
  const known = present.includes('/dev/nvidiactl');
  const common = known ? [...shared, perhaps].filter((path) => present.includes(path)) : shared;
  return [...common, ...gpus.map((index) => `/dev/nvidia${index}`)];
}

/** Paths of a conf's GPU devices under keys that the configuration does not number itself, by key. What is pending counts. */
export function gpusIn(conf: GuestConf, numbered: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of [...conf.keys, ...conf.pending.keys]) {
    if (!/^dev\d+$/.test(key) || numbered.includes(key) || conf.pendingDelete.includes(key)) continue;
    const path = parseProperties(value, 'path').get('path') ?? '';
    if (/^\/dev\/nvidia/.test(path)) found.set(key, path);
    else found.delete(key);
  }
  return found;
}

export interface GpuChange {
  readonly keys: CtKeys;
  readonly remove: readonly string[];
}

/** The keys to set and to delete so that the conf holds exactly these GPU devices. */
export function gpuChange(
  conf: GuestConf,
  paths: readonly string[],
  numbered: readonly string[],
  mayGo: (path: string) => boolean,
): GpuChange {
  const found = gpusIn(conf, numbered);
  const kept = new Set<string>();
  const remove: string[] = [];
  for (const [key, path] of [...found].sort(byNumber)) {
    if (paths.includes(path) && !kept.has(path)) kept.add(path);
    else if (mayGo(path)) remove.push(key);
  }
  const free = freeKeys(conf, [...numbered, ...remove]);
  const missing = paths.filter((path) => !kept.has(path));
  return { keys: Object.fromEntries(missing.map((path) => [free(), path])), remove };
}

function byNumber([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return Number(a.slice(3)) - Number(b.slice(3));
}

/** One key a call, the lowest that nothing holds; one that is being deleted is not free in the same command (B45). */
function freeKeys(conf: GuestConf, taken: readonly string[]): () => string {
  let index = -1;
  return () => {
    let key: string;
    do key = `dev${++index}`;
    while (conf.keys.has(key) || conf.pending.keys.has(key) || taken.includes(key));
    return key;
  };
}
