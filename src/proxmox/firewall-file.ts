/** The text of a Proxmox VE firewall file (cluster.fw, host.fw, ID.fw): print and parse. It judges no rule. */

import { sorted } from './conf.ts';
import { type FirewallRule, oneLine, parseRule, printRule } from './firewall-rule.ts';

export interface FirewallAlias {
  readonly cidr: string;
  readonly comment?: string | undefined;
}

export interface FirewallIpset {
  /** Addresses, networks, aliases; `!` before one excludes it. */
  readonly entries: readonly (string | FirewallEntry)[];
  readonly comment?: string | undefined;
}

export interface FirewallEntry {
  readonly entry: string;
  readonly comment?: string | undefined;
}

export interface FirewallGroup {
  readonly rules: readonly (FirewallRule | string)[];
  readonly comment?: string | undefined;
}

export interface FirewallFile {
  /** `enable: '1'`, `policy_in: 'DROP'`; numbers and booleans are printed as Proxmox wants them. */
  readonly options?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** By name. */
  readonly aliases?: Readonly<Record<string, FirewallAlias>>;
  /** By name; printed in lower case, as Proxmox keeps them. */
  readonly ipsets?: Readonly<Record<string, FirewallIpset>>;
  /** A string is a line as it stands, for rules that our types do not know. */
  readonly rules?: readonly (FirewallRule | string)[];
  /** By name; printed in lower case. */
  readonly groups?: Readonly<Record<string, FirewallGroup>>;
}

/** What a file says: all parts are there, options are strings. */
export interface ParsedFirewall {
  readonly options: Readonly<Record<string, string>>;
  readonly aliases: Readonly<Record<string, FirewallAlias>>;
  readonly ipsets: Readonly<Record<string, FirewallIpset>>;
  readonly rules: readonly (FirewallRule | string)[];
  readonly groups: Readonly<Record<string, FirewallGroup>>;
  /** Comment lines before the first section, without `#`: a mark of the file stands there. */
  readonly head: readonly string[];
  /** Lines that belong to no section or say nothing there; Proxmox leaves them out (B148). */
  readonly unknown: readonly string[];
}

/** The first options of a file in our order; Proxmox's own is random at each write (B141). The rest goes by name. */
const firstOptions = ['enable', 'policy_in', 'policy_out', 'policy_forward'];

/**
 * The whole text, sections in Proxmox's order (B141); what is empty is left out. `head` becomes the first line, as a
 * comment. Proxmox drops comment lines when it writes the file itself: a file without its head was changed over the API.
 */
export function printFirewall(file: FirewallFile, head?: string): string {
  const names = <T>(record: Readonly<Record<string, T>> | undefined): [string, T][] =>
    Object.entries(record ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const sections = [
    section('[OPTIONS]', optionLines(file.options ?? {})),
    section(
      '[ALIASES]',
      names(file.aliases).map(([name, { cidr, comment }]) => withComment(`${name} ${cidr}`, comment)),
    ),
    ...names(file.ipsets).map(([name, { entries, comment }]) =>
      titled('IPSET', name, comment, entries.map(entryLine)),
    ),
    section('[RULES]', (file.rules ?? []).map(ruleLine)),
    ...names(file.groups).map(([name, { rules, comment }]) =>
      titled('group', name, comment, rules.map(ruleLine)),
    ),
  ];
  const all = [...(head === undefined ? [] : [`# ${oneLine(head)}\n`]), ...sections];
  return all.filter((text) => text !== '').join('\n');
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${[title, '', ...lines].join('\n')}\n`;
}

/** Sets and groups stand even when they are empty: rules refer to them. */
function titled(kind: string, name: string, comment: string | undefined, lines: readonly string[]): string {
  return `${[withComment(`[${kind} ${name.toLowerCase()}]`, comment), '', ...lines].join('\n')}\n`;
}

function withComment(text: string, comment: string | undefined): string {
  const line = oneLine(comment ?? '');
  return line === '' ? text : `${text} # ${line}`;
}

function optionLines(options: NonNullable<FirewallFile['options']>): string[] {
  const given = Object.keys(options).filter((key) => options[key] !== undefined);
  const first = firstOptions.filter((key) => given.includes(key));
  const rest = sorted(given.filter((key) => !first.includes(key)));
  return [...first, ...rest].map((key) => {
    const value = options[key];
    return `${key}: ${typeof value === 'boolean' ? Number(value) : value}`;
  });
}

function entryLine(entry: string | FirewallEntry): string {
  return typeof entry === 'string' ? entry : withComment(entry.entry, entry.comment);
}

function ruleLine(rule: FirewallRule | string): string {
  return typeof rule === 'string' ? oneLine(rule) : printRule(rule);
}

/**
 * What a file says, in one way of writing: equal texts say the same, whoever wrote them. Its head does not count, since
 * Proxmox drops it; a line that is not understood does.
 */
export function normalFirewall(text: string): string {
  const parsed = parseFirewall(text);
  return [printFirewall(parsed), ...parsed.unknown].join('\n');
}

/** Reads a file as Proxmox does: a bad line is left out and the rest counts (B148). Never throws. */
export function parseFirewall(text: string): ParsedFirewall {
  const options: Record<string, string> = {};
  const aliases: Record<string, FirewallAlias> = {};
  const ipsets: Record<string, FirewallIpset> = {};
  const rules: (FirewallRule | string)[] = [];
  const groups: Record<string, FirewallGroup> = {};
  const head: string[] = [];
  const unknown: string[] = [];
  let take: ((line: string) => boolean) | undefined;
  const takeRule = (into: (FirewallRule | string)[]) => (line: string) =>
    into.push(parseRule(line) ?? line) > 0;
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '') continue;
    if (line.startsWith('#')) {
      if (!take) head.push(line.slice(1).trim());
      continue;
    }
    const named = /^\[(ipset|group)\s+(\S+)\]\s*(?:#\s*(.*?)\s*)?$/i.exec(line);
    const name = named?.[2]?.toLowerCase() ?? '';
    const comment = named?.[3] ? { comment: named[3] } : {};
    if (named?.[1]?.toLowerCase() === 'ipset') {
      const entries: (string | FirewallEntry)[] = [];
      ipsets[name] = { entries, ...comment };
      take = (entry) => entries.push(parseEntry(entry)) > 0;
    } else if (named) {
      const members: (FirewallRule | string)[] = [];
      groups[name] = { rules: members, ...comment };
      take = takeRule(members);
    } else if (/^\[options\]$/i.test(line)) take = (option) => parseOption(option, options);
    else if (/^\[aliases\]$/i.test(line)) take = (alias) => parseAlias(alias, aliases);
    else if (/^\[rules\]$/i.test(line)) take = takeRule(rules);
    else if (!take?.(line)) unknown.push(line);
  }
  return { options, aliases, ipsets, rules, groups, head, unknown };
}

function parseOption(line: string, options: Record<string, string>): boolean {
  const [, key, value] = /^([a-z][a-z0-9_]*):\s*(.*)$/i.exec(line) ?? [];
  // `enable: yes` counts for nothing: only numbers do (B148).
  if (!key || (key.toLowerCase() === 'enable' && !/^\d+$/.test(value ?? ''))) return false;
  options[key.toLowerCase()] = value ?? '';
  return true;
}

function parseAlias(line: string, aliases: Record<string, FirewallAlias>): boolean {
  const [, name, cidr, comment] = /^(\S+)\s(\S+?)\s*(?:#\s*(.*))?$/.exec(line) ?? [];
  if (name && cidr) aliases[name] = { cidr, ...(comment ? { comment } : {}) };
  return name !== undefined;
}

function parseEntry(line: string): string | FirewallEntry {
  const [, entry = '', comment] = /^([^#]*?)\s*(?:#\s*(.*))?$/.exec(line) ?? [];
  const tight = entry.replace(/^!\s+/, '!');
  return comment ? { entry: tight, comment } : tight;
}
