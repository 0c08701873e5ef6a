/** Formats of the firewall's parameters with the words of their refusals (fw-rule-errors). They know no file. */

import { icmpTypes, isProtocol } from '../../proxmox/firewall-words.ts';
import { parseIp } from '../../proxmox/ip.ts';
import { cleanCidr, readNetIp } from './net-ip.ts';
import { protocolNumbers, services } from './services.ts';

const name = '[A-Za-z][A-Za-z0-9_-]+';
/** Names of aliases, sets and groups. */
export const namePattern = new RegExp(`^${name}$`);
/** An alias, with the place that it stands in. */
export const aliasPattern = new RegExp(`^(dc/|guest/)?(${name})$`);

/** The version of the addresses in a list; none for an alias or a set. A string says what is wrong. */
export function readAddressList(text: string): 4 | 6 | undefined | string {
  if (/^\+\S+$/.test(text)) return text.length > 65 ? 'ipset name too long' : undefined;
  if (aliasPattern.test(text)) return text.length > 64 ? 'alias name too long' : undefined;
  const elements = listOf(text);
  if (!elements) return 'extraneous commas in list';
  let version: 4 | 6 | undefined;
  for (const element of elements) {
    const ip = readNetIp(element);
    if (typeof ip === 'string') return `invalid IP address: ${ip}`;
    if (version && ip.version !== version)
      return `detected mixed ipv4/ipv6 addresses in address list '${text}'`;
    version = ip.version;
  }
  if (elements.length > 1 && elements.some((one) => one.includes('-')))
    return "you can't use a range in a list";
  return version;
}

/** As Perl splits and joins a list: nothing may be left over at its end. */
function listOf(text: string): string[] | undefined {
  return text === '' || text.endsWith(',') ? undefined : text.split(',');
}

const icmpNames = new Set([...(icmpTypes('icmp') ?? []), ...(icmpTypes('icmpv6') ?? [])]);

/** What is wrong with a list of ports; types of ICMP used to be told as one. */
export function portsProblem(text: string, icmp: boolean): string | undefined {
  const items = listOf(text);
  if (!items) return 'extraneous commas in list';
  let numbers = 0;
  for (const item of items) {
    const [, first, last = first] = /^(\d+)(?::(\d+))?$/.exec(item) ?? [];
    if (first === undefined || last === undefined) {
      if (!(icmp && icmpNames.has(item)) && !services.has(item)) return `invalid port '${item}'`;
      continue;
    }
    numbers += item.includes(':') ? 2 : 1;
    const large = [first, last].find((port) => Number(port) > 65_535);
    if (large !== undefined) return `invalid port '${large}'`;
    if (Number(first) > Number(last))
      return `backwards range '${item}' not allowed, did you mean '${last}:${first}'?`;
  }
  const mixed = icmp && numbers > 0 && items.some((item) => icmpNames.has(item));
  if (mixed) return 'ICMP ports not allowed in port range';
  return numbers > 15 ? 'too many entries in port list (> 15 numbers)' : undefined;
}

export function protocolProblem(text: string): string | undefined {
  const known = /^\d+$/.test(text) ? protocolNumbers.has(text) : isProtocol(text);
  return text === '' || text === '0' || known ? undefined : `unknown protocol '${text}'`;
}

export function ifaceProblem(text: string): string | undefined {
  return /^[a-z][a-z0-9_]{1,20}([:.]\d+)?$/i.test(text)
    ? undefined
    : `invalid network interface name '${text}'`;
}

const helpers = new Set('amanda ftp irc netbios-ns pptp sane sip snmp tftp'.split(' '));

/** What is wrong with the names of connection helpers. */
export function helpersProblem(text: string): string | undefined {
  const names = listOf(text);
  if (!names) return 'extraneous commas in list';
  const unknown = names.find((one) => !helpers.has(one));
  return unknown === undefined ? undefined : `unknown helper ${unknown}`;
}

function networkProblem(text: string): string | undefined {
  const [, address = ''] = /^([^/]+)(?:\/\d+)?$/.exec(text) ?? [];
  if (!parseIp(address)) return 'value does not look like a valid IP address or CIDR network';
  const read = readNetIp(cleanCidr(text));
  return typeof read === 'string' ? read : undefined;
}

export const firewallFormats = {
  IPorCIDR: networkProblem,
  IPorCIDRorAlias: (text: string) => (aliasPattern.test(text) ? undefined : networkProblem(text)),
  'pve-fw-addr-spec': (text: string) => {
    const read = readAddressList(text);
    return typeof read === 'string' ? read : undefined;
  },
  'pve-fw-conntrack-helper': helpersProblem,
  'pve-fw-dport-spec': (text: string) => portsProblem(text, true),
  'pve-fw-icmp-type-spec': (text: string) =>
    text === '' || icmpNames.has(text) ? undefined : `invalid icmp-type value '${text}'`,
  'pve-fw-protocol-spec': protocolProblem,
  'pve-fw-sport-spec': (text: string) => portsProblem(text, false),
  'pve-iface': ifaceProblem,
};
