/** Interfaces through Proxmox's interface beyond the recordings: cards, hand-written stanzas, MTUs, and the apply. */

import { test } from 'node:test';
import { Twin } from '../../src/twin/twin.ts';
import { freshTwin, hardware } from './node.ts';
import { type Scene, tell } from './story.ts';

const net = '/nodes/pve1/network';
const file = '/etc/network/interfaces';
const json = '--output-format json';

const stories: Readonly<Record<string, readonly Scene[]>> = {
  'a card of the node needs no stanza, and gets one': [
    [`${file} <- auto lo\niface lo inet loopback\n`],
    [
      `pvesh get ${net}/eno1 ${json}`,
      { out: /^{"active":1,"exists":1,"families":\["inet"\].*"type":"eth"}\n$/ },
    ],
    [`pvesh create ${net} --iface vmbr0 --type bridge --bridge_ports eno1`],
    [
      `cat ${file}.new`,
      { out: /\n\niface eno1 inet manual\n\niface vmbr0 inet manual\n\tbridge-ports eno1\n/ },
    ],
  ],
  'other names of options, both families, lines between stanzas and modes by number are understood': [
    [
      `${file} <- iface eth3 inet manual\nsource-directory /etc/x\nallow-hotplug br0\niface br0 inet static\n  address 10.1.0.1\n  netmask 255.255.0.0\n  bridge_ports none\n  hwaddress aa:bb\niface br0 inet6 static\n  address fd00::1/64\n  accept_ra 0\n  # six\nauto bond1\niface bond1 inet manual\n  bond_slaves eth3\n  bond_mode 1\n`,
    ],
    [
      `pvesh get ${net}/br0 ${json}`,
      {
        out: /"cidr":"10.1.0.1\/16","cidr6":"fd00::1\/64","comments":" six\\n".*"netmask":"16".*"options":\["hwaddress aa:bb"\],"options6":\["accept_ra 0"\]/,
      },
    ],
    [`pvesh get ${net} --type any_bridge ${json}`, { out: /^\[\{[^}]*"iface":"br0"[^}]*\}\]\n$/ }],
    [`pvesh set ${net}/eth3 --type eth`],
    [
      `cat ${file}.new`,
      {
        out: /auto eth3\niface eth3 inet manual\n\n(.*\n)*?source-directory \/etc\/x\n\nauto bond1\niface bond1 inet manual\n\tbond-slaves eth3\n\tbond-miimon 100\n\tbond-mode active-backup\n\nauto br0\niface br0 inet static\n\taddress 10.1.0.1\/16\n\tbridge-ports none\n\tbridge-stp off\n\tbridge-fd 0\n\thwaddress aa:bb\n# six\n\niface br0 inet6 static\n\taddress fd00::1\/64\n\taccept_ra 0\n\n$/,
      },
    ],
  ],
  'what does not fit is refused, and nothing is written': [
    [
      `pvesh create ${net} --iface vmbr1 --type bridge --bridge_ports eno1`,
      { err: /slaves|bridge_ports: eno1 is already/, exit: 255 },
    ],
    [
      `pvesh set ${net}/vmbr0 --type bridge --mtu 9000`,
      { exit: 25, err: /'eno1' - mtu 1500 is lower than 'vmbr0' - mtu 9000/ },
    ],
    [
      `pvesh set ${net}/eno1 --type eth --cidr 10.9.0.1/24`,
      { exit: 25, err: /iface eno1 - ip address can't be set/ },
    ],
    [
      `pvesh create ${net} --iface vmbr1 --type bridge --cidr6 2001:db8::1/64`,
      { exit: 255, err: /address: 2001:db8::1 with type 'DOCUMENTATION'/ },
    ],
    [
      `pvesh create ${net} --iface vmbr1 --type bridge --cidr6 fe80::1/129`,
      { exit: 255, err: /cidr6: .*valid IPv6 CIDR/ },
    ],
    [
      `pvesh create ${net} --iface lan --type vlan --vlan-raw-device vmbr0`,
      { exit: 25, err: /missing vlan-id option/ },
    ],
    [
      `pvesh create ${net} --iface vmbr0.4095 --type vlan`,
      { exit: 25, err: /vlan-id 4095 should be <= 4094/ },
    ],
    [
      `pvesh create ${net} --iface vmbr1 --type bridge --bridge_vids 1-4`,
      { exit: 255, err: /bridge_vids: .*invalid VLAN tag '1'/ },
    ],
    [
      `pvesh create ${net} --iface vmbr1 --type bridge --cidr 10.2.0.1/24 --address 10.2.0.1 --netmask 255.255.255.0`,
      { exit: 255, err: /address conflicts with cidr/ },
    ],
    [`cat ${file}.new`, { exit: 1 }],
  ],
  'an apply puts the new file in its place, and the bridges follow; a revert does not': [
    [`pvesh create ${net} --iface vmbr1 --type bridge --autostart 1 --cidr 10.2.0.1/24`],
    [`pvesh delete ${net}`],
    [`pvesh set ${net}`, { out: /UPID:pve1:.*:srvreload:networking:root@pam:\n$/ }],
    ['ip link show vmbr1', { exit: 1 }],
    [`pvesh create ${net} --iface vmbr1 --type bridge --autostart 1 --cidr 10.2.0.1/24`],
    [`pvesh get ${net}/vmbr1 ${json}`, { out: /^{"address"/ }],
    [`pvesh set ${net}`, { out: /srvreload/ }],
    [`pvesh get ${net}/vmbr1 ${json}`, { out: /^{"active":1/ }],
    ['ip link show vmbr1'],
    [`cat ${file}.new`, { exit: 1 }],
    ['ifreload -V', { out: 'ifupdown2:3.2.0-1+pmx11\n' }],
  ],
};

for (const [name, scenes] of Object.entries(stories)) test(name, () => tell(freshTwin(), scenes));

test('without ifupdown2 there is no apply', async () => {
  const state = freshTwin().state();
  delete state.packages.ifupdown2;
  const twin = new Twin({ hardware }, state);
  await tell(twin, [[`pvesh set ${net}`, { exit: 255, err: /^you need ifupdown2/ }]]);
});
