/**
 * Step `firewall:options`: whether the firewall is on and what it does by default. It comes before every other step of
 * the firewall, and looks first whether the whole of it would lock somebody out: then not one file is changed.
 */

import type { Firewall, Hypervisor } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { type FirewallFile, normalFirewall, printFirewall } from '../../src/proxmox/firewall-file.ts';
import { head } from '../guest/firewall-text.ts';
import { networkTask } from '../guest/names.ts';
import { fileScope } from './files.ts';
import { clusterFile, clusterItems, hostFile, joined, nodeItems, optionsTask } from './firewall-items.ts';
import { lockedOut } from './firewall-lockout.ts';
import { partOf } from './parts.ts';

/** The daemon without which no rule counts. */
export const firewallUnit = 'pve-firewall.service';
const interfaces = '/etc/network/interfaces';

/** The parts that hold the options of cluster.fw and host.fw. */
export const optionParts = { cluster: 'options', host: 'node-options' } as const;

type Settings = Pick<Firewall, 'enabled' | 'policyIn' | 'policyOut'> & Omit<Firewall['node'], 'rules'>;

export function optionsStep({ firewall, network }: Hypervisor): PhxTask {
  const { enabled, policyIn, policyOut, node } = firewall;
  const { rules: _, ...logs } = node;
  const cluster = partOf('firewall', optionParts.cluster);
  const host = partOf('firewall', optionParts.host);
  return {
    id: optionsTask,
    target: 'hypervisor',
    title: 'firewall options',
    revision: '1',
    config: { enabled, policyIn, policyOut, ...logs },
    dependencies: [{ task: networkTask, kind: 'order' }],
    outputs: { cluster: cluster.probe, node: host.probe },
    assess: ({ facts, operator }) =>
      enabled && !stands(firewall, facts)
        ? lockedOut(firewall, network.bridges, facts.files.get(interfaces) ?? '', operator)
        : undefined,
    touches: [
      ...[cluster.scope, host.scope, `unit:${firewallUnit}`],
      ...[clusterFile, hostFile, interfaces].map(fileScope),
    ],
    run: async (context) => {
      const settings = { ...context.config } as unknown as Settings;
      await cluster.keep(context, printFirewall(clusterOptions(settings), head));
      await host.keep(context, printFirewall(hostOptions(settings), head));
      return undefined;
    },
  };
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
