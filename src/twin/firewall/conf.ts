/** What a firewall file says, as Proxmox keeps it. Types and names only; it reads and judges nothing. */

/** Whose file it is: Proxmox calls it the environment of its rules. */
export type FirewallScope = 'cluster' | 'host' | 'ct' | 'vm';
export type RuleScope = FirewallScope | 'group';

/** Values of a rule that are text, by Proxmox's own names. */
export const ruleTexts = [
  ...(['type', 'action', 'macro', 'iface', 'source', 'dest', 'proto', 'dport', 'sport'] as const),
  ...(['log', 'icmp-type', 'comment'] as const),
];
export type RuleText = (typeof ruleTexts)[number];

export interface FirewallRule extends Partial<Record<RuleText, string>> {
  type: string;
  action: string;
  /** 0: it stands behind a bar. */
  enable: number;
  ipversion?: 4 | 6;
  /** By the value that is wrong; such a rule is kept and does not count. */
  errors?: Record<string, string>;
  /** Where and how it stands in the file. */
  readonly line?: number;
  readonly text?: string;
  /** What is logged with it; set while a ruleset is made. */
  logged?: string;
}

export interface FirewallAlias {
  name: string;
  cidr: string;
  ipversion?: 4 | 6;
  comment?: string;
}

export interface IpsetEntry {
  cidr: string;
  nomatch?: 1;
  comment?: string;
  errors?: Record<string, string>;
}

export interface Complaint {
  readonly text: string;
  /** A tool that was asked to check says it; the others write it to the log. */
  readonly detail?: true;
}

export interface FirewallConf {
  readonly path: string;
  readonly scope: FirewallScope;
  readonly options: Map<string, string | number>;
  /** By their names in lower case. */
  readonly aliases: Map<string, FirewallAlias>;
  readonly ipsets: Map<string, IpsetEntry[]>;
  readonly ipsetComments: Map<string, string>;
  readonly groups: Map<string, FirewallRule[]>;
  readonly groupComments: Map<string, string>;
  rules: FirewallRule[];
  readonly complaints: Complaint[];
}

export function emptyConf(path: string, scope: FirewallScope): FirewallConf {
  return {
    ...{ path, scope, options: new Map(), aliases: new Map(), ipsets: new Map(), ipsetComments: new Map() },
    ...{ groups: new Map(), groupComments: new Map(), rules: [], complaints: [] },
  };
}

/** The aliases and sets that a rule or an entry may name: those of the file, and those of the cluster for any other. */
export interface Known {
  readonly own: FirewallConf | undefined;
  readonly cluster: FirewallConf;
}

/** The alias of a name, looked for where its prefix says (`dc/`, `guest/`). */
export function findAlias({ own, cluster }: Known, scope: string, name: string): FirewallAlias | undefined {
  const key = name.toLowerCase();
  return (
    (scope === 'dc/' ? undefined : own?.aliases.get(key)) ??
    (scope === 'guest/' ? undefined : cluster.aliases.get(key))
  );
}
