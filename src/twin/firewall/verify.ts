/** What Proxmox finds wrong with a rule (B144, B148; fw-rule-errors, fw-by-hand). It knows the names that there are, no file. */

import { icmpTypes, macroName, withPorts } from '../../proxmox/firewall-words.ts';
import { type FirewallRule, findAlias, type Known, type RuleScope } from './conf.ts';
import {
  aliasPattern,
  ifaceProblem,
  namePattern,
  portsProblem,
  protocolProblem,
  readAddressList,
} from './formats.ts';
import { macroLines } from './macros.ts';

/** A mistake that is of no single value: the whole rule is not read. */
export class BadRule extends Error {}

const types: Readonly<Record<RuleScope, readonly string[]>> = {
  cluster: ['in', 'out', 'forward', 'group'],
  ct: ['in', 'out', 'group'],
  group: ['in', 'out', 'forward'],
  host: ['in', 'out', 'forward', 'group'],
  vm: ['in', 'out', 'group'],
};

/**
 * Tells of each mistake in Proxmox's order; `tell` may end the check by throwing. Sets the macro's right name and the
 * version of the addresses.
 */
export function verifyRule(
  rule: FirewallRule,
  known: Known,
  scope: RuleScope,
  tell: (key: string, why: string) => void,
): void {
  let mistakes = 0;
  const wrong = (key: string, why: string | undefined | false) => {
    if (why === undefined || why === false) return;
    mistakes++;
    tell(key, why);
  };
  checkType(rule, scope, wrong);
  checkIface(rule, scope, wrong);
  if (rule.macro) {
    const name = macroName(rule.macro);
    if (name === undefined) wrong('macro', `unknown macro '${rule.macro}'`);
    else rule.macro = name;
  }
  const { proto } = rule;
  if (proto) wrong('proto', protocolProblem(proto));
  let version: 4 | 6 | undefined = proto === 'icmp' ? 4 : icmpTypes(proto) ? 6 : undefined;
  checkPorts(rule, wrong);
  const setVersion = (found: 4 | 6 | undefined) => {
    if (found && version && found !== version) return 'detected mixed ipv4/ipv6 addresses in rule';
    version = found ?? version;
    return undefined;
  };
  for (const key of ['source', 'dest'] as const) {
    const value = rule[key];
    if (!value) continue;
    const read = readAddressList(value);
    wrong(key, typeof read === 'string' ? read : setVersion(read));
    const named = checkName(value, known);
    wrong(key, named.wrong);
    const mixed = setVersion(named.version);
    if (mixed !== undefined) throw new BadRule(mixed);
  }
  if (version) rule.ipversion = version;
  if (rule.macro && mistakes === 0) checkMacro(rule, wrong);
}

type Wrong = (key: string, why: string | undefined | false) => void;

function checkType({ type, action }: FirewallRule, scope: RuleScope, wrong: Wrong): void {
  wrong('type', !types[scope].includes(type) && `invalid rule type '${type}' for rule_env '${scope}'`);
  if (['in', 'out', 'forward'].includes(type)) {
    wrong(
      'action',
      type === 'forward' && action === 'REJECT' && 'cannot define REJECT rules on forward chain',
    );
    wrong('action', !/^(ACCEPT|DROP|REJECT)$/.test(action) && `unknown action '${action}'`);
  } else if (type === 'group') {
    wrong('type', scope === 'group' && 'security groups not allowed');
    wrong('action', !namePattern.test(action) && 'invalid characters in security group name');
  } else wrong('type', `unknown rule type '${type}'`);
}

function checkIface({ iface }: FirewallRule, scope: RuleScope, wrong: Wrong): void {
  if (!iface) return;
  wrong('type', scope === 'group' && 'parameter -i not allowed for this rule type');
  wrong('iface', ifaceProblem(iface));
  const guest = scope === 'ct' || scope === 'vm';
  wrong('iface', guest && !/^net\d+$/.test(iface) && "value does not match the regex pattern 'net\\d+'");
}

function checkPorts(rule: FirewallRule, wrong: Wrong): void {
  const { proto = '', dport, sport, 'icmp-type': icmpType } = rule;
  const icmp = icmpTypes(proto) !== undefined;
  const needed = (key: string) => `missing property - '${key}' requires this property`;
  const portless = `protocol '${proto}' does not support ports`;
  if (dport) {
    wrong('dport', portsProblem(dport, icmp));
    wrong('proto', !proto && needed('dport'));
    wrong('dport', !withPorts.has(proto) && !icmp && portless);
  }
  if (icmpType) {
    wrong('proto', !icmp && needed('icmp-type'));
    wrong('icmp-type', dport !== undefined && "'icmp-type' cannot be specified together with 'dport'");
    wrong(
      'icmp-type',
      icmp && !icmpTypes(proto)?.has(icmpType) && `invalid icmp-type '${icmpType}' for proto '${proto}'`,
    );
  }
  if (sport) {
    wrong('sport', portsProblem(sport, false));
    wrong('proto', !proto && needed('sport'));
    wrong('sport', !withPorts.has(proto) && portless);
  }
}

/** The set or the alias of a source or destination. */
function checkName(
  value: string,
  known: Known,
): { readonly wrong?: string; readonly version?: 4 | 6 | undefined } {
  const { own, cluster } = known;
  if (value.startsWith('+')) {
    const set = /^\+(?:guest\/|dc\/|sdn\/)?(.*)$/.exec(value)?.[1] ?? '';
    if (!namePattern.test(set)) return { wrong: `invalid ipset name '${value}'` };
    return cluster.ipsets.has(set) || own?.ipsets.has(set) ? {} : { wrong: `no such ipset '${set}'` };
  }
  const [, scope = '', alias] = aliasPattern.exec(value) ?? [];
  if (alias === undefined) return {};
  const key = alias.toLowerCase();
  const there = cluster.aliases.has(key) || own?.aliases.has(key);
  return {
    ...(there ? {} : { wrong: `no such alias '${value}'` }),
    version: findAlias(known, scope, alias)?.ipversion,
  };
}

/** A rule may repeat what its macro says but not contradict it. */
function checkMacro(rule: FirewallRule, wrong: Wrong): void {
  const keys = ['proto', 'dport', 'sport'] as const;
  const contradicted = macroLines(rule.macro ?? '', rule.ipversion).flatMap((line) =>
    keys.filter((key) => rule[key] && line[key] && rule[key] !== line[key]).map((key) => [key, line[key]]),
  )[0];
  if (!contradicted) return;
  const [key = '', said] = contradicted;
  wrong(key, `parameter '${key}' already define in macro (value = '${said}')`);
}
