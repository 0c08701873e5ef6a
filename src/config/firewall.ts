/** What the configuration says of firewalls: of the data centre, of the node and of guests. Types only. */

export type FirewallPolicy = 'ACCEPT' | 'DROP' | 'REJECT';

/** One line of a Proxmox VE firewall file: a rule of its own, or the use of a security group. */
export type FirewallRule = DirectRule | GroupRule;

export interface DirectRule {
  readonly type: 'in' | 'out';
  readonly action: FirewallPolicy;
  /** A macro of Proxmox, such as `SSH`; it stands for protocol and ports. */
  readonly macro?: string;
  readonly iface?: string;
  /** Address, network, range, alias or `+ipset`, as the firewall file takes it. */
  readonly source?: string;
  readonly dest?: string;
  readonly proto?: string;
  /** Port, list (`80,443`) or range (`5900:5999`). */
  readonly dport?: string;
  readonly sport?: string;
  readonly icmpType?: string;
  readonly log?: FirewallLog;
  readonly enable?: boolean;
  readonly comment?: string;
}

export interface GroupRule {
  readonly type: 'group';
  /** Name of a security group. */
  readonly group: string;
  readonly iface?: string;
  readonly enable?: boolean;
  readonly comment?: string;
}

export type FirewallLog =
  | 'nolog'
  | 'emerg'
  | 'alert'
  | 'crit'
  | 'err'
  | 'warning'
  | 'notice'
  | 'info'
  | 'debug';

/** Rules by name, in the order in which they are written: the first one that fits decides. */
export type FirewallRules = Readonly<Record<string, FirewallRule>>;

/** Address sets by name: members are addresses, networks and aliases; `!` before one takes it out again. */
export type FirewallSets = Readonly<Record<string, readonly string[]>>;

/** The firewall of the data centre, and of the node itself. */
export interface Firewall {
  readonly enabled: boolean;
  readonly policyIn: FirewallPolicy;
  readonly policyOut: FirewallPolicy;
  readonly rules: FirewallRules;
  /** Names for one address or network. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly ipsets: FirewallSets;
  /** Security groups: rules that several places use under one name. */
  readonly groups: Readonly<Record<string, FirewallRules>>;
  /** Rules of this node alone; they come before those of the data centre. */
  readonly node: {
    readonly rules: FirewallRules;
    readonly logIn?: FirewallLog;
    readonly logOut?: FirewallLog;
  };
}

/** A guest's own firewall file. It acts where the node's firewall is enabled and the interface has `firewall: true`. */
export interface GuestFirewall {
  readonly enabled: boolean;
  readonly policyIn?: FirewallPolicy;
  readonly policyOut?: FirewallPolicy;
  readonly rules: FirewallRules;
  readonly aliases?: Readonly<Record<string, string>>;
  readonly ipsets?: FirewallSets;
}
