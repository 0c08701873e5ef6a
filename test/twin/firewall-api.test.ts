/** The firewall's interface and its ruleset beyond the recordings: the node's file, moves, renamed groups, sets, logs. */

import { test } from 'node:test';
import { freshTwin } from './node.ts';
import { type Scene, tell } from './story.ts';

const node = '/nodes/pve1/firewall';
const cluster = '/cluster/firewall';
const clusterFile = 'cat /etc/pve/firewall/cluster.fw';
const hostFile = 'cat /etc/pve/nodes/pve1/host.fw';
const rule = 'rules --type in --action ACCEPT';

const stories: Readonly<Record<string, readonly Scene[]>> = {
  'the node has options and rules of its own': [
    [`pvesh set ${node}/options --tcpflags yes --nf_conntrack_max 40000 --log_level_in info`],
    [`pvesh get ${node}/options --output-format json`, { out: /"nf_conntrack_max":40000,"tcpflags":1\}/ }],
    [`pvesh set ${node}/options --nf_conntrack_max 5`, { exit: 255, err: /minimum value of 32768/ }],
    [`pvesh set ${node}/options --nf_conntrack_helpers ftp,foo`, { exit: 255, err: /unknown helper foo/ }],
    [
      `pvesh set ${node}/options --delete policy_in`,
      { exit: 255, err: /delete: no such option 'policy_in'/ },
    ],
    [`pvesh set ${node}/options --delete tcpflags,nf_conntrack_max,log_level_in`],
    [hostFile, { exit: 1 }],
    [`pvesh create ${node}/${rule} --proto tcp --dport 22 --enable 1`],
    [hostFile, { out: '[RULES]\n\nIN ACCEPT -p tcp -dport 22\n\n' }],
    [`pvesh get ${node}/aliases`, { exit: 1, err: /No 'get' handler/ }],
  ],
  'a source is what Net::IP takes': [
    [
      `pvesh create ${cluster}/${rule} --source 10.0.0.5/24`,
      { exit: 255, err: /Invalid prefix 0000101[01]+\/24/ },
    ],
    [
      `pvesh create ${cluster}/${rule} --source 10.0.0.9-10.0.0.5`,
      { exit: 255, err: /Begin address is greater/ },
    ],
    [
      `pvesh create ${cluster}/${rule} --source 10.0.0.300`,
      { exit: 255, err: /Invalid quad in IP address 10.0.0.300 - 300/ },
    ],
    [`pvesh create ${cluster}/${rule} --source 10.0.0.1,`, { exit: 255, err: /extraneous commas in list/ }],
    [
      `pvesh create ${cluster}/${rule} --source fd00::1 --dest 10.0.0.1`,
      { exit: 255, err: /dest: detected mixed/ },
    ],
    [
      `pvesh create ${cluster}/${rule} --source fd00::1 --proto icmp`,
      { exit: 255, err: /source: detected mixed/ },
    ],
    [clusterFile, { exit: 1 }],
  ],
  'a rule moves before the one that was there, and past the end to the end': [
    ['/etc/pve/firewall/cluster.fw <- [RULES]\nOUT ACCEPT\nIN DROP\nFORWARD DROP\n'],
    [`pvesh set ${cluster}/rules/2 --moveto 0`],
    [clusterFile, { out: '[RULES]\n\nFORWARD DROP\nOUT ACCEPT\nIN DROP\n\n' }],
    [`pvesh set ${cluster}/rules/0 --moveto 9`],
    [clusterFile, { out: '[RULES]\n\nOUT ACCEPT\nIN DROP\nFORWARD DROP\n\n' }],
    [
      `pvesh set ${cluster}/rules/2 --action REJECT`,
      { exit: 255, err: /cannot define REJECT rules on forward/ },
    ],
    [
      `pvesh set ${cluster}/rules/0 --delete type`,
      { exit: 255, err: /unable to delete required property 'type'/ },
    ],
    [`pvesh set ${cluster}/rules/0 --delete colour`, { exit: 255, err: /no such property \('colour'\)/ }],
  ],
  'a renamed group takes its rules along, in every file': [
    ['/etc/pve/firewall/cluster.fw <- [RULES]\nGROUP web\n[group web] # sites\nIN HTTP(ACCEPT)\n'],
    ['/etc/pve/nodes/pve1/host.fw <- [RULES]\nGROUP web -i vmbr0\nGROUP other\n'],
    [`pvesh create ${cluster}/groups --group www --rename web`],
    [clusterFile, { out: '[RULES]\n\nGROUP www\n\n[group www] # sites\n\nIN HTTP(ACCEPT)\n\n' }],
    [hostFile, { out: '[RULES]\n\nGROUP www -i vmbr0\nGROUP other\n\n' }],
    [
      `pvesh create ${cluster}/groups/www --type in --action DROP --iface vmbr0`,
      { exit: 255, err: /parameter -i/ },
    ],
  ],
  'an entry of a set is the network it lies in, and stands in the order of its text': [
    [`pvesh create ${cluster}/ipset --name outer`],
    [`pvesh create ${cluster}/ipset/outer --cidr 10.1.2.3/24`],
    [
      `pvesh create ${cluster}/ipset/outer --cidr 10.1.2.0/24`,
      { exit: 255, err: /'10.1.2.0\/24' already exists/ },
    ],
    [`pvesh create ${cluster}/ipset/outer --cidr 10.0.0.1/32`],
    [`pvesh set ${cluster}/ipset/outer/10.1.2.0/24 --nomatch 1`],
    [`pvesh set ${cluster}/ipset/outer/10.9.0.0/24`, { exit: 255, err: /cidr: no such IP\/Network/ }],
    [clusterFile, { out: '[IPSET outer]\n\n10.0.0.1\n!10.1.2.0/24\n\n' }],
    [`pvesh delete ${cluster}/ipset/outer/10.9.0.0/24`],
    [`pvesh create ${cluster}/ipset --name inner --rename outer`],
    [`pvesh get ${cluster}/refs --type ipset --output-format json`, { out: /"ref":"\+inner"/ }],
  ],
  'sets and aliases count from where they stand on, and by their case': [
    ['/etc/pve/firewall/cluster.fw <- [RULES]\nIN DROP -source +late\n[IPSET late]\n10.0.0.1\nnosuch\n'],
    [
      'pve-firewall compile',
      { err: /source: no such ipset 'late'\n.*errors in ipset 'late': nosuch\n {2}cidr: no such alias/s },
    ],
    [
      `pvesh get ${cluster}/ipset/late --output-format json`,
      { err: '', out: /"errors":\{"cidr":"no such alias 'nosuch'"/ },
    ],
    [`pvesh create ${cluster}/${rule} --source +Late`, { exit: 255, err: /no such ipset 'Late'/ }],
  ],
  'on for a minute is off after it': [
    [`pvesh set ${cluster}/options --enable 2`],
    ['pve-firewall status', { out: /^Status: enabled/ }],
    ['/etc/pve/firewall/cluster.fw <- [OPTIONS]\nenable: 1500000000\n'],
    ['pve-firewall status', { out: /^Status: disabled/ }],
  ],
  'a ruleset logs, and has lists of ports behind single ones': [
    ['/etc/pve/firewall/cluster.fw <- [OPTIONS]\nenable: 1\nlog_ratelimit: 1,rate=5/minute\n'],
    [
      '/etc/pve/nodes/pve1/host.fw <- [RULES]\nIN DROP -p tcp -dport 80 -sport 1,2 -log err\nIN Ping(REJECT)\n',
    ],
    [
      'pve-firewall compile',
      {
        out: /-p tcp --dport 80 --match multiport --sports 1,2 -m limit --limit 5\/minute -j NFLOG --nflog-prefix ":0:3:PVEFW-HOST-IN: DROP: "\n/,
      },
    ],
    ['pve-firewall compile', { out: /-p icmpv6 -m icmpv6 --icmpv6-type echo-request -j PVEFW-reject\n/ }],
  ],
  'the simulator goes over the chains of the ruleset and ends at what it cannot read': [
    ['pve-firewall simulate', { exit: 255, err: /no such chain 'PVEFW-INPUT'/ }],
    [
      '/etc/pve/firewall/cluster.fw <- [OPTIONS]\nenable: 1\npolicy_out: DROP\n[RULES]\nOUT ACCEPT -p tcp -dport 443\n',
    ],
    ['pve-firewall simulate --from host --to outside --dport 443', { out: /ACTION: ACCEPT\n$/ }],
    ['pve-firewall simulate --from host --to outside --dport 80', { out: /ACTION: DROP\n$/ }],
    ['pve-firewall simulate --from host --to host', { exit: 255, err: /needs to be different/ }],
    ['pve-firewall simulate --to ct777', { exit: 255, err: /no such CT '777'/ }],
    ['/etc/pve/firewall/cluster.fw <- [OPTIONS]\nenable: 1\n[RULES]\nIN ACCEPT -p tcp -dport 80,443\n'],
    ['pve-firewall simulate --dport 80', { exit: 255, err: /unable to parse rule: --match multiport/ }],
  ],
};

for (const [name, scenes] of Object.entries(stories)) test(name, () => tell(freshTwin(), scenes));
