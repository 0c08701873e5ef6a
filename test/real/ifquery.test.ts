/** Our stanzas as the real parser of ifupdown2 reads them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withBridges } from '../../tasks/hypervisor/network.ts';
import { judged } from './written.ts';

const installed = `auto lo
iface lo inet loopback

iface eno1 inet manual

auto vmbr0
iface vmbr0 inet static
\taddress 192.168.1.10/24
\tgateway 192.168.1.1
\tbridge-ports eno1
\tbridge-stp off
\tbridge-fd 0
# a person's remark

source /etc/network/interfaces.d/*
`;

const bridges = {
  vmbr0: { address: '10.0.0.13/24', gateway: '10.0.0.1', ports: ['eno1'] },
  vmbr1: { ports: [], vlanAware: true },
};

interface Stanza {
  readonly name: string;
  readonly config: Readonly<Record<string, string | readonly string[]>>;
}

function read(text: string): Map<string, Stanza['config']> {
  const { code, said, out } = judged(text, 'interfaces', (path) => [
    'ifquery',
    '-a',
    '-o',
    'json',
    '-i',
    path,
  ]);
  assert.equal(code, 0, said);
  return new Map((JSON.parse(out) as Stanza[]).map(({ name, config }) => [name, config]));
}

test('a replaced and an added bridge are read as they are meant', () => {
  const stanzas = read(withBridges(installed, bridges));
  assert.deepEqual([...stanzas.keys()], ['lo', 'vmbr0', 'vmbr1']);
  const { address, gateway, ...rest } = stanzas.get('vmbr0') ?? {};
  assert.deepEqual([address].flat(), ['10.0.0.13/24']);
  assert.deepEqual([gateway].flat(), ['10.0.0.1']);
  assert.deepEqual(rest, { 'bridge-ports': 'eno1', 'bridge-stp': 'off', 'bridge-fd': '0' });
  assert.deepEqual(stanzas.get('vmbr1'), {
    ...{ 'bridge-ports': 'none', 'bridge-stp': 'off', 'bridge-fd': '0' },
    ...{ 'bridge-vlan-aware': 'yes', 'bridge-vids': '2-4094' },
  });
});

test('what was applied once is not changed again, and nothing is doubled', () => {
  const once = withBridges(installed, bridges);
  assert.equal(withBridges(once, bridges), once);
  assert.equal(once.match(/^auto vmbr0$/gm)?.length, 1);
  assert.match(once, /# a person's remark/);
});
