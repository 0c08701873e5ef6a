/** Ids of tasks that other tasks point to. Pure; the one place where they are spelled. */

import type { Dependency } from '../core/task.ts';
import type { Facts } from '../proxmox/facts.ts';
import type { Guest, Hypervisor } from './fleet.ts';

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
export const haRuleTask = (rule: string): string => `hypervisor/ha:${rule}`;
/** What was a rule of ours goes there. */
export const haRulesTask = 'hypervisor/ha-rules';
export const externalTarget = (id: number): string => `external:${id}`;
export const externalTask = (id: number): string => `${externalTarget(id)}/health`;
export const apparmorTask = (profile: string): string => `hypervisor/apparmor:${profile}`;
export const networkTask = 'hypervisor/network';
export const firewallTask = 'hypervisor/firewall';
export const nvidiaDevicesTask = 'hypervisor/nvidia:devices';
export const rebootTask = 'hypervisor/reboot';

/** What has to be there before a volume lies on these storages; one that the configuration does not describe is there. */
export function storageEdges(
  ids: readonly string[],
  { storage }: Pick<Hypervisor, 'storage'>,
): Dependency<Facts>[] {
  const described = ids.filter((id) => Object.hasOwn(storage, id));
  return described.map((id) => ({ task: storageTask(id), kind: 'order' }));
}

/** Whether phx can do anything inside of it: a VM without an agent is finished when it is started (or kept stopped). */
export function hasInside(guest: Guest): boolean {
  if (guest.kind === 'ct') return true;
  return typeof guest.agent === 'boolean' ? guest.agent : guest.agent.enabled !== false;
}

/** The steps of a guest after which it can be worked in. */
export function doors(guest: Guest): string[] {
  if (!hasInside(guest)) return [stepOf(guest, 'start')];
  const first = stepOf(guest, guest.kind === 'ct' ? 'network' : 'agent');
  return [first, ...(guest.clone ? [stepOf(guest, 'identity')] : [])];
}

/** The step of a guest after which its features, application and health are all in place. */
export function lastStep(guest: Guest): string {
  if (!hasInside(guest)) return stepOf(guest, 'start');
  if (guest.health) return stepOf(guest, 'health');
  if (guest.app) return stepOf(guest, 'app');
  const feature = guest.layers.at(-1);
  return stepOf(guest, feature ? `feature:${feature.name}` : guest.kind === 'ct' ? 'network' : 'agent');
}

/** What a guest waits for that is to be sealed, or to become a template: all that it is made of. */
export function finished(guest: Guest): Dependency<Facts>[] {
  const inside = hasInside(guest);
  const layers = [...guest.layers.map(({ name }) => `feature:${name}`), ...(guest.app ? ['app'] : [])];
  const before = [
    ...['configure', 'volumes'].map((step) => stepOf(guest, step)),
    lastStep(guest),
    ...(inside ? [stepOf(guest, 'leftovers')] : []),
    ...doors(guest),
  ];
  return [
    { task: stepOf(guest, 'define'), kind: 'result' },
    ...(inside ? layers.map((step) => ({ task: stepOf(guest, step), kind: 'result' as const })) : []),
    ...[...new Set(before)].map((task) => ({ task, kind: 'order' as const })),
  ];
}
