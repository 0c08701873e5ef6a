/**
 * Step `firewall:options`: whether the firewall is on and what it does by default. It comes before every other step of
 * the firewall, and looks first whether the whole of it would lock somebody out: then not one file is changed.
 */

import type { Firewall, Hypervisor } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { Assessment, JudgeView } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { type FirewallFile, normalFirewall, printFirewall } from '../../src/proxmox/firewall-file.ts';
import { head } from '../guest/firewall-text.ts';
import { fileScope } from './files.ts';
import { clusterItems, joined, nodeItems } from './firewall-items.ts';
import { clusterFile, hostFile, type Keeping } from './firewall-keeping.ts';
import { lockedOut } from './firewall-lockout.ts';
import { partOf } from './parts.ts';

/** The daemon without which no rule counts. */
export const firewallUnit = 'pve-firewall.service';
const interfaces = '/etc/network/interfaces';

/** The parts that hold the options of cluster.fw and host.fw. */
export const optionParts = { cluster: 'options', host: 'node-options' } as const;

type Settings = Pick<Firewall, 'enabled' | 'policyIn' | 'policyOut'> & Omit<Firewall['node'], 'rules'>;

export function optionsStep(hypervisor: Hypervisor, keeping: Keeping): PhxTask {
  const { enabled, policyIn, policyOut, node } = hypervisor.firewall;
  const { rules: _, ...logs } = node;
  const cluster = partOf(keeping.name, optionParts.cluster);
  const host = partOf(keeping.name, optionParts.host);
  return {
    id: keeping.optionsTask,
    target: 'hypervisor',
    title: keeping.cluster ? 'firewall options' : 'firewall options of the node',
    revision: '1',
    config: { ...(keeping.cluster ? { enabled, policyIn, policyOut } : {}), ...(keeping.node ? logs : {}) },
    dependencies: keeping.optionsAfter.map((task) => ({ task, kind: 'order' })),
    outputs: {
      ...(keeping.cluster ? { cluster: cluster.probe } : {}),
      ...(keeping.node ? { node: host.probe } : {}),
    },
    // The data centre's of a cluster come after those of each node, which know its network.
    ...(keeping.node ? { assess: (view) => assess(hypervisor, keeping, view) } : {}),
    touches: [
      ...(keeping.cluster ? [cluster.scope] : []),
      ...(keeping.node ? [host.scope] : []),
      ...(keeping.node
        ? [`unit:${firewallUnit}`, ...[clusterFile, hostFile, interfaces].map(fileScope)]
        : []),
    ],
    run: async (context) => {
      const settings = { ...context.config } as unknown as Settings;
      if (keeping.cluster) await cluster.keep(context, printFirewall(clusterOptions(settings), head));
      if (keeping.node) await host.keep(context, printFirewall(hostOptions(settings), head));
      return undefined;
    },
  };
}

function assess(
  { firewall, network }: Hypervisor,
  keeping: Keeping,
  { facts, operator }: JudgeView<Facts>,
): Assessment | undefined {
  if (!firewall.enabled || stands(firewall, facts)) return undefined;
  const place = { bridges: network.bridges, interfaces: facts.files.get(interfaces) ?? '' };
  const present = facts.files.get(hostFile) ?? '';
  return lockedOut(firewall, { ...place, ...(keeping.cluster ? {} : { present }) }, operator);
}

function clusterOptions({ enabled, policyIn, policyOut }: Settings): FirewallFile {
  return { options: { enable: enabled, policy_in: policyIn, policy_out: policyOut } };
}

function hostOptions({ logIn, logOut }: Settings): FirewallFile {
  return { options: { enable: true, log_level_in: logIn, log_level_out: logOut } };
}

/** Whether the files say all this already: then nothing changes for anybody. */
function stands(firewall: Firewall, { files, units }: Facts): boolean {
  if (!units.get(firewallUnit)?.active) return false;
  const settings = { ...firewall, ...firewall.node };
  const wanted = [
    [clusterFile, clusterOptions(settings), clusterItems(firewall)],
    [hostFile, hostOptions(settings), nodeItems(firewall)],
  ] as const;
  return wanted.every(([path, options, items]) => {
    const parts = [options, ...items.map(({ config, fileOf }) => fileOf(config))];
    const text = joined(parts.map((part) => printFirewall(part)));
    return normalFirewall(files.get(path) ?? '') === normalFirewall(text);
  });
}
