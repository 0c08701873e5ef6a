/** storage.cfg as Proxmox, and people with editors, write it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentSet, parseStorageCfg } from '../../src/proxmox/storage-cfg.ts';

const text = `dir: local
\tpath /var/lib/vz
\tcontent iso,vztmpl,backup

zfspool: quick
\tpool quickOS/lxc
\tcontent rootdir,images
\tsparse

# a comment
dir: with-blank
   path   /tank/my iso
\tis_mountpoint yes
`;

test('sections with their options', () => {
  const sections = [...parseStorageCfg(text).values()].map(({ type, id, options }) => [type, id, ...options]);
  assert.deepEqual(sections, [
    ['dir', 'local', ['path', '/var/lib/vz'], ['content', 'iso,vztmpl,backup']],
    ['zfspool', 'quick', ['pool', 'quickOS/lxc'], ['content', 'rootdir,images'], ['sparse', '1']],
    ['dir', 'with-blank', ['path', '/tank/my iso'], ['is_mountpoint', 'yes']],
  ]);
});

test('what belongs to no section is left out', () => {
  for (const odd of [
    '',
    '\n',
    '\tpath /x\n',
    'nonsense\n',
    'dir local\n\tpath /x\n',
    'dir: a\n\n\tpath /x\n',
  ]) {
    const sections = parseStorageCfg(odd);
    assert.equal([...sections.values()].flatMap(({ options }) => [...options]).length, 0, odd);
  }
});

test('a later section of one id wins, and starts anew', () => {
  const sections = parseStorageCfg('dir: a\n\tpath /x\n\tcontent iso\n\nzfspool: a\n\tpool p\n');
  assert.deepEqual(
    [sections.get('a')?.type, [...(sections.get('a')?.options ?? [])]],
    ['zfspool', [['pool', 'p']]],
  );
});

test('content is a set', () => {
  for (const list of ['iso,vztmpl', 'vztmpl,iso', ' iso , vztmpl ', 'iso,,vztmpl,', 'iso,vztmpl,iso'])
    assert.equal(contentSet(list), 'iso,vztmpl');
  assert.equal(contentSet(''), '');
});
