/**
 * Steps `ha:<rule>`: where guests may run that the HA manager keeps; and `ha-rules`: rules of ours that left the configuration go.
 * A rule of somebody else is never touched. It knows no resource but by what the manager's list says.
 */

import type { Fleet } from '../../src/config/fleet.ts';
import type { HaRule } from '../../src/config/node.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { BlockedError, PhxError } from '../../src/core/error.ts';
import type { Problem } from '../../src/core/event.ts';
import type { Json } from '../../src/core/json.ts';
import type { Assessment, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import {
  type HaRuleOptions,
  haManager,
  haPool,
  haProjectOf,
  haResourcesCfg,
  haRulesCfg,
  haScopes,
  haSid,
  isNothing,
  normalRule,
  parseHaResources,
  parseHaRules,
  ruleDifference,
  type WantedRule,
  wantedRule,
} from '../../src/proxmox/ha.ts';
import { markedComment } from '../../src/proxmox/jobs-cfg.ts';
import { atLeast } from '../../src/proxmox/version.ts';
import { haRulesTask, haRuleTask, stepOf } from '../guest/names.ts';

/** None where there is but one node. */
export function haRuleSteps(
  rules: Readonly<Record<string, HaRule>>,
  fleet: Fleet,
  project: string,
): PhxTask[] {
  if (!fleet.nodes) return [];
  return [
    leftStep(Object.keys(rules), project),
    ...Object.entries(rules).map(([id, rule]) => ruleStep(id, rule, fleet, project)),
  ];
}

function ruleStep(id: string, rule: HaRule, fleet: Fleet, project: string): PhxTask {
  const guests = rule.resources.flatMap((resource) => fleet.guests[String(resource)] ?? []);
  const wanted: WantedRule = { ...rule, resources: guests.map(haSid) };
  return {
    id: haRuleTask(id),
    target: 'hypervisor',
    title: `HA rule ${id}`,
    revision: '1',
    config: { ...(wanted as unknown as Record<string, Json>), project },
    dependencies: [
      { task: haRulesTask, kind: 'order' },
      // Nobody has to be built for a rule: it speaks of those that are there, and of the others once they are.
      ...guests.map((guest) => ({ task: stepOf(guest, 'ha'), kind: 'after' as const })),
    ],
    outputs: { rule: (facts) => said(rulesOf(facts).get(id)) ?? 'none' },
    assess: ({ facts }) => assess(id, wanted, project, facts),
    pools: [haPool],
    touches: haScopes,
    run: async (context) => {
      const { project: own, ...slice } = context.config as unknown as WantedRule & {
        readonly project: string;
      };
      await converge(id, slice, own, context);
      return undefined;
    },
  };
}

function rulesOf({ files }: Facts): Map<string, HaRuleOptions> {
  return parseHaRules(files.get(haRulesCfg));
}

function said(rule: HaRuleOptions | undefined): string | undefined {
  if (!rule) return undefined;
  const options = Object.entries(normalRule(rule.options)).sort();
  return [rule.type, ...options.map(([key, value]) => `${key}=${value}`)].join(' ');
}

/** Proxmox takes no guest that its manager does not keep; undefined where too few are left for a rule. */
function possible(wanted: WantedRule, project: string, facts: Facts): HaRuleOptions | undefined {
  const kept = parseHaResources(facts.files.get(haResourcesCfg));
  const resources = wanted.resources.filter((sid) => kept.has(Number(sid.slice(3))));
  const least = wanted.type === 'resource-affinity' ? 2 : 1;
  return resources.length < least ? undefined : wantedRule({ ...wanted, resources }, project);
}

function assess(id: string, wanted: WantedRule, project: string, facts: Facts): Assessment | undefined {
  const problem = foreign(id, project, facts);
  if (problem) return { verdict: 'blocked', problem };
  const now = said(possible(wanted, project, facts));
  const present = said(rulesOf(facts).get(id));
  if (now === undefined || now === present) return undefined;
  return {
    verdict: 'stale',
    because: [{ why: present === undefined ? 'added' : 'changed', key: id, to: now }],
  };
}

function foreign(id: string, project: string, facts: Facts): Problem | undefined {
  const rule = rulesOf(facts).get(id);
  const owner = rule && haProjectOf(rule.options);
  if (!rule || owner === project) return undefined;
  const { comment: whole = '' } = rule.options;
  const comment = markedComment(whole.replace(/ ?\(phx: [a-z0-9-]+\)$/, ''), project);
  return {
    title: owner
      ? `The HA rule ${id} belongs to the project ${owner}`
      : `There is an HA rule ${id} that phx did not make`,
    facts: [['type', rule.type], ...Object.entries(rule.options)],
    hint: 'Give yours another name. Or let this project have it: it is then changed to what the configuration says.',
    command: `ha-manager rules set ${rule.type} ${id} --comment '${comment.replaceAll("'", `'\\''`)}'`,
  };
}

async function converge(
  id: string,
  wanted: WantedRule,
  project: string,
  context: TaskContext<Facts>,
): Promise<void> {
  const facts = await context.refresh(haScopes);
  const problem = foreign(id, project, facts);
  if (problem) throw new BlockedError(problem);
  const rule = possible(wanted, project, facts);
  const missing = wanted.resources.filter((sid) => !rule?.options.resources?.split(',').includes(sid));
  if (missing.length > 0)
    context.log(`the HA manager does not keep ${missing.join(', ')} yet: the rule follows when it does`);
  if (!rule) return;
  const present = rulesOf(facts).get(id);
  if (present && present.type === rule.type) {
    const change = ruleDifference(present.options, rule.options);
    if (isNothing(change)) return;
    const undo = haManager.setRule(id, rule.type, ruleDifference(rule.options, normalRule(present.options)));
    await context.run(haManager.setRule(id, rule.type, change), { undo });
  } else {
    // One cannot become of another type.
    if (present) await context.run(haManager.removeRule(id), { undo: haManager.addRule(id, present) });
    await context.run(haManager.addRule(id, rule), { undo: haManager.removeRule(id) });
  }
  const seen = rulesOf(await context.refresh(haScopes)).get(id);
  if (said(seen) === said(rule)) return;
  throw new PhxError('failed', {
    title: `ha-manager ended well, but the rule ${id} is not as it was asked for`,
    facts: [
      ['seen', said(seen) ?? `${haRulesCfg} has no ${id}`],
      ['asked for', said(rule) ?? ''],
    ],
    hint: 'Somebody else may have changed it meanwhile.',
    command: `phx run ${haRuleTask(id)}`,
  });
}

/** The first of them all: it also says, once, that the node knows no rules yet. */
function leftStep(names: readonly string[], project: string): PhxTask {
  const left = (facts: Facts, known: readonly string[]) =>
    [...rulesOf(facts)].filter(
      ([id, { options }]) => haProjectOf(options) === project && !known.includes(id),
    );
  return {
    id: haRulesTask,
    target: 'hypervisor',
    title: 'HA rules that left the configuration',
    revision: '1',
    config: { rules: names, project },
    dependencies: [],
    outputs: {
      left: (facts) =>
        left(facts, names)
          .map(([id]) => id)
          .join(' '),
    },
    assess: ({ facts }) => {
      const gone = left(facts, names).map(([key]) => ({ why: 'removed' as const, key }));
      return (
        (names.length > 0 ? noRulesYet(facts) : undefined) ??
        (gone.length > 0 ? { verdict: 'stale', because: gone } : undefined)
      );
    },
    pools: [haPool],
    touches: haScopes,
    run: async (context) => {
      const known = context.config.rules as readonly string[];
      const gone = left(await context.refresh(haScopes), known);
      for (const [id, rule] of gone)
        await context.run(haManager.removeRule(id), { undo: haManager.addRule(id, rule) });
      const still = gone.length > 0 ? left(await context.refresh(haScopes), known) : [];
      if (still.length === 0) return undefined;
      throw new PhxError('failed', {
        title: `ha-manager said that it removed the rule ${still[0]?.[0]}, but it is still there`,
        command: `phx run ${haRulesTask}`,
      });
    },
  };
}

/** Before 9.0 there are groups instead, which Proxmox has given up. */
function noRulesYet({ host: { packages } }: Facts): Assessment | undefined {
  if (atLeast(packages, '9.0') !== false) return undefined;
  return {
    verdict: 'blocked',
    problem: {
      title: 'This Proxmox VE knows no HA rules yet',
      facts: [
        ['need', 'Proxmox VE 9.0'],
        ['node', `pve-manager ${packages.get('pve-manager')}`],
      ],
      hint: 'Upgrade the nodes, or take hypervisor.ha.rules out. Nothing was changed. Groups, which it has instead, are no business of phx.',
    },
  };
}
