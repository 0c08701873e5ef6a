/** Chains that every ruleset has, whatever the files say (fw-by-hand). Data, and the lines made of it. */

import type { FirewallConf } from './conf.ts';
import { acceptMark, createChain, logged, logLine, type Making, markOn } from './ruleset.ts';

/** What would fill the log: dropped or rejected before it gets there. */
function quiet(version: 4 | 6, target: string): string[] {
  const icmp = version === 4 ? '-p icmp -m icmp --icmp-type' : '-p icmpv6 -m icmpv6 --icmpv6-type';
  const needed =
    version === 4
      ? ['fragmentation-needed', 'time-exceeded']
      : ['destination-unreachable', 'time-exceeded', 'packet-too-big'];
  return [
    ...(version === 6 ? ['-p tcp --dport 43 -j PVEFW-reject'] : []),
    '-j PVEFW-DropBroadcast',
    ...needed.map((type) => `${icmp} ${type} -j ACCEPT`),
    '-m conntrack --ctstate INVALID -j DROP',
    `-p udp --match multiport --dports 135,445 -j ${target}`,
    `-p udp --dport 137:139 -j ${target}`,
    `-p udp --sport 137 --dport 1024:65535 -j ${target}`,
    `-p tcp --match multiport --dports 135,139,445 -j ${target}`,
    '-p udp --dport 1900 -j DROP',
    '-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -j DROP',
    '-p udp --sport 53 -j DROP',
  ];
}

const flags = '-p tcp -m tcp --tcp-flags';
const both: Readonly<Record<string, readonly string[]>> = {
  [acceptMark]: [`-j MARK --set-mark ${markOn}`],
  'PVEFW-tcpflags': [
    `${flags} FIN,SYN,RST,PSH,ACK,URG FIN,PSH,URG -g PVEFW-logflags`,
    `${flags} FIN,SYN,RST,PSH,ACK,URG NONE -g PVEFW-logflags`,
    `${flags} SYN,RST SYN,RST -g PVEFW-logflags`,
    `${flags} FIN,SYN FIN,SYN -g PVEFW-logflags`,
    '-p tcp -m tcp --sport 0 --tcp-flags FIN,SYN,RST,ACK SYN -g PVEFW-logflags',
  ],
};
const four: Readonly<Record<string, readonly string[]>> = {
  'PVEFW-DropBroadcast': [
    '-m addrtype --dst-type BROADCAST -j DROP',
    '-m addrtype --dst-type MULTICAST -j DROP',
    '-m addrtype --dst-type ANYCAST -j DROP',
    '-d 224.0.0.0/4 -j DROP',
  ],
  'PVEFW-reject': [
    '-m addrtype --dst-type BROADCAST -j DROP',
    '-s 224.0.0.0/4 -j DROP',
    '-p icmp -j DROP',
    '-p tcp -j REJECT --reject-with tcp-reset',
    '-p udp -j REJECT --reject-with icmp-port-unreachable',
    '-p icmp -j REJECT --reject-with icmp-host-unreachable',
    '-j REJECT --reject-with icmp-host-prohibited',
  ],
  'PVEFW-smurfs': [
    '-s 0.0.0.0/32 -j RETURN',
    '-m addrtype --src-type BROADCAST -g PVEFW-smurflog',
    '-s 224.0.0.0/4 -g PVEFW-smurflog',
  ],
};
const six: Readonly<Record<string, readonly string[]>> = {
  'PVEFW-DropBroadcast': ['-d ff00::/8 -j DROP'],
  'PVEFW-reject': [
    '-p icmpv6 -j DROP',
    '-p tcp -j REJECT --reject-with tcp-reset',
    '-p udp -j REJECT --reject-with icmp6-port-unreachable',
    '-j REJECT --reject-with icmp6-adm-prohibited',
  ],
};

/** Adds them; the node's options say what of it is logged. */
export function addStandardChains(making: Making, host: FirewallConf): void {
  const { version } = making;
  const chains = {
    ...{ ...both, ...(version === 4 ? four : six) },
    ...{ 'PVEFW-Drop': quiet(version, 'DROP'), 'PVEFW-Reject': quiet(version, 'PVEFW-reject') },
  };
  for (const [chain, lines] of Object.entries(chains)) {
    // An empty match leaves its blank behind.
    const whole = lines.map((line) => `-A ${chain} ${line.startsWith('-j') ? ' ' : ''}${line}`);
    making.ruleset.set(chain, whole);
  }
  addLogChain(making, host, 'PVEFW-logflags', 'tcp_flags_log_level');
  if (version === 4) addLogChain(making, host, 'PVEFW-smurflog', 'smurf_log_level');
}

function addLogChain(making: Making, host: FirewallConf, chain: string, option: string): void {
  createChain(making, chain);
  const told = logged(host, option, 'DROP: ');
  if (told) making.ruleset.get(chain)?.push(logLine(making, chain, '', told));
  making.ruleset.get(chain)?.push(`-A ${chain}  -j DROP`);
}
