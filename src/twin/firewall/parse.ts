/** Reads a `.fw` file as Proxmox does: good lines count, each bad one is a complaint (B148, fw-by-hand). It knows no node. */

import {
  emptyConf,
  type FirewallConf,
  type FirewallRule,
  type FirewallScope,
  findAlias,
  type RuleScope,
} from './conf.ts';
import { aliasPattern, namePattern } from './formats.ts';
import { normalCidr } from './net-ip.ts';
import { readOptionLine } from './options.ts';
import { cutComment, readRuleLine } from './rule-line.ts';
import { BadRule, verifyRule } from './verify.ts';

const notNetwork = 'value does not look like a valid IP address or CIDR network';

/** `cluster` is the file whose aliases and sets count here, too: of the cluster's own it is the file itself. */
export function parseFirewall(
  path: string,
  text: string,
  scope: FirewallScope,
  cluster?: FirewallConf,
  seconds?: number,
): FirewallConf {
  const conf = emptyConf(path, scope);
  const reader = new Reader(conf, cluster ?? conf, seconds);
  text.split('\n').forEach((raw, at) => {
    const line = raw.replace(/^[\t ]+|[\t ]+$/g, '');
    if (line !== '' && !line.startsWith('#')) reader.read(line, at + 1);
  });
  return conf;
}

/** Sections that a file may have; another header is a line like any other. */
const sections: Readonly<Record<FirewallScope, readonly string[]>> = {
  cluster: ['options', 'aliases', 'group', 'rules', 'ipset'],
  host: ['options', 'rules'],
  ct: ['options', 'aliases', 'rules', 'ipset'],
  vm: ['options', 'aliases', 'rules', 'ipset'],
};

class Reader {
  private section = '';
  private name = '';
  private line = 0;
  private readonly conf: FirewallConf;
  private readonly cluster: FirewallConf;
  private readonly seconds: number | undefined;

  constructor(conf: FirewallConf, cluster: FirewallConf, seconds: number | undefined) {
    this.conf = conf;
    this.cluster = cluster;
    this.seconds = seconds;
  }

  read(line: string, at: number): void {
    this.line = at;
    if (this.header(line)) return;
    if (this.section === '') this.complain(': skip line - no section');
    else if (this.section === 'options') this.option(line);
    else if (this.section === 'aliases') this.alias(line);
    else if (this.section === 'ipset') this.entry(line);
    else if (this.section === 'rules') this.rule(line, this.conf.scope, this.conf.rules);
    else this.rule(line, 'group', this.conf.groups.get(this.name) ?? []);
  }

  private complain(text: string, detail = false): void {
    const said = `${this.conf.path} (line ${this.line})${text}\n`;
    this.conf.complaints.push({ text: said, ...(detail ? { detail } : {}) });
  }

  private header(line: string): boolean {
    const plain = /^\[(options|aliases|rules)\]$/i.exec(line)?.[1]?.toLowerCase();
    const titled = /^\[(group|ipset)\s+(\S+)\]\s*(?:#\s*(.*?)\s*)?$/i.exec(line);
    const section = plain ?? titled?.[1]?.toLowerCase() ?? '';
    if (!sections[this.conf.scope].includes(section)) return false;
    this.section = section;
    if (!titled) return true;
    const group = section === 'group';
    const name = (titled[2] ?? '').toLowerCase();
    const what = group ? 'security group' : 'ipset';
    const long = name.length > (group ? 18 : 64);
    if (long || !namePattern.test(name)) {
      this.section = '';
      this.complain(long ? `: ${what} name too long` : `: invalid ${what} name '${name}'`);
      return true;
    }
    this.name = name;
    if (group) this.conf.groups.set(name, []);
    else this.conf.ipsets.set(name, []);
    if (titled[3]) (group ? this.conf.groupComments : this.conf.ipsetComments).set(name, titled[3]);
    return true;
  }

  private option(line: string): void {
    const read = readOptionLine(this.conf.scope, line, this.seconds);
    if (typeof read === 'string') this.complain(`: ${read}`);
    else this.conf.options.set(...read);
  }

  private alias(line: string): void {
    const { rest, comment } = cutComment(line, /\s*#\s*(.*?)\s*$/);
    const [, name = '', value = ''] = /^(\S+)\s(\S+)$/.exec(rest) ?? [];
    // A line in another form becomes an alias of no name.
    const network = name === '' ? undefined : normalCidr(value);
    if (name !== '' && !network) {
      this.complain(`: ${notNetwork}`);
      return;
    }
    this.conf.aliases.set(name.toLowerCase(), {
      ...{ name, cidr: network?.cidr ?? '' },
      ...(network ? { ipversion: network.version } : {}),
      ...(comment ? { comment } : {}),
    });
  }

  private entry(line: string): void {
    const { rest, comment } = cutComment(line, /#\s*(.*?)\s*$/);
    const [, not, given = ''] = /^(!)?\s*(\S+)\s*$/.exec(rest) ?? [];
    const entries = this.conf.ipsets.get(this.name) ?? [];
    const [, scope = '', alias] = aliasPattern.exec(given) ?? [];
    const network = alias === undefined ? normalCidr(given) : undefined;
    const cidr = network?.cidr ?? given;
    let wrong: string | undefined;
    if (alias === undefined) wrong = network ? undefined : notNetwork;
    else if (!findAlias({ own: this.conf, cluster: this.cluster }, scope, alias))
      wrong = `no such alias '${alias}'`;
    if (wrong === undefined && entries.some((one) => one.cidr === cidr))
      wrong = `duplicate ipset entry for '${cidr}'`;
    if (/\/0+$/.test(cidr)) wrong = 'a zero prefix is not allowed in ipset entries\n';
    entries.push({
      ...{ cidr, ...(not ? { nomatch: 1 as const } : {}), ...(comment ? { comment } : {}) },
      ...(wrong === undefined ? {} : { errors: { cidr: wrong } }),
    });
    if (wrong !== undefined)
      this.complain(` - errors in ipset '${this.name}': ${rest}\n  cidr: ${wrong}`, true);
  }

  private rule(line: string, scope: RuleScope, rules: FirewallRule[]): void {
    const read = readRuleLine(line);
    if (typeof read === 'string') {
      this.complain(`: ${read}`);
      return;
    }
    const rule: FirewallRule = { ...read, line: this.line, text: line.replace(/\s*#.*$/, '') };
    const errors: Record<string, string> = {};
    const known = { own: scope === 'group' ? undefined : this.conf, cluster: this.cluster };
    try {
      verifyRule(rule, known, scope, (key, why) => {
        errors[key] ??= why;
      });
    } catch (error) {
      if (!(error instanceof BadRule)) throw error;
      this.complain(`: ${error.message}`);
      return;
    }
    const wrong = Object.entries(errors).map(([key, why]) => `\n  ${key}: ${why}`);
    if (wrong.length > 0) {
      rule.errors = errors;
      this.complain(` - errors in rule parameters: ${line}${wrong.join('')}`, true);
    }
    rules.push(rule);
  }
}
