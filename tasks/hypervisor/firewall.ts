/**
 * Step `firewall`: cluster.fw and host.fw, put together from their parts and applied on trial, so that a firewall which
 * shuts the door opens it again by itself. The files are ours whole; what a person had in them is kept beside.
 */

import type { Hypervisor } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { normalFirewall } from '../../src/proxmox/firewall-file.ts';
import { complaintsAbout } from '../guest/firewall.ts';
import { linesMissing } from '../guest/firewall-text.ts';
import { isManaged } from '../guest/managed.ts';
import { firewallTask } from '../guest/names.ts';
import { fileScope, lookAt } from './files.ts';
import {
  clusterFile,
  clusterItems,
  hostFile,
  itemStep,
  itemTask,
  joined,
  nodeItems,
  optionsTask,
} from './firewall-items.ts';
import { doors } from './firewall-lockout.ts';
import { optionParts, optionsStep, firewallUnit as unit } from './firewall-options.ts';
import { dropOtherParts, partEdges, readParts } from './parts.ts';
import { applyOnTrial, settleTrial, type Trial } from './trial.ts';

const start = ['pve-firewall', 'restart'];
const stop = ['pve-firewall', 'stop'];

/** No step where the configuration says nothing of a firewall: then the node keeps what it has. */
export function firewallSteps(node: Hypervisor): PhxTask[] {
  const { enabled, rules, aliases, ipsets, groups, node: own } = node.firewall;
  const said = [rules, aliases, ipsets, groups, own.rules].some((part) => Object.keys(part).length > 0);
  if (!enabled && !said) return [];
  const items = [...clusterItems(node.firewall), ...nodeItems(node.firewall)];
  return [optionsStep(node), ...items.map(itemTask), firewallStep(node)];
}

function firewallStep({ firewall, commitConfirm }: Hypervisor): PhxTask {
  const cluster = clusterItems(firewall).map(({ part }) => part);
  const host = nodeItems(firewall).map(({ part }) => part);
  return {
    id: firewallTask,
    target: 'hypervisor',
    title: 'firewall of the data centre and the node',
    revision: '1',
    config: { enabled: firewall.enabled, cluster, node: host },
    initial: { commitConfirm },
    dependencies: partEdges([optionsTask, ...[...cluster, ...host].map(itemStep)]),
    outputs: {
      cluster: (facts) => said(facts, clusterFile),
      node: (facts) => said(facts, hostFile),
      ...(firewall.enabled ? { running: (facts) => facts.units.get(unit)?.active ?? false } : {}),
    },
    pools: ['network:host'],
    touches: [fileScope(clusterFile), fileScope(hostFile), `unit:${unit}`],
    putBack: async (context, files) => {
      await settleTrial(context, 'firewall');
      await applyOnTrial(context, trialOf(context, commitConfirm, files, true));
    },
    run: apply,
  };
}

/** Proxmox drops comments and mixes options when it writes a file itself (B141): what it says is what counts. */
function said({ files }: Facts, path: string): string | undefined {
  const text = files.get(path);
  return text === undefined ? undefined : normalFirewall(text);
}

async function apply(context: TaskContext<Facts>): Promise<undefined> {
  await settleTrial(context, 'firewall');
  const cluster = [optionParts.cluster, ...(context.config.cluster as readonly string[])];
  const host = [optionParts.host, ...(context.config.node as readonly string[])];
  const wanted = new Map([
    [clusterFile, joined(await readParts(context, 'firewall', cluster))],
    [hostFile, joined(await readParts(context, 'firewall', host))],
  ]);
  await dropOtherParts(context, 'firewall', [...cluster, ...host]);
  const files = new Map<string, string>();
  for (const [path, text] of wanted) {
    const present = await lookAt(context, path);
    if (present !== undefined && normalFirewall(present) === normalFirewall(text)) continue;
    if (present !== undefined && !isManaged(present))
      for (const line of linesMissing(present, text)) context.log(`goes from ${path}: ${line}`);
    files.set(path, text);
  }
  const running = (await context.refresh([`unit:${unit}`])).units.get(unit)?.active ?? false;
  if (files.size === 0 && (running || !context.config.enabled)) return undefined;
  await applyOnTrial(context, trialOf(context, Number(context.initial.commitConfirm), files, running));
  await context.refresh([`unit:${unit}`]);
  return undefined;
}

function trialOf(
  context: TaskContext<Facts>,
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
    settled: () => untilLive(context, seconds),
    check: () => complaint(context),
  };
}

/** What Proxmox itself has to say: lines that it leaves out, or that it would not let the operator in (B149). */
async function complaint(context: TaskContext<Facts>): Promise<string | undefined> {
  const own = `/etc/pve/nodes/${context.facts().host.node.name}/host.fw`;
  const wrong = await complaintsAbout(context, [clusterFile, hostFile, own]);
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
async function untilLive(context: TaskContext<Facts>, seconds: number): Promise<void> {
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
}
