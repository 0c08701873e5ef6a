/** Macros of Proxmox's firewall: names as recorded, ports of the usual ones from its documentation. Data only. */

/** Protocol and ports of a macro; `undefined` ports = all. */
export interface MacroPart {
  readonly proto: string;
  readonly dport?: string;
}

const names =
  `Amanda Auth BGP BitTorrent BitTorrent32 CVS Ceph Citrix DAAP DCC DHCPfwd DHCPv6 DNS Distcc FTP Finger
GNUnet GRE Git HKP HTTP HTTPS ICPV2 ICQ IMAP IMAPS IPIP IPsec IPsecah IPsecnat IRC Jetdirect L2TP LDAP LDAPS MDNS MSNP
MSSQL Mail Munin MySQL NNTP NNTPS NTP NeighborDiscovery OSPF OpenVPN PCA PMG POP3 POP3S PPtP Ping PostgreSQL Printer RDP
RIP RNDC Razor Rdate Rsync SANE SMB SMBswat SMTP SMTPS SNMP SPAMD SPICEproxy SSH SVN SixXS Squid Submission Syslog TFTP
Telnet Telnets Time Trcrt VNC VNCL Web Webcache Webmin Whois`.split(/\s+/);

const tcp: Readonly<Record<string, string>> = {
  ...{
    Ceph: '3300,6789,6800:7300',
    FTP: '21',
    Git: '9418',
    HTTP: '80',
    HTTPS: '443',
    IMAP: '143',
    IMAPS: '993',
  },
  ...{ LDAP: '389', LDAPS: '636', Mail: '25,465,587', MySQL: '3306', PMG: '8006', POP3: '110', POP3S: '995' },
  ...{
    PostgreSQL: '5432',
    RDP: '3389',
    Rsync: '873',
    SMTP: '25',
    SMTPS: '465',
    SPICEproxy: '3128',
    SSH: '22',
  },
  ...{ SVN: '3690', Squid: '3128', Submission: '587', Telnet: '23', VNC: '5900:5999', Web: '80,443' },
  ...{ Webcache: '8080', Webmin: '10000', Whois: '43', MSSQL: '1433', Munin: '4949', Printer: '515' },
};
const udp: Readonly<Record<string, string>> = {
  ...{
    MDNS: '5353',
    NTP: '123',
    OpenVPN: '1194',
    SNMP: '161:162',
    Syslog: '514',
    TFTP: '69',
    DHCPfwd: '67:68',
  },
};
const several: Readonly<Record<string, readonly MacroPart[]>> = {
  DNS: [
    { proto: 'udp', dport: '53' },
    { proto: 'tcp', dport: '53' },
  ],
  Ping: [{ proto: 'icmp' }],
  SMB: [
    { proto: 'udp', dport: '135,445' },
    { proto: 'udp', dport: '137:139' },
    { proto: 'tcp', dport: '135,139,445' },
  ],
};

/** What a macro stands for, its name in any case (B144); empty when the twin does not know its ports; undefined = no macro. */
export function macroParts(name: string): readonly MacroPart[] | undefined {
  const known = names.find((one) => one.toLowerCase() === name.toLowerCase());
  if (known === undefined) return undefined;
  if (several[known]) return several[known];
  const parts: MacroPart[] = [];
  if (tcp[known]) parts.push({ proto: 'tcp', dport: tcp[known] });
  if (udp[known]) parts.push({ proto: 'udp', dport: udp[known] });
  return parts;
}
