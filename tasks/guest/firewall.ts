/** Step `firewall`: the guest's own firewall file, written whole. It is the same for containers and VMs. */

import type { FirewallRules, Fleet, Guest, GuestFirewall } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { PhxError } from '../../src/core/error.ts';
import type { Json } from '../../src/core/json.ts';
import type { Dependency, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { normalFirewall, printFirewall } from '../../src/proxmox/firewall-file.ts';
import { head, namedRules } from './firewall-text.ts';
import { fileScope, keepCopy, lookAt } from './managed.ts';
import { firewallTask, stepOf, targetOf } from './names.ts';

export function guestFirewallTask(guest: Guest, firewall: GuestFirewall, fleet: Fleet): PhxTask {
  const path = `/etc/pve/firewall/${guest.id}.fw`;
  const { rules, ...settings } = firewall;
  return {
    id: stepOf(guest, 'firewall'),
    target: targetOf(guest),
    title: `firewall of ${guest.id}`,
    revision: '1',
    config: { ...settings, rules, order: Object.keys(rules) } as unknown as Record<string, Json>,
    dependencies: [{ task: stepOf(guest, 'define'), kind: 'result' }, ...sharedNames(firewall, fleet)],
    outputs: {
      // Proxmox drops comments and mixes options when it writes the file itself (B141): what it says is what counts.
      firewall: (facts) => {
        const text = facts.files.get(path);
        return text === undefined ? undefined : normalFirewall(text);
      },
    },
    drift: guest.drift,
    pools: [`guest:${guest.id}`],
    touches: [fileScope(path)],
    run: (context) => write(context, path),
  };
}

/** Groups, aliases and sets of the data centre stand in its file, which then comes first. */
function sharedNames({ rules, aliases, ipsets }: GuestFirewall, fleet: Fleet): Dependency<Facts>[] {
  const center = fleet.hypervisor.firewall;
  const own = new Set([...Object.keys(aliases ?? {}), ...Object.keys(ipsets ?? {})].map(lower));
  const shared = new Set([...Object.keys(center.aliases), ...Object.keys(center.ipsets)].map(lower));
  const foreign = (word = ''): boolean => {
    const [, prefix, name = ''] = /^[!+\s]*(?:(dc|guest)\/)?(.+)$/.exec(word) ?? [];
    return shared.has(lower(name)) && prefix !== 'guest' && (prefix === 'dc' || !own.has(lower(name)));
  };
  const asked = Object.values(rules).some((rule) =>
    rule.type === 'group' ? true : foreign(rule.source) || foreign(rule.dest),
  );
  const inSets = Object.values(ipsets ?? {}).some((members) => members.some(foreign));
  return asked || inSets ? [{ task: firewallTask, kind: 'order' }] : [];
}

function lower(name: string): string {
  return name.toLowerCase();
}

type Slice = GuestFirewall & { readonly order: readonly string[]; readonly rules: FirewallRules };

function textOf({ enabled, policyIn, policyOut, aliases, ipsets, rules, order }: Slice): string {
  const file = {
    options: { enable: enabled, policy_in: policyIn, policy_out: policyOut },
    aliases: Object.fromEntries(Object.entries(aliases ?? {}).map(([name, cidr]) => [name, { cidr }])),
    ipsets: Object.fromEntries(Object.entries(ipsets ?? {}).map(([name, entries]) => [name, { entries }])),
    rules: namedRules(order, rules),
  };
  return printFirewall(file, head);
}

async function write(context: TaskContext<Facts>, path: string): Promise<undefined> {
  const wanted = textOf({ ...context.config } as unknown as Slice);
  const present = await lookAt(context, path);
  const same = present !== undefined && normalFirewall(present) === normalFirewall(wanted);
  if (same && !context.unsettled()) return undefined;
  await keepCopy(context, path, present);
  if (!same) await context.writeFile(path, wanted);
  await context.refresh([fileScope(path)]);
  const wrong = await complaintsAbout(context, [path]);
  if (wrong.length === 0) return undefined;
  if (present === undefined) await context.removeFile(path);
  else await context.writeFile(path, present);
  await context.refresh([fileScope(path)]);
  throw new PhxError('failed', {
    title: 'Proxmox does not take the firewall file: the former one is back',
    facts: [['said', wrong.join('\n')]],
    hint: 'Mend the rules in the configuration, then run again.',
  });
}

/** What Proxmox finds wrong with these files; it leaves such lines out, and ends well all the same (B148, B149). */
export async function complaintsAbout(
  context: TaskContext<Facts>,
  paths: readonly string[],
): Promise<string[]> {
  const { stderr } = await context.ask(['pve-firewall', 'compile']);
  const said: string[] = [];
  let ours = false;
  for (const line of stderr.split('\n')) {
    // What is indented belongs to the line before.
    if (!/^\s/.test(line)) ours = paths.some((path) => line.startsWith(`${path} `));
    if (ours) said.push(line);
  }
  return [...new Set(said.filter((line) => line.trim() !== ''))];
}
