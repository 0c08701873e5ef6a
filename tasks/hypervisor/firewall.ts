/**
 * Step `firewall`: cluster.fw and host.fw, put together from their parts and applied on trial, so that a firewall which
 * shuts the door opens it again by itself; of a cluster the former once for all, and `host-firewall` of each node. The
 * files are ours whole; what a person had in them is kept beside.
 */

import type { Hypervisor } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { normalFirewall } from '../../src/proxmox/firewall-file.ts';
import { complaintsAbout } from '../guest/firewall.ts';
import { linesMissing } from '../guest/firewall-text.ts';
import { isManaged } from '../guest/managed.ts';
import { fileScope, lookAt } from './files.ts';
import { clusterItems, type Item, itemTask, joined, nodeItems } from './firewall-items.ts';
import { clusterFile, hostFile, type Keeping, keepings } from './firewall-keeping.ts';
import { doors } from './firewall-lockout.ts';
import { optionParts, optionsStep, firewallUnit as unit } from './firewall-options.ts';
import { dropOtherParts, partEdges, readParts } from './parts.ts';
import { applyOnTrial, settleTrial, type Trial } from './trial.ts';

const start = ['pve-firewall', 'restart'];
const stop = ['pve-firewall', 'stop'];

/** No step where the configuration says nothing of a firewall: then the node keeps what it has. */
export function firewallSteps(node: Hypervisor, ofCluster: boolean): PhxTask[] {
  const { enabled, rules, aliases, ipsets, groups, node: own } = node.firewall;
  const said = [rules, aliases, ipsets, groups, own.rules].some((part) => Object.keys(part).length > 0);
  if (!enabled && !said) return [];
  return keepings(ofCluster).flatMap((keeping) => {
    const items = itemsOf(node, keeping);
    const all = [...items.cluster, ...items.node].map((item) => itemTask(item, keeping));
    return [optionsStep(node, keeping), ...all, firewallStep(node, keeping)];
  });
}

function itemsOf({ firewall }: Hypervisor, { cluster, node }: Keeping): Record<'cluster' | 'node', Item[]> {
  return { cluster: cluster ? clusterItems(firewall) : [], node: node ? nodeItems(firewall) : [] };
}

function firewallStep(hypervisor: Hypervisor, keeping: Keeping): PhxTask {
  const { firewall, commitConfirm } = hypervisor;
  const items = itemsOf(hypervisor, keeping);
  const parts = { cluster: items.cluster.map(({ part }) => part), node: items.node.map(({ part }) => part) };
  const { enabled } = firewall;
  return {
    id: keeping.task,
    target: 'hypervisor',
    title: keeping.title,
    revision: '1',
    config: {
      enabled,
      ...(keeping.cluster ? { cluster: parts.cluster } : {}),
      ...(keeping.node ? { node: parts.node } : {}),
    },
    initial: { commitConfirm },
    dependencies: [
      ...partEdges([keeping.optionsTask, ...[...parts.cluster, ...parts.node].map(keeping.itemTask)]),
      ...keeping.before.map((task) => ({ task, kind: 'order' as const })),
    ],
    outputs: {
      ...(keeping.cluster ? { cluster: (facts) => said(facts, clusterFile) } : {}),
      ...(keeping.node ? { node: (facts) => said(facts, hostFile) } : {}),
      // Of a cluster, whether it runs is a matter of each node.
      ...(enabled && keeping.node ? { running: (facts) => facts.units.get(unit)?.active ?? false } : {}),
    },
    pools: ['network:host'],
    touches: [...keeping.files.map(fileScope), `unit:${unit}`],
    putBack: async (context, files) => {
      await settleTrial(context, 'firewall');
      await applyOnTrial(context, trialOf(context, keeping, commitConfirm, files, true));
    },
    run: (context) => apply(context, keeping),
  };
}

/** Proxmox drops comments and mixes options when it writes a file itself (B141): what it says is what counts. */
function said({ files }: Facts, path: string): string | undefined {
  const text = files.get(path);
  return text === undefined ? undefined : normalFirewall(text);
}

async function apply(context: TaskContext<Facts>, keeping: Keeping): Promise<undefined> {
  await settleTrial(context, 'firewall');
  const named = (key: 'cluster' | 'node') => (context.config[key] ?? []) as readonly string[];
  const parts = new Map([
    ...(keeping.cluster ? [[clusterFile, [optionParts.cluster, ...named('cluster')]] as const] : []),
    ...(keeping.node ? [[hostFile, [optionParts.host, ...named('node')]] as const] : []),
  ]);
  const wanted = new Map<string, string>();
  for (const [path, names] of parts) wanted.set(path, joined(await readParts(context, keeping.name, names)));
  await dropOtherParts(context, keeping.name, [...parts.values()].flat());
  const files = new Map<string, string>();
  for (const [path, text] of wanted) {
    const present = await lookAt(context, path);
    if (present !== undefined && normalFirewall(present) === normalFirewall(text)) continue;
    if (present !== undefined && !isManaged(present))
      for (const line of linesMissing(present, text)) context.log(`goes from ${path}: ${line}`);
    files.set(path, text);
  }
  const running = (await context.refresh([`unit:${unit}`])).units.get(unit)?.active ?? false;
  const asWanted = running || !context.config.enabled || !keeping.node;
  if (files.size === 0 && asWanted) return undefined;
  const seconds = Number(context.initial.commitConfirm);
  await applyOnTrial(context, trialOf(context, keeping, seconds, files, running));
  await context.refresh([`unit:${unit}`]);
  return undefined;
}

function trialOf(
  context: TaskContext<Facts>,
  keeping: Keeping,
  seconds: number,
  files: ReadonlyMap<string, string | null>,
  running: boolean,
): Trial {
  return {
    name: 'firewall',
    seconds,
    files,
    reload: start,
    // Where the daemon did not run, no rule counted.
    ...(running ? {} : { restore: stop }),
    settled: () => untilLive(context, keeping, seconds),
    check: () => complaint(context, keeping),
  };
}

/** What Proxmox itself has to say: lines that it leaves out, or that it would not let the operator in (B149). */
async function complaint(context: TaskContext<Facts>, keeping: Keeping): Promise<string | undefined> {
  const own = `/etc/pve/nodes/${context.facts().host.node.name}/host.fw`;
  const wrong = await complaintsAbout(context, [...keeping.files, ...(keeping.node ? [own] : [])]);
  if (wrong.length > 0) return `Proxmox does not take all of it:\n${wrong.join('\n')}`;
  if (context.operator === undefined) return undefined;
  const packet = ['--from', 'outside', '--to', 'host', '--source', context.operator, '--protocol', 'tcp'];
  for (const port of doors.keys()) {
    const { stdout } = await context.ask(['pve-firewall', 'simulate', ...packet, '--dport', String(port)]);
    const action = /^ACTION: (DROP|REJECT)$/m.exec(stdout)?.[1];
    if (action !== undefined) return `Proxmox says ${action} to ${context.operator} on port ${port}`;
  }
  return undefined;
}

/**
 * The daemon takes its files up by itself, at the latest at its next round of ten seconds; `compile` says when what is
 * loaded is what the files say (B149). A node that never says so has had its time, and the connection decides.
 */
async function untilLive(context: TaskContext<Facts>, keeping: Keeping, seconds: number): Promise<void> {
  const look = async () => {
    const { stdout } = await context.ask(['pve-firewall', 'compile']);
    return /^no changes$/m.test(stdout) ? { answer: true } : { seen: 'changes that are not loaded yet' };
  };
  const deadline = Math.min(15_000, seconds * 500);
  try {
    await context.until({ what: 'the firewall to load its files', deadline, interval: 1000, look });
  } catch {
    context.log('the firewall does not say that it has loaded its files: only the connection is proved');
  }
  if (!keeping.node && (context.facts().nodes?.size ?? 1) > 1) await aRound(context, seconds);
}

/** The other nodes load what all share at their own next round, and nothing here says when that was. */
async function aRound(context: TaskContext<Facts>, seconds: number): Promise<void> {
  let left = Math.min(11, Math.floor(seconds / 4));
  const look = async () => (left-- > 0 ? { seen: 'the round is not over' } : { answer: true });
  await context.until({
    ...{ what: 'the firewalls of the other nodes to load it', look },
    ...{ deadline: 60_000, interval: 1000, longest: 1000 },
  });
}
