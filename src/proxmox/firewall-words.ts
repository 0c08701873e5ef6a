/** The words of a firewall rule that Proxmox VE knows: macros with what they open, protocols, kinds of ICMP. Tables. */

/** One of the lines that a macro stands for; ports as in a rule. */
export interface MacroLine {
  readonly proto: string;
  /** Of ICMP its type. */
  readonly dport?: string;
  readonly sport?: string;
}

// Name: protocol[/ports][<ports of the sender], one word for each line. The names are those that
// /cluster/firewall/macros lists (recorded), the ports were read in Proxmox's own sources.
const macroTable = `
Amanda: udp/10080 tcp/10080
Auth: tcp/113
BGP: tcp/179
BitTorrent: tcp/6881:6889 udp/6881
BitTorrent32: tcp/6881:6999 udp/6881
CVS: tcp/2401
Ceph: tcp/6789 tcp/3300 tcp/6800:7300
Citrix: tcp/1494 udp/1604 tcp/2598
DAAP: tcp/3689 udp/3689
DCC: tcp/6277
DHCPfwd: udp/67:68<67:68
DHCPv6: udp/546:547<546:547
DNS: udp/53 tcp/53
Distcc: tcp/3632
FTP: tcp/21
Finger: tcp/79
GNUnet: tcp/2086 udp/2086 tcp/1080 udp/1080
GRE: 47
Git: tcp/9418
HKP: tcp/11371
HTTP: tcp/80
HTTPS: tcp/443
ICPV2: udp/3130
ICQ: tcp/5190
IMAP: tcp/143
IMAPS: tcp/993
IPIP: 94
IPsec: udp/500<500 50
IPsecah: udp/500<500 51
IPsecnat: udp/500 udp/4500 50
IRC: tcp/6667
Jetdirect: tcp/9100
L2TP: udp/1701
LDAP: tcp/389
LDAPS: tcp/636
MDNS: udp/5353
MSNP: tcp/1863
MSSQL: tcp/1433
Mail: tcp/25 tcp/465 tcp/587
Munin: tcp/4949
MySQL: tcp/3306
NNTP: tcp/119
NNTPS: tcp/563
NTP: udp/123
NeighborDiscovery: icmpv6/router-solicitation icmpv6/router-advertisement icmpv6/neighbor-solicitation icmpv6/neighbor-advertisement
OSPF: 89
OpenVPN: udp/1194
PCA: udp/5632 tcp/5631
PMG: tcp/8006
POP3: tcp/110
POP3S: tcp/995
PPtP: 47 tcp/1723
Ping: icmp/echo-request
PostgreSQL: tcp/5432
Printer: tcp/515
RDP: tcp/3389
RIP: udp/520
RNDC: tcp/953
Razor: tcp/2703
Rdate: tcp/37
Rsync: tcp/873
SANE: tcp/6566
SMB: udp/135,445 udp/137:139 udp/1024:65535<137 tcp/135,139,445
SMBswat: tcp/901
SMTP: tcp/25
SMTPS: tcp/465
SNMP: udp/161:162 tcp/161
SPAMD: tcp/783
SPICEproxy: tcp/3128
SSH: tcp/22
SVN: tcp/3690
SixXS: tcp/3874 udp/3740 41 udp/5072,8374
Squid: tcp/3128
Submission: tcp/587
Syslog: udp/514 tcp/514
TFTP: udp/69
Telnet: tcp/23
Telnets: tcp/992
Time: tcp/37
Trcrt: udp/33434:33524 icmp/echo-request
VNC: tcp/5900:5999
VNCL: tcp/5500
Web: tcp/80 tcp/443
Webcache: tcp/8080
Webmin: tcp/10000
Whois: tcp/43
`;

/** Every macro by the name that Proxmox gives it. */
export const macros: ReadonlyMap<string, readonly MacroLine[]> = new Map(
  macroTable
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', ...words] = line.split(/:? /);
      return [name, words.map(macroLine)] as const;
    }),
);

const byLowerCase = new Map([...macros.keys()].map((name) => [name.toLowerCase(), name]));

function macroLine(word: string): MacroLine {
  const [, proto = '', dport, sport] = /^(\w+)(?:\/([^<]+))?(?:<(.+))?$/.exec(word) ?? [];
  return { proto, ...(dport ? { dport } : {}), ...(sport ? { sport } : {}) };
}

/** The macro's name as Proxmox stores it, whatever its case (B144); undefined: there is none of this name. */
export function macroName(name: string): string | undefined {
  return byLowerCase.get(name.toLowerCase());
}

/** Protocols that may have ports in a rule. */
export const withPorts: ReadonlySet<string> = new Set('udp 17 udplite 136 tcp 6 dccp 33 sctp 132'.split(' '));

/** /etc/protocols of Debian, and `icmpv6`, which Proxmox adds. */
const protocols: ReadonlySet<string> = new Set(
  `ip hopopt icmp igmp ggp ipencap st tcp egp igp pup udp hmp xns-idp rdp iso-tp4 dccp xtp ddp idpr-cmtp ipv6
  ipv6-route ipv6-frag idrp rsvp gre esp ah skip ipv6-icmp ipv6-nonxt ipv6-opts rspf vmtp eigrp ospf ax.25 ipip
  etherip encap pim ipcomp vrrp l2tp isis sctp fc mobility-header udplite mpls-in-ip manet hip shim6 wesp rohc
  ethernet mptcp icmpv6`.split(/\s+/),
);

export function isProtocol(name: string): boolean {
  return protocols.has(name) || (/^\d{1,3}$/.test(name) && Number(name) <= 255);
}

const icmpFour: ReadonlySet<string> = new Set(
  `any echo-reply destination-unreachable network-unreachable host-unreachable protocol-unreachable
  port-unreachable fragmentation-needed source-route-failed network-unknown host-unknown network-prohibited
  host-prohibited TOS-network-unreachable TOS-host-unreachable communication-prohibited
  host-precedence-violation precedence-cutoff source-quench redirect network-redirect host-redirect
  TOS-network-redirect TOS-host-redirect echo-request router-advertisement router-solicitation time-exceeded
  ttl-zero-during-transit ttl-zero-during-reassembly parameter-problem ip-header-bad required-option-missing
  timestamp-request timestamp-reply address-mask-request address-mask-reply`.split(/\s+/),
);

const icmpSix: ReadonlySet<string> = new Set(
  `destination-unreachable no-route communication-prohibited beyond-scope address-unreachable port-unreachable
  failed-policy reject-route packet-too-big time-exceeded ttl-zero-during-transit ttl-zero-during-reassembly
  parameter-problem bad-header unknown-header-type unknown-option echo-request echo-reply router-solicitation
  router-advertisement neighbor-solicitation neighbour-solicitation neighbor-advertisement
  neighbour-advertisement redirect`.split(/\s+/),
);

/** The kinds of ICMP of a protocol; undefined: the protocol is not ICMP. */
export function icmpTypes(proto: string | undefined): ReadonlySet<string> | undefined {
  if (proto === 'icmp') return icmpFour;
  return proto === 'icmpv6' || proto === 'ipv6-icmp' ? icmpSix : undefined;
}
