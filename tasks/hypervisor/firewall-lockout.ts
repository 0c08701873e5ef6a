/** Whether the firewall that is wanted would cut a person off from the node, and what that person can do. Pure (F25). */

import type { FirewallRules } from '../../src/config/firewall.ts';
import type { Bridge, Firewall } from '../../src/config/fleet.ts';
import type { Assessment } from '../../src/core/task.ts';
import { parseFirewall } from '../../src/proxmox/firewall-file.ts';
import { type Cut, lockout, type NamedRules, type NodeFirewall } from '../../src/proxmox/firewall-lockout.ts';
import { parseNetwork, printIp } from '../../src/proxmox/ip.ts';

/** What a person needs: the shell and the web interface. */
export const doors: ReadonlyMap<number, string> = new Map([
  [22, 'ssh'],
  [8006, 'the web interface'],
]);

/** Where somebody may be locked out. */
export interface Place {
  readonly bridges: Readonly<Record<string, Bridge>>;
  /** Text of /etc/network/interfaces, for a node whose bridges the configuration does not describe. */
  readonly interfaces: string;
  /** Text of a host.fw that stays for a while beside the new cluster.fw: on the nodes of a cluster, which all have that one. */
  readonly present?: string;
}

export function lockedOut(
  firewall: Firewall,
  { bridges, interfaces, present }: Place,
  operator: string | undefined,
): Assessment | undefined {
  const localNetwork = ownNetwork(bridges) ?? writtenNetwork(interfaces);
  const cutsBy = (hostRules: NamedRules) =>
    lockout(wholeOf(firewall, hostRules, localNetwork), {
      operator,
      localNetworks: localNetwork === undefined ? [] : [localNetwork],
      ports: [...doors.keys()],
    });
  const cuts = cutsBy(named(firewall.node.rules, ' of this node'));
  if (cuts.length > 0) return { verdict: 'blocked', problem: problemOf(firewall, cuts, operator) };
  const before = present === undefined ? undefined : standingRules(present);
  const meanwhile = before ? cutsBy(before) : [];
  if (meanwhile.length === 0) return undefined;
  return { verdict: 'blocked', problem: inBetween(problemOf(firewall, meanwhile, operator)) };
}

function named(rules: FirewallRules, where = ''): NamedRules {
  return Object.entries(rules).map(([name, rule]) => [`${name}${where}`, rule]);
}

/** Undefined where the node has no firewall, whatever the data centre says. */
function standingRules(text: string): NamedRules | undefined {
  const { options, rules } = parseFirewall(text);
  if (options.enable === '0') return undefined;
  return rules.flatMap((rule, at) =>
    typeof rule === 'string' ? [] : [[`${rule.comment ?? at + 1} of this node, as it stands`, rule] as const],
  );
}

function inBetween(problem: ReturnType<typeof problemOf>) {
  const why = 'cluster.fw counts on all nodes before the new rules of this one do';
  return { ...problem, facts: [...problem.facts, ['why', why] as const] };
}

function wholeOf(firewall: Firewall, hostRules: NamedRules, localNetwork: string | undefined): NodeFirewall {
  return {
    enabled: firewall.enabled,
    policyIn: firewall.policyIn,
    hostRules,
    clusterRules: named(firewall.rules),
    groups: new Map(Object.entries(firewall.groups).map(([name, rules]) => [name, named(rules)])),
    aliases: new Map(Object.entries(firewall.aliases)),
    ipsets: new Map(Object.entries(firewall.ipsets)),
    localNetwork,
  };
}

/** The network of the bridge that has the default route, or of the first one with an address. */
function ownNetwork(bridges: Readonly<Record<string, Bridge>>): string | undefined {
  const all = Object.values(bridges).filter(({ address }) => address !== undefined);
  return networkOf((all.find(({ gateway }) => gateway !== undefined) ?? all[0])?.address);
}

function writtenNetwork(interfaces: string): string | undefined {
  const stanzas = interfaces.split(/^(?=iface\s)/m).filter((text) => /^\s+address\s+[\d.]+\//m.test(text));
  const main = stanzas.find((text) => /^\s+gateway\s/m.test(text)) ?? stanzas[0];
  return networkOf(/^\s+address\s+(\S+)/m.exec(main ?? '')?.[1]);
}

function networkOf(address = ''): string | undefined {
  const network = parseNetwork(address);
  const start = network && printIp({ version: network.version, value: network.first });
  return start && `${start}/${address.split('/')[1] ?? 32}`;
}

function problemOf({ policyIn }: Firewall, cuts: readonly Cut[], operator: string | undefined) {
  const source = cuts[0]?.source ?? '';
  const byPolicy = cuts.every(({ by }) => by === 'policy_in');
  const who = operator
    ? ([['you are at', operator]] as const)
    : ([['from', `${source}, your node's own network (where you are is not known)`]] as const);
  return {
    title: `This firewall would lock ${operator ? 'you' : 'your network'} out of the node`,
    facts: [
      ...who,
      ...cuts.map(
        ({ port, by }) => [`port ${port}`, `${doors.get(port)}: ${decidedBy(by, policyIn)}`] as const,
      ),
    ],
    hint: [
      ...(byPolicy ? byPolicyHint(source) : byRuleHint(source)),
      ...(operator ? [] : ['If you come from elsewhere, say so: --operator <address>.']),
    ].join('\n'),
    command: 'phx config hypervisor',
  };
}

function decidedBy(by: string, policyIn: string): string {
  return by === 'policy_in' ? `no rule lets it in, and policyIn is ${policyIn}` : `${by} stops it`;
}

/** Nobody stands before the built-in rule for `management`. */
function byPolicyHint(source: string): string[] {
  return [
    'The firewall was not touched. Who is in the IP set management may always come in by these ports:',
    `  firewall: { ipsets: { management: ['${source}'] } }`,
  ];
}

/** The first rule that fits decides, so ours has to stand before it. */
function byRuleHint(source: string): string[] {
  return [
    'The firewall was not touched. The first rule that fits decides: let this address in before that one:',
    `  admin: { type: 'in', action: 'ACCEPT', source: '${source}', proto: 'tcp', dport: '22,8006' },`,
  ];
}
