/** Whether Proxmox would take the rules of the data centre, the node and guests, and whether they would act. It knows no file. */
import { type KnownNames, ruleProblems } from '../../proxmox/firewall-problems.ts';
import type { FirewallRule as PlainRule } from '../../proxmox/firewall-rule.ts';
import type { FirewallRules } from '../firewall.ts';
import { nearest, type Path } from '../path.ts';
import { namesProblems, type Say } from './firewall-names.ts';
import {
  type Check,
  entries,
  type Loose,
  type LooseGuest,
  type Owner,
  type Reporter,
  title,
} from './subject.ts';

/** The names that a place knows: its own, and those of the data centre. */
interface Scope {
  readonly own: KnownNames;
  readonly center: KnownNames;
}

/** Rules are such as Proxmox takes, and all that they name exists; guests whose rules would not act are told. */
export const firewall: Check = ({ hypervisor, guests }, report) => {
  const node = hypervisor?.firewall;
  const center: KnownNames = {
    aliases: new Set([...Object.keys(node?.aliases ?? {}), 'local_network']),
    ipsets: new Set([...Object.keys(node?.ipsets ?? {}), 'management']),
    groups: new Set(Object.keys(node?.groups ?? {})),
  };
  const scope: Scope = { own: none, center };
  const say = speaker('hypervisor', 'the data centre', report);
  namesProblems(node ?? {}, center, say);
  rules(['rules'], node?.rules, scope, say);
  rules(['node', 'rules'], node?.node?.rules, scope, speaker('hypervisor', 'the node', report));
  for (const [name, members] of entries(node?.groups)) {
    const path = ['groups', name];
    const inGroup = speaker('hypervisor', `group ${name}`, report);
    rules(path, members, scope, inGroup);
    for (const [rule, value] of entries(members))
      if (value.type === 'group')
        inGroup([...path, rule], `rule ${rule}`, 'a security group cannot use another one');
  }
  for (const guest of guests)
    guestFirewall(guest, center, hypervisor === undefined || !!node?.enabled, report);
};

const none: KnownNames = { aliases: new Set(), ipsets: new Set(), groups: new Set() };

function speaker(owner: Owner, place: string, report: Reporter): Say {
  return (path, what, problem, hint, end) =>
    report.error(owner, ['firewall', ...path], `firewall ${what} of ${place}: ${problem}`, hint, end);
}

function rules(
  path: Path,
  all: Loose<FirewallRules> | undefined,
  scope: Scope,
  say: Say,
  where?: 'guest',
): void {
  const known = {
    aliases: new Set([...scope.own.aliases, ...scope.center.aliases]),
    ipsets: new Set([...scope.own.ipsets, ...scope.center.ipsets]),
    groups: scope.center.groups,
  };
  for (const [name, rule] of entries(all)) {
    const at = [...path, name];
    if (/^\d+$/.test(name))
      say(
        at,
        `rule ${name}`,
        'a name of digits alone loses its place among the others',
        'add a letter',
        'key',
      );
    if (!isWhole(rule)) continue;
    for (const problem of [...ruleProblems(rule, known, where), ...scopeProblems(rule, scope)]) {
      const key = /^(\w+): /.exec(problem)?.[1] ?? '';
      say(Object.hasOwn(rule, key) ? [...at, key] : at, `rule ${name}`, problem, meantName(problem, known));
    }
  }
}

/** A rule of which no part was unusable. */
function isWhole(rule: unknown): rule is PlainRule {
  const { type, action, group } = rule as Readonly<Record<string, unknown>>;
  return type === 'group' ? group !== undefined : type !== undefined && action !== undefined;
}

/** `dc/` and `guest/` say which names are meant; the node has none of a guest's. */
function scopeProblems(rule: PlainRule, { own, center }: Scope): string[] {
  return (['source', 'dest'] as const).flatMap((key) => {
    const value = 'group' in rule ? undefined : rule[key];
    const [, set, prefix, name = ''] = /^(\+?)(dc|guest)\/(.+)$/.exec(value ?? '') ?? [];
    if (prefix === undefined) return [];
    const names = (prefix === 'dc' ? center : own)[set ? 'ipsets' : 'aliases'];
    const other = (prefix === 'dc' ? own : center)[set ? 'ipsets' : 'aliases'];
    // A name that nobody knows was told before.
    if (has(names, name) || !has(other, name)) return [];
    const place = prefix === 'dc' ? 'the data centre' : 'the guest';
    return [`${key}: ${place} has no ${set ? 'IP set' : 'alias'} ${name}`];
  });
}

function has(names: ReadonlySet<string>, name: string): boolean {
  return [...names].some((one) => one.toLowerCase() === name.toLowerCase());
}

function meantName(problem: string, known: KnownNames): string | undefined {
  const [, kind, name] = /: there is no (security group|IP set|alias) (\S+)$/.exec(problem) ?? [];
  if (kind === undefined || name === undefined) return undefined;
  const names = { 'security group': known.groups, 'IP set': known.ipsets, alias: known.aliases }[kind];
  const meant = nearest(name, names ?? []);
  return meant === undefined ? undefined : `did you mean '${meant}'?`;
}

function guestFirewall(guest: LooseGuest, center: KnownNames, nodeEnabled: boolean, report: Reporter): void {
  const { firewall: own, nets } = guest;
  if (own === undefined) return;
  const names = {
    aliases: new Set(Object.keys(own.aliases ?? {})),
    ipsets: new Set(Object.keys(own.ipsets ?? {})),
    groups: new Set<string>(),
  };
  const say = speaker(guest.id, title(guest), report);
  const known = { ...center, aliases: new Set([...names.aliases, ...center.aliases]) };
  namesProblems(own, known, say);
  rules(['rules'], own.rules, { own: names, center }, say, 'guest');
  if (own.enabled !== true) return;
  const warn = (message: string, hint: string) =>
    report.warning(
      guest.id,
      ['firewall', 'enabled'],
      `the firewall of ${title(guest)} has no effect: ${message}`,
      hint,
    );
  if (!entries<{ readonly firewall?: boolean }>(nets).some(([, net]) => net.firewall === true))
    warn('none of its interfaces has firewall: true', 'add it to net0');
  if (!nodeEnabled) warn("the node's is not enabled", 'set hypervisor.firewall.enabled');
}
