/** Addresses, networks and ranges: what is one, what is not, and what lies in it. */

import assert from 'node:assert/strict';
import { BlockList, isIP } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasHostBits, inRange, middleOf, parseIp, parseRange, printIp } from '../../src/proxmox/ip.ts';

test('what is an address is what Node takes for one', () => {
  const texts = [
    ...['10.0.0.1', '0.0.0.0', '255.255.255.255', '256.0.0.1', '1.2.3', '1.2.3.4.5', '', 'host', '1.2.3.x'],
    ...[
      '::',
      '::1',
      'fd00::1',
      '1:2:3:4:5:6:7:8',
      '1:2:3:4:5:6:7',
      '1::2::3',
      '1:2:3:4:5:6:7:8:9',
      'fd00:::1',
    ],
    ...['::ffff:10.0.0.1', '::10.0.0.256', '12345::', 'g::1', '10.0.0.1/24', 'fd00::1-fd00::2'],
  ];
  for (const text of texts) assert.equal(parseIp(text)?.version ?? 0, isIP(text), text);
});

test('an address is printed as one that is the same', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      const ip = parseIp(text);
      assert.ok(ip, text);
      assert.deepEqual(parseIp(printIp(ip)), ip);
    }),
  );
});

test('what lies in a network is what Node finds in it', () => {
  const network = fc.oneof(
    fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.ipV4(), fc.constant('ipv4' as const)),
    fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }), fc.ipV6(), fc.constant('ipv6' as const)),
  );
  fc.assert(
    fc.property(network, ([address, prefix, other, family]) => {
      const list = new BlockList();
      list.addSubnet(address, prefix, family);
      const range = parseRange(`${address}/${prefix}`);
      for (const text of [address, other]) {
        const ip = parseIp(text);
        assert.ok(ip && range);
        assert.equal(inRange(ip, range), list.check(text, family), `${text} in ${address}/${prefix}`);
      }
    }),
  );
});

test('ranges and networks that are none', () => {
  const none = [
    '10.0.0.9-10.0.0.1',
    '10.0.0.1-fd00::1',
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0.0/x',
    '1-2',
    'a-b',
  ];
  for (const text of [...none, '10.0.0.1-', '10.0.0.0/24-10.0.1.0/24', '10.0.0.1-10.0.0.2-10.0.0.3', ''])
    assert.equal(parseRange(text), undefined, text);
  assert.deepEqual(parseRange('10.0.0.1-10.0.0.9'), { version: 4, first: 167772161n, last: 167772169n });
});

test('host bits, and the middle of a network', () => {
  for (const [text, expected] of [
    ['10.0.0.7/24', true],
    ['10.0.0.0/24', false],
    ['10.0.0.7', false],
    ['fd00::1/64', true],
    ['fd00::/64', false],
    ['nonsense', false],
  ] as const)
    assert.equal(hasHostBits(text), expected, text);
  const middle = (text: string) => {
    const range = parseRange(text);
    return range && printIp(middleOf(range));
  };
  assert.equal(middle('10.0.0.0/24'), '10.0.0.128');
  assert.equal(middle('10.0.0.7'), '10.0.0.7');
  assert.equal(middle('fd00::/64'), 'fd00:0:0:0:8000:0:0:0');
});
