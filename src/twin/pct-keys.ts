/** Values of conf keys as Proxmox stores them, shared by create and set. It knows no verb. */

import { parseProperties, splitList } from '../proxmox/conf.ts';
import { refuse } from './call.ts';
import { nodeDevices } from './devices.ts';
import { isFile } from './files.ts';
import type { TwinState } from './state.ts';
import { volumePath } from './storage/volumes.ts';

/** A value as Proxmox stores it: tags sorted, lists with blanks, cpuunits within cgroup v2's range (B53, B54, B56). */
export function cleanValue(key: string, value: string): string {
  if (key === 'tags') return [...new Set(splitList(value.toLowerCase()))].sort().join(';');
  if (key === 'nameserver' || key === 'searchdomain') return splitList(value).join(' ');
  if (key === 'cpuunits') return String(Math.min(Math.max(Number(value), 1), 10_000));
  return value;
}

/** Refuses a `devN` whose device is missing or no device (B50). */
export function checkDevice(state: TwinState, value: string): void {
  const path = parseProperties(value, 'path').get('path') ?? refuse('Path has to be defined');
  if (nodeDevices(state).includes(path)) return;
  if (isFile(state.files, path)) refuse(`${path} is not a valid device path`);
  refuse(`Device ${path} does not exist`);
}

/** Refuses a hookscript that is missing or not executable (B50). */
export function checkHookscript(state: TwinState, volid: string): void {
  const path = volumePath(state, volid);
  if (!/^[^:]+:snippets\//.test(volid)) refuse(`'${volid}' is not in the snippets directory`);
  const entry = state.files[path];
  if (!entry || entry.dir) refuse(`script '${volid}' does not exist`, 2);
  if ((entry.mode & 0o111) === 0) refuse(`script '${volid}' is not executable`);
}
