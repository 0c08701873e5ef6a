/**
 * A guest that is taken down to be made anew leaves the HA manager for that long: Proxmox destroys nothing that the manager keeps
 * (B160), and the manager would start it in between. What it was there is written down, and given back; rules stay as they are.
 */

import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { type HaOptions, haManager, haResourcesCfg, haScopes, haSid } from '../../src/proxmox/ha.ts';
import { atLeast } from '../../src/proxmox/version.ts';
import { stateOf } from './conf.ts';
import { haResource } from './ha.ts';

type Guest = Parameters<typeof haSid>[0];

export async function leaveHa(guest: Guest, context: TaskContext<Facts>): Promise<void> {
  if (!context.facts().files.has(haResourcesCfg)) return;
  const facts = await context.refresh(haScopes);
  if (!haResource(facts, guest.id)) return;
  // Since 9.1 it would go from the rules, too; before, there is no such option.
  const keepsRules = atLeast(facts.host.packages, '9.1') === true;
  await context.run(haManager.remove(haSid(guest), { keepsRules }));
  await context.refresh(haScopes);
}

/** Puts it back as it was, running or not as it does now; nothing where it is in the list again. */
export async function giveBackHa(
  guest: Guest,
  { state: before = 'started', ...options }: HaOptions,
  context: TaskContext<Facts>,
): Promise<void> {
  const facts = await context.refresh([`guest:${guest.id}`, ...haScopes]);
  if (haResource(facts, guest.id)) return;
  const asItIs = stateOf(facts, guest.id) === 'running' ? 'started' : 'stopped';
  const state = /^(started|enabled|stopped)$/.test(before) ? asItIs : before;
  await context.run(haManager.add(haSid(guest), { state, ...options }));
  await context.refresh(haScopes);
}
