/** Options of the firewall's files: what the interface takes, and how a line of a file is read. Data, and a reader of it. */

import { logLevels } from '../../proxmox/firewall-rule.ts';
import type { Spec } from '../formats.ts';
import type { FirewallScope } from './conf.ts';
import { helpersProblem } from './formats.ts';

const flag: Spec = { type: 'boolean' };
const level: Spec = { values: logLevels };
const policy: Spec = { values: ['ACCEPT', 'REJECT', 'DROP'] };

const cluster: Readonly<Record<string, Spec>> = {
  ebtables: flag,
  enable: { type: 'integer', min: 0 },
  log_ratelimit: {
    defaultKey: 'enable',
    props: {
      burst: { type: 'integer', min: 0 },
      enable: { type: 'boolean', required: true },
      rate: { pattern: /^[1-9][0-9]*\/(second|minute|hour|day)$/ },
    },
  },
  policy_forward: { values: ['ACCEPT', 'DROP'] },
  policy_in: policy,
  policy_out: policy,
};

const host: Readonly<Record<string, Spec>> = {
  enable: flag,
  log_level_forward: level,
  log_level_in: level,
  log_level_out: level,
  log_nf_conntrack: flag,
  ndp: flag,
  nf_conntrack_allow_invalid: flag,
  nf_conntrack_helpers: { format: 'pve-fw-conntrack-helper' },
  nf_conntrack_max: { type: 'integer', min: 32_768 },
  nf_conntrack_tcp_timeout_established: { type: 'integer', min: 7875 },
  nf_conntrack_tcp_timeout_syn_recv: { type: 'integer', min: 30, max: 60 },
  nftables: flag,
  nosmurfs: flag,
  protection_synflood: flag,
  protection_synflood_burst: { type: 'integer' },
  protection_synflood_rate: { type: 'integer' },
  smurf_log_level: level,
  tcp_flags_log_level: level,
  tcpflags: flag,
};

const guest: Readonly<Record<string, Spec>> = {
  dhcp: flag,
  enable: flag,
  ipfilter: flag,
  log_level_in: level,
  log_level_out: level,
  macfilter: flag,
  ndp: flag,
  policy_in: policy,
  policy_out: policy,
  radv: flag,
};

export const firewallOptions: Readonly<Record<FirewallScope, Readonly<Record<string, Spec>>>> = {
  ...{ cluster, host },
  ...{ ct: guest, vm: guest },
};

/** Names of a file's options, by how their values are read. */
interface Lines {
  readonly flags: string;
  readonly levels?: string;
  readonly numbers?: string;
  readonly policies: string;
}

const guestLines: Lines = {
  flags: 'enable dhcp ndp radv macfilter ipfilter ips',
  levels: 'log_level_in log_level_out',
  policies: 'policy_in policy_out',
};
const lines: Readonly<Record<FirewallScope, Lines>> = {
  cluster: { flags: 'ebtables', numbers: 'enable', policies: 'policy_in policy_out policy_forward' },
  host: {
    flags:
      'enable nosmurfs tcpflags ndp log_nf_conntrack nf_conntrack_allow_invalid protection_synflood nftables',
    levels: 'log_level_in log_level_out log_level_forward tcp_flags_log_level smurf_log_level',
    numbers:
      'nf_conntrack_max nf_conntrack_tcp_timeout_established nf_conntrack_tcp_timeout_syn_recv protection_synflood_rate protection_synflood_burst protection_limit',
    policies: '',
  },
  ct: guestLines,
  vm: guestLines,
};

/** A line of `[OPTIONS]`: its name and value, or what Proxmox says about it. `seconds` is the time of day. */
export function readOptionLine(
  scope: FirewallScope,
  line: string,
  seconds: number | undefined,
): readonly [name: string, value: string | number] | string {
  const [, given = '', value = ''] = /^(\w+):\s*(.*?)\s*$/.exec(line) ?? [];
  const name = given.toLowerCase();
  const { flags, levels = '', numbers = '', policies } = lines[scope];
  const among = (list: string) => list.split(' ').includes(name) && name !== '';
  if (among(flags) && /^[01]$/.test(value)) return [name, Number(value)];
  if (among(numbers) && /^\d+$/.test(value))
    return [name, name === 'enable' ? unexpired(Number(value), seconds) : Number(value)];
  if (among(policies) && /^(ACCEPT|DROP|REJECT)$/i.test(value)) return [name, value.toUpperCase()];
  if (among(levels) && (value === '' || logLevels.some((one) => one === value.toLowerCase())))
    return [name, value.toLowerCase()];
  if (scope === 'cluster' && given === 'log_ratelimit' && /^\S+$/.test(value)) return [name, value];
  if (scope === 'host' && name === 'nf_conntrack_helpers' && /^\S+$/.test(value))
    return helpersProblem(value.toLowerCase()) ?? [name, value.toLowerCase()];
  if (lines[scope] === guestLines && name === 'ips_queues' && /^\d+(:\d+)?$/.test(value))
    return [name, value];
  if (lines[scope] === guestLines && name === 'layer2_protocols' && /^\S+$/.test(value)) return [name, value];
  return `can't parse option '${line}'`;
}

/** A number above 1 is a moment: the firewall is on for a minute after it, against locking oneself out. */
function unexpired(value: number, seconds: number | undefined): number {
  return value > 1 && seconds !== undefined && seconds - value > 60 ? 0 : value;
}
