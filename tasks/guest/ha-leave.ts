/**
 * A guest that is taken down to be made anew leaves the HA manager for that long: Proxmox destroys nothing that the manager keeps
 * (B160), and the manager would start it in between. What it was there is written down, and given back.
 */

import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import {
  type HaOptions,
  type HaRuleOptions,
  haManager,
  haProjectOf,
  haResourcesCfg,
  haRulesCfg,
  haScopes,
  haSid,
  normalRule,
  parseHaRules,
} from '../../src/proxmox/ha.ts';
import { stateOf } from './conf.ts';
import { haResource } from './ha.ts';

/** What the manager knew of a guest. */
export interface FormerHa {
  readonly resource: HaOptions;
  /** Rules of other people that name it: Proxmox may take it out of them (F28). */
  readonly rules: Readonly<Record<string, HaRuleOptions>>;
}

type Guest = Parameters<typeof haSid>[0];

/** Undefined where there is no cluster, or the manager does not keep it. */
export function formerHa(guest: Guest, project: string, facts: Facts): FormerHa | undefined {
  const resource = haResource(facts, guest.id);
  if (!resource) return undefined;
  const rules = [...parseHaRules(facts.files.get(haRulesCfg))].filter(
    ([, { options }]) => names(options, guest) && haProjectOf(options) !== project,
  );
  return { resource, rules: Object.fromEntries(rules) };
}

function names(options: HaOptions, guest: Guest): boolean {
  return normalRule(options).resources?.split(',').includes(haSid(guest)) === true;
}

export async function leaveHa(guest: Guest, context: TaskContext<Facts>): Promise<void> {
  if (!context.facts().files.has(haResourcesCfg)) return;
  if (!haResource(await context.refresh(haScopes), guest.id)) return;
  await context.run(haManager.remove(haSid(guest)));
  await context.refresh(haScopes);
}

/** Puts it back as it was, running or not as it does now; nothing where it is in the list again. */
export async function giveBackHa(
  guest: Guest,
  { resource, rules }: FormerHa,
  context: TaskContext<Facts>,
): Promise<void> {
  const sid = haSid(guest);
  if (!haResource(await context.refresh([`guest:${guest.id}`, ...haScopes]), guest.id)) {
    const { state: before = 'started', ...options } = resource;
    const asItIs = stateOf(context.facts(), guest.id) === 'running' ? 'started' : 'stopped';
    const state = /^(started|enabled|stopped)$/.test(before) ? asItIs : before;
    await context.run(haManager.add(sid, { state, ...options }));
  }
  await giveBackRules(guest, rules, context);
}

async function giveBackRules(
  guest: Guest,
  rules: FormerHa['rules'],
  context: TaskContext<Facts>,
): Promise<void> {
  const present = parseHaRules((await context.refresh(haScopes)).files.get(haRulesCfg));
  for (const [id, rule] of Object.entries(rules)) {
    const now = present.get(id);
    if (!now) await context.run(haManager.addRule(id, rule));
    else if (!names(now.options, guest)) {
      const resources = [now.options.resources, haSid(guest)].filter(Boolean).join(',');
      await context.run(haManager.setRule(id, now.type, { set: { resources }, gone: [] }));
    }
  }
  if (Object.keys(rules).length > 0) await context.refresh(haScopes);
}
