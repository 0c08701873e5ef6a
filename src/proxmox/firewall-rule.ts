/** One line of rules in a Proxmox VE firewall file: print and parse. Whether Proxmox would take it: firewall-problems. */

import { macroName } from './firewall-words.ts';

export const logLevels = [
  ...(['emerg', 'alert', 'crit', 'err', 'warning'] as const),
  ...(['notice', 'info', 'debug', 'nolog'] as const),
];
export type LogLevel = (typeof logLevels)[number];
export type FirewallAction = 'ACCEPT' | 'DROP' | 'REJECT';

/** A rule that lets packets through or not. */
export interface FilterRule {
  readonly type: 'in' | 'out';
  readonly action: FirewallAction;
  /** In any case; printed as Proxmox names it (B144). */
  readonly macro?: string | undefined;
  /** On the node a device, on a guest `net0`. */
  readonly iface?: string | undefined;
  /** An address, a network, a range `a-b`, a list of the first two, `alias`, `dc/alias`, `+set` or `+dc/set`. */
  readonly source?: string | undefined;
  readonly dest?: string | undefined;
  readonly proto?: string | undefined;
  /** `22`, `80,443`, `8000:8010` or a name of /etc/services. */
  readonly dport?: string | undefined;
  readonly sport?: string | undefined;
  readonly icmpType?: string | undefined;
  readonly log?: LogLevel | undefined;
  /** Default: true. */
  readonly enable?: boolean | undefined;
  /** One line; what breaks lines becomes a blank. */
  readonly comment?: string | undefined;
}

/** The use of a security group of cluster.fw. */
export interface GroupRule {
  readonly group: string;
  readonly iface?: string | undefined;
  readonly enable?: boolean | undefined;
  readonly comment?: string | undefined;
}

export type FirewallRule = FilterRule | GroupRule;

export function isGroupRule(rule: FirewallRule): rule is GroupRule {
  return 'group' in rule;
}

// In the order in which Proxmox prints them.
const flags = [
  ['-i', 'iface'],
  ['-source', 'source'],
  ['-dest', 'dest'],
  ['-p', 'proto'],
  ['-dport', 'dport'],
  ['-sport', 'sport'],
  ['-log', 'log'],
  ['-icmp-type', 'icmpType'],
] as const;

/**
 * The line of a rule, without its line break. A comment is written behind `#`; its line breaks become blanks, because
 * Proxmox would take what follows one for a line of its own, even for a rule (B143). A blank or `#` in any other value
 * would change the rule, too: those are an error, which `ruleProblems` tells before.
 */
export function printRule(rule: FirewallRule): string {
  const parts = isGroupRule(rule)
    ? ['GROUP', rule.group, ...(rule.iface ? ['-i', rule.iface] : [])]
    : [
        rule.type.toUpperCase(),
        actionWord(rule),
        ...flags.flatMap(([flag, key]) => flagWords(flag, rule[key])),
      ];
  const broken = parts.find((part) => /[\s#]/.test(part) || part === '');
  if (broken !== undefined) throw new Error(`a firewall rule cannot contain ${JSON.stringify(broken)}`);
  const comment = oneLine(rule.comment ?? '');
  return `${rule.enable === false ? '|' : ''}${parts.join(' ')}${comment === '' ? '' : ` # ${comment}`}`;
}

function actionWord({ macro, action }: FilterRule): string {
  return macro ? `${macroName(macro) ?? macro}(${action})` : action;
}

function flagWords(flag: string, value: string | undefined): string[] {
  return value ? [flag, value] : [];
}

/** Text that stays on its line: control characters and separators of lines become blanks. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}

/**
 * The rule of a line in Proxmox's grammar: any order of the parameters, `-dport` or `--dport`, any case of the type.
 * Undefined: no rule, or one that these types do not know (`FORWARD`). `enable` is there only if it is false.
 */
export function parseRule(line: string): FirewallRule | undefined {
  const [, bar, body = '', comment] = /^\s*(\|)?([^#]*)(?:#\s*(.*?))?\s*$/s.exec(line) ?? [];
  const [, word = '', what = '', rest = ''] = /^(\S+)\s+(\S+)\s*(.*)$/s.exec(body) ?? [];
  const type = word.toLowerCase();
  const found = parseFlags(rest, type === 'group' ? ['iface'] : undefined);
  if (!found) return undefined;
  const common = { ...(bar ? { enable: false } : {}), ...(comment ? { comment } : {}) };
  if (type === 'group') return { group: what, ...found, ...common };
  const [, macro, action = what] = /^(\S+)\((\w+)\)$/.exec(what) ?? [];
  if ((type !== 'in' && type !== 'out') || !isAction(action)) return undefined;
  return { type, action, ...(macro ? { macro: macroName(macro) ?? macro } : {}), ...found, ...common };
}

function isAction(word: string): word is FirewallAction {
  return word === 'ACCEPT' || word === 'DROP' || word === 'REJECT';
}

function isLogLevel(word: string): word is LogLevel {
  return logLevels.some((level) => level === word);
}

type Flags = Omit<FilterRule, 'type' | 'action' | 'macro' | 'enable' | 'comment'>;

const byFlag: ReadonlyMap<string, keyof Flags> = new Map([
  ...flags.map(([flag, key]) => [flag, key] as const),
  ...flags.flatMap(([flag, key]) => (flag.length > 2 ? [[`-${flag}`, key] as const] : [])),
  ['-proto', 'proto'],
  ['--proto', 'proto'],
]);

function parseFlags(text: string, allowed?: readonly string[]): Flags | undefined {
  const values: Record<string, string> = {};
  for (let rest = text; rest !== ''; ) {
    const [all = '', flag = '', value = ''] = /^(\S+) (\S+)\s*/.exec(rest) ?? [];
    const key = byFlag.get(flag);
    if (!key || (allowed && !allowed.includes(key)) || (key === 'log' && !isLogLevel(value)))
      return undefined;
    values[key] = value;
    rest = rest.slice(all.length);
  }
  return values as Flags;
}
