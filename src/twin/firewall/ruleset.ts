/** Chains of a ruleset while it is made, with the lines that iptables and ipset get (fw-by-hand). It knows no file. */

import { sha1 } from '../../core/digest.ts';
import { sorted } from '../../proxmox/conf.ts';
import type { FirewallConf } from './conf.ts';

/** Lines by the name of their chain or set. */
export type Ruleset = Map<string, string[]>;

/** A ruleset of one version of IP in the making. */
export interface Making {
  readonly version: 4 | 6;
  readonly ruleset: Ruleset;
  readonly cluster: FirewallConf;
  readonly host: FirewallConf;
  /** How often is logged at most; undefined: as often as it comes. */
  readonly limit: string | undefined;
  /** What Proxmox says on standard error. */
  readonly warn: (text: string) => void;
}

/** What is written to the log when a line catches. */
export interface Logged {
  readonly level: string;
  readonly message: string;
  readonly vmid: string;
}

export const markOn = '0x80000000/0x80000000';
export const markOff = '0x00000000/0x80000000';
export const acceptMark = 'PVEFW-SET-ACCEPT-MARK';

export function createChain({ ruleset }: Pick<Making, 'ruleset'>, chain: string): void {
  if (chain.length > 28) throw new Error(`Invalid chain name '${chain}' (28 char max)`);
  ruleset.set(chain, []);
}

/** The line that logs, with the prefix that Proxmox's logger takes apart. */
export function logLine({ limit }: Making, chain: string, match: string, logged: Logged): string {
  const often = limit === undefined ? '' : `-m limit ${limit} `;
  const number = levels.indexOf(logged.level);
  const prefix = `":${logged.vmid}:${number}:${chain}: ${logged.message}"`;
  return `-A ${chain} ${match} ${often}-j NFLOG --nflog-prefix ${prefix}`;
}

const levels = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'];

/** One line at the end of a chain, and before it the one that logs. */
export function addLine(making: Making, chain: string, match: string, target: string, logged?: Logged): void {
  const lines = making.ruleset.get(chain) ?? [];
  if (logged) lines.push(logLine(making, chain, match, logged));
  lines.push(`-A ${chain} ${match === '' ? '' : `${match} `}${target}`);
}

/** The level of an option, where it asks for a log at all. */
export function logged(
  { options }: FirewallConf,
  key: string,
  message: string,
  vmid = '0',
): Logged | undefined {
  const level = String(options.get(key) ?? 'nolog');
  return level === '' || level === 'nolog' ? undefined : { level, message, vmid };
}

/** Is an option switched off by name? What is not said is on. */
export function isOff({ options }: FirewallConf, key: string): boolean {
  return options.get(key) === 0;
}

/** What becomes of all that no rule caught. `accept` is a whole target. */
export function addPolicy(
  making: Making,
  chain: string,
  policy: string,
  accept: string,
  told: { readonly level: Logged | undefined; readonly vmid: string },
): void {
  // An empty match leaves its blank behind here.
  if (policy === 'ACCEPT') making.ruleset.get(chain)?.push(`-A ${chain}  ${accept}`);
  else {
    const level = told.level && { ...told.level, message: `policy ${policy}: `, vmid: told.vmid };
    addLine(making, chain, '', `-j PVEFW-${policy === 'DROP' ? 'Drop' : 'Reject'}`);
    addLine(making, chain, '', policy === 'DROP' ? '-j DROP' : '-g PVEFW-reject', level);
  }
}

/** Neighbour discovery, which IPv6 cannot do without. */
export function addNeighbours(
  making: Making,
  chain: string,
  conf: FirewallConf,
  advertise: boolean,
  target: string,
): void {
  if (making.version !== 6 || isOff(conf, 'ndp')) return;
  const types = [
    'router-solicitation',
    'router-advertisement',
    'neighbor-solicitation',
    'neighbor-advertisement',
  ];
  for (const type of types.filter((one) => advertise || one !== 'router-advertisement'))
    addLine(making, chain, `-p icmpv6 --icmpv6-type ${type}`, target);
}

export function addConnections(making: Making, chain: string, allowInvalid: boolean): void {
  if (!allowInvalid) addLine(making, chain, '-m conntrack --ctstate INVALID', '-j DROP');
  addLine(making, chain, '-m conntrack --ctstate RELATED,ESTABLISHED', '-j ACCEPT');
}

/** The name of a set; the kernel takes no long ones. */
export function setName(vmid: string, name: string, version: 4 | 6): string {
  const id = `${vmid}-${name}-v${version}`;
  return `PVEFW-${id.length > 20 ? shortened(id) : id}`;
}

/** FNV-1a, 31 bits of it. */
function shortened(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash & 0x7fffffff).toString(16).toUpperCase();
}

/** A ruleset as `pve-firewall compile` prints it. The order of a set's lines does not count for its digest. */
export function printRuleset(ruleset: Ruleset, action: string, sets = false): string {
  return sorted(ruleset.keys())
    .map((chain) => {
      const lines = ruleset.get(chain) ?? [];
      const hex = sha1((sets ? sorted(lines) : lines).join(''));
      const digest = Buffer.from(hex, 'hex').toString('base64').replace(/=+$/, '');
      return `${action} ${chain} (${digest})\n${lines.map((line) => `\t${line}\n`).join('')}`;
    })
    .join('');
}
