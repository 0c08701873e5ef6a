/**
 * The parts of cluster.fw and host.fw, one step each: options, aliases, IP sets, rules, groups, and the rules of this
 * node. A part is a small firewall file of its own; how they come together is decided here, too. It runs nothing.
 */

import type { Firewall, FirewallRule, FirewallRules } from '../../src/config/firewall.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { Json } from '../../src/core/json.ts';
import {
  type FirewallFile,
  type ParsedFirewall,
  parseFirewall,
  printFirewall,
} from '../../src/proxmox/firewall-file.ts';
import { head, namedRule, namedRules } from '../guest/firewall-text.ts';
import type { Keeping } from './firewall-keeping.ts';
import { partOf } from './parts.ts';

type Config = Readonly<Record<string, Json>>;

/** One part of a file, and the step that keeps it. */
export interface Item {
  /** Its part; the step is `firewall:<part>`, of a cluster's node `host-firewall:<part>`. */
  readonly part: string;
  readonly title: string;
  readonly config: Config;
  readonly fileOf: (config: Config) => FirewallFile;
}

interface RulesSlice {
  readonly order: readonly string[];
  readonly rules: FirewallRules;
}

/** The parts of cluster.fw besides its options, in the order of the configuration. */
export function clusterItems({ aliases, ipsets, rules, groups }: Firewall): Item[] {
  return [
    ...Object.entries(aliases).map(
      ([name, address]): Item => ({
        ...{ part: `alias:${name}`, title: `firewall alias ${name}`, config: { address } },
        fileOf: (config) => ({ aliases: { [name]: { cidr: String(config.address) } } }),
      }),
    ),
    ...Object.entries(ipsets).map(
      ([name, members]): Item => ({
        ...{ part: `ipset:${name}`, title: `firewall set ${name}`, config: { members } },
        fileOf: (config) => ({ ipsets: { [name]: { entries: config.members as readonly string[] } } }),
      }),
    ),
    ...Object.entries(rules).map(([name, rule]) => ruleItem('rule', `firewall rule ${name}`, name, rule)),
    ...Object.entries(groups).map(
      ([name, members]): Item => ({
        ...{ part: `group:${name}`, title: `firewall group ${name}` },
        config: { order: Object.keys(members), rules: members } as unknown as Config,
        fileOf: (config) => {
          const slice = config as unknown as RulesSlice;
          return { groups: { [name]: { rules: namedRules(slice.order, slice.rules) } } };
        },
      }),
    ),
  ];
}

/** The parts of host.fw besides its options. */
export function nodeItems({ node }: Firewall): Item[] {
  return Object.entries(node.rules).map(([name, rule]) =>
    ruleItem('node', `firewall rule ${name} of the node`, name, rule),
  );
}

function ruleItem(kind: string, title: string, name: string, rule: FirewallRule): Item {
  return {
    ...{ part: `${kind}:${name}`, title, config: { ...rule } as unknown as Config },
    fileOf: (config) => ({ rules: [namedRule(name, { ...config } as unknown as FirewallRule)] }),
  };
}

export function itemTask(item: Item, { name, optionsTask, itemTask: idOf }: Keeping): PhxTask {
  const part = partOf(name, item.part);
  return {
    id: idOf(item.part),
    target: 'hypervisor',
    title: item.title,
    revision: '1',
    config: item.config,
    // Not even a part is written while the whole would lock somebody out.
    dependencies: [{ task: optionsTask, kind: 'order' }],
    outputs: { part: part.probe },
    touches: [part.scope],
    run: async (context) => {
      await part.keep(context, printFirewall(item.fileOf({ ...context.config }), head));
      return undefined;
    },
  };
}

/** Several parts as one file. */
export function joined(parts: readonly string[]): string {
  const all = parts.map(parseFirewall);
  const merged = <K extends 'options' | 'aliases' | 'ipsets' | 'groups'>(key: K): ParsedFirewall[K] =>
    Object.assign({}, ...all.map((part) => part[key]));
  const file = {
    options: merged('options'),
    aliases: merged('aliases'),
    ipsets: merged('ipsets'),
    rules: all.flatMap(({ rules }) => rules),
    groups: merged('groups'),
  };
  return printFirewall(file, head);
}
