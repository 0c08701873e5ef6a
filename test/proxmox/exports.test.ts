/** /etc/exports: ours, those of people, and what exportfs would refuse. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { exportProblems, parseExports, printExport } from '../../src/proxmox/exports.ts';

test('a line has its options behind each client, and no blank before them', () => {
  for (const [path, clients, options, line] of [
    ['/tank/data', ['10.0.0.0/24'], ['rw', 'sync'], '/tank/data 10.0.0.0/24(rw,sync)'],
    ['/tank/data', ['a', '*.lan'], ['ro'], '/tank/data a(ro) *.lan(ro)'],
    ['/tank/data', ['a', 'b'], [], '/tank/data a b'],
    ['/tank/my data', ['a'], ['rw'], '/tank/my\\040data a(rw)'],
    ['/a"b#c\\d\te', ['a'], [], '/a\\042b\\043c\\134d\\011e a'],
  ] as const)
    assert.equal(printExport(path, clients, options), line);
});

test('what is printed is read as the same', () => {
  const path = fc.string({ unit: 'binary-ascii' }).map((text) => `/${text.replace(/[\0\n\r]/g, '')}`);
  fc.assert(
    fc.property(path, (odd) => {
      const text = `${printExport(odd, ['10.0.0.0/24', '@ops'], ['rw', 'fsid=0'])}\n`;
      assert.deepEqual(
        [...parseExports(text)],
        [[odd, ['10.0.0.0/24', '@ops'].map((client) => ({ client, options: ['rw', 'fsid=0'] }))]],
      );
    }),
  );
});

test('files of people', () => {
  const text = `# /etc/exports
/srv/homes       hostname1(rw,sync,no_subtree_check) hostname2(ro,sync)   # two
/srv/nfs4        gss/krb5i(rw,sync)
/srv/long  10.0.0.1(rw) \\
           10.0.0.2(ro)
"/srv/my data"   *(ro)
/srv/my\\040other *.lan(ro)
/srv/common -ro,sync a b(rw) -rw c
/srv/homes  fd00::/64(ro)
/pub
/open (ro)
   # indented
`;
  const one = (client: string, ...options: string[]) => ({ client, options });
  assert.deepEqual(
    [...parseExports(text)],
    [
      [
        '/srv/homes',
        [
          one('hostname1', 'rw', 'sync', 'no_subtree_check'),
          one('hostname2', 'ro', 'sync'),
          one('fd00::/64', 'ro'),
        ],
      ],
      ['/srv/nfs4', [one('gss/krb5i', 'rw', 'sync')]],
      ['/srv/long', [one('10.0.0.1', 'rw'), one('10.0.0.2', 'ro')]],
      ['/srv/my data', [one('*', 'ro')]],
      ['/srv/my other', [one('*.lan', 'ro')]],
      ['/srv/common', [one('a', 'ro', 'sync'), one('b', 'ro', 'sync', 'rw'), one('c', 'rw')]],
      ['/pub', [one('*')]],
      ['/open', [one('*', 'ro')]],
    ],
  );
  assert.deepEqual([...parseExports(''), ...parseExports('\n# nothing\n')], []);
});

const good = ['10.0.0.0/24'];

test('clients and options that exportfs takes', () => {
  const options = [
    ...[
      'rw',
      'sync',
      'no_subtree_check',
      'no_root_squash',
      'anonuid=1000',
      'anongid=-2',
      'fsid=0',
      'crossmnt',
    ],
    ...[
      'sec=krb5p:krb5:sys',
      'xprtsec=mtls',
      'mp',
      'insecure',
      'refer=/x@host',
      'security_label',
      'nordirplus',
    ],
  ];
  assert.deepEqual(exportProblems('/tank/my data', good, options), []);
  for (const fsid of ['root', '7', '3f2a1b4c-0000-0000-0000-00000000abcd'])
    assert.deepEqual(exportProblems('/tank', good, [`fsid=${fsid}`]), []);
  for (const client of [
    ...['*', 'host', 'host.lan', '*.lan', 'node?.lan', 'node[0-9].lan', '@ops', '10.0.0.1', '10.0.0.0/24'],
    ...['10.0.0.0/255.255.255.0', 'fd00::1', 'fd00::/64'],
  ])
    assert.deepEqual(exportProblems('/tank', [client], ['rw']), [], client);
});

test('clients and options that exportfs refuses, or that mean something else', () => {
  const table: readonly (readonly [string, readonly string[], readonly string[], RegExp])[] = [
    ['tank', good, [], /does not begin with \//],
    ['/tank/../etc', good, [], /has a \. or \.\./],
    ['/tank', [], [], /no client/],
    ['/tank', ['a', 'a'], [], /the client a stands there twice/],
    ['/tank', ['10.0.0.0/33'], [], /is no network/],
    ['/tank', ['10.0.0.7/24'], [], /an address of a network/],
    ['/tank', ['host/24'], [], /is no network/],
    ['/tank', ['10.0.0'], [], /is no IPv4 address/],
    ['/tank', ['fd00:::1'], [], /is no IPv6 address/],
    ['/tank', ['gss/krb5i'], [], /old form: use sec=krb5/],
    ['/tank', ['a b'], [], /"a b" is no client/],
    ['/tank', ['a(rw)'], [], /is no client/],
    ['/tank', ['-ro'], [], /begins with -/],
    ['/tank', [''], [], /"" is no client/],
    ['/tank', ['@'], [], /is no netgroup/],
    ['/tank', ['höst'], [], /is no host name/],
    ['/tank', good, ['no_subtree_chek'], /there is no option "no_subtree_chek"/],
    ['/tank', good, [''], /there is no option ""/],
    ['/tank', good, ['rw=1'], /rw takes no value/],
    ['/tank', good, ['anonuid'], /anonuid needs a value/],
    ['/tank', good, ['anonuid=nobody'], /anonuid cannot be "nobody"/],
    ['/tank', good, ['fsid=abc'], /fsid cannot be/],
    ['/tank', good, ['sec=krb4'], /sec cannot be/],
    ['/tank', good, ['mp=/a b'], /mp cannot be/],
    ['/tank', good, ['rw', 'ro'], /rw and ro contradict/],
    ['/tank', good, ['root_squash', 'no_root_squash'], /contradict/],
  ];
  for (const [path, clients, options, expected] of table) {
    const problems = exportProblems(path, clients, options);
    assert.equal(problems.length, 1, `${path} ${clients} ${options}: ${problems.join('; ')}`);
    assert.match(problems[0] ?? '', expected);
  }
});
