/** The text of a firewall file as Proxmox writes it (B141; fw-cluster). Options keep their order; Proxmox's is random. */

import { sorted } from '../../proxmox/conf.ts';
import { refuse } from '../call.ts';
import type { FirewallConf, FirewallRule, IpsetEntry } from './conf.ts';

/** Empty where it says nothing: then there is no file. */
export function printConf(conf: FirewallConf, warn: (text: string) => void): string {
  const { options, aliases, ipsets, rules, groups } = conf;
  const sections = [
    ...(options.size > 0
      ? [
          section(
            'OPTIONS',
            [...options].map(([name, value]) => `${name}: ${value}`),
          ),
        ]
      : []),
    ...(aliases.size > 0
      ? [
          section(
            'ALIASES',
            sorted(aliases.keys()).map((key) => aliasLine(conf, key)),
          ),
        ]
      : []),
    ...sorted(ipsets.keys()).map((name) =>
      section(`IPSET ${name}`, entryLines(ipsets.get(name) ?? [], warn), conf.ipsetComments.get(name)),
    ),
    ...(rules.length > 0
      ? [
          section(
            'RULES',
            rules.map((rule) => ruleLine(rule, true)),
          ),
        ]
      : []),
    ...sorted(groups.keys()).map((name) => {
      const lines = (groups.get(name) ?? []).map((rule) => ruleLine(rule, false));
      return section(`group ${name}`, lines, conf.groupComments.get(name));
    }),
  ];
  return sections.join('');
}

function section(title: string, lines: readonly string[], comment?: string): string {
  return `[${title}]${comment ? ` # ${comment}` : ''}\n\n${lines.map((line) => `${line}\n`).join('')}\n`;
}

function withComment(line: string, comment: string | undefined): string {
  return comment && comment !== '0' && comment.trim() !== '' ? `${line} # ${comment}` : line;
}

function aliasLine({ aliases }: FirewallConf, key: string): string {
  const { name = '', cidr = '', comment } = aliases.get(key) ?? {};
  return withComment(`${name} ${cidr}`, comment);
}

function entryLines(entries: readonly IpsetEntry[], warn: (text: string) => void): string[] {
  const byCidr = new Map<string, IpsetEntry>();
  for (const entry of entries) {
    if (byCidr.has(entry.cidr)) warn(`ignoring duplicate ipset entry '${entry.cidr}'\n`);
    else byCidr.set(entry.cidr, entry);
  }
  return sorted(byCidr.keys()).map((cidr) => {
    const entry = byCidr.get(cidr);
    return withComment(`${entry?.nomatch ? '!' : ''}${cidr}`, entry?.comment);
  });
}

const flags = [
  ...([
    ['source', '-source'],
    ['dest', '-dest'],
    ['proto', '-p'],
    ['dport', '-dport'],
  ] as const),
  ...([
    ['sport', '-sport'],
    ['log', '-log'],
    ['icmp-type', '-icmp-type'],
  ] as const),
];

/** A rule of a type that Proxmox does not know keeps the whole file from being written (B148). */
function ruleLine(rule: FirewallRule, withIface: boolean): string {
  const { type, action, macro, iface, enable } = rule;
  if (!['in', 'out', 'forward', 'group'].includes(type)) refuse(`unknown rule type '${type}'`);
  const words = [
    type.toUpperCase(),
    macro ? `${macro}(${action})` : action,
    ...(withIface && iface ? ['-i', iface] : []),
    ...(type === 'group' ? [] : flags.flatMap(([key, flag]) => (rule[key] ? [flag, rule[key]] : []))),
  ];
  return withComment(`${enable ? '' : '|'}${words.join(' ')}`, rule.comment);
}
