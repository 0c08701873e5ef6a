/** Ids of tasks that other tasks point to. Pure; the one place where they are spelled. */

import type { Guest } from '../../src/config/fleet.ts';

export function targetOf(guest: Pick<Guest, 'id' | 'kind'>): string {
  return `${guest.kind === 'ct' ? 'ctid' : 'vmid'}:${guest.id}`;
}

export const stepOf = (guest: Pick<Guest, 'id' | 'kind'>, step: string): string =>
  `${targetOf(guest)}/${step}`;
export const storageTask = (id: string): string => `hypervisor/storage:${id}`;
export const zfsTask = (name: string): string => `hypervisor/zfs:${name}`;
export const templateTask = (file: string): string => `hypervisor/template:${file}`;
export const imageTask = (name: string): string => `hypervisor/image:${name}`;
export const directoryTask = (path: string): string => `hypervisor/directory:${path}`;
export const backupTask = (id: string): string => `hypervisor/backup:${id}`;
export const externalTarget = (id: number): string => `external:${id}`;
export const externalTask = (id: number): string => `${externalTarget(id)}/health`;
export const apparmorTask = (profile: string): string => `hypervisor/apparmor:${profile}`;
export const networkTask = 'hypervisor/network';
export const firewallTask = 'hypervisor/firewall';
export const nvidiaDevicesTask = 'hypervisor/nvidia:devices';
export const rebootTask = 'hypervisor/reboot';

/** The steps of a guest after which it can be worked in. */
export function doors(guest: Guest): string[] {
  if (guest.kind !== 'ct') return [stepOf(guest, 'agent')];
  return [stepOf(guest, 'network'), ...(guest.clone ? [stepOf(guest, 'identity')] : [])];
}

/** The step of a guest after which its features, application and health are all in place. */
export function lastStep(guest: Guest): string {
  if (guest.health) return stepOf(guest, 'health');
  if (guest.app) return stepOf(guest, 'app');
  const feature = guest.layers.at(-1);
  return stepOf(guest, feature ? `feature:${feature.name}` : guest.kind === 'ct' ? 'network' : 'agent');
}
