/** The text of conf files: what Proxmox wrote is read and printed again without a difference. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeText,
  encodeText,
  parseConf,
  parseProperties,
  printConf,
  printProperties,
} from '../../src/proxmox/conf.ts';
import { shippedRecording } from '../conformance/recording.ts';

test('every recorded conf file that Proxmox wrote is printed as it was read', () => {
  for (const name of [
    'ct-create-full',
    'clone-full',
    'snap-stopped',
    'snap-errors',
    'set-running-pending',
    'set-tags-description',
  ])
    for (const step of shippedRecording(name).steps)
      for (const [key, text] of Object.entries(step.after ?? {})) {
        if (!key.startsWith('lxc/') || typeof text !== 'string' || /^tags: $/m.test(text)) continue;
        assert.equal(printConf(parseConf(text)), text, `${name} ${step.argv?.join(' ')}`);
      }
});

test('an empty tags line gains one blank at the first rewrite only (B56)', () => {
  const once = printConf(parseConf('tags: \n'));
  assert.equal(once, 'tags:  \n');
  assert.equal(printConf(parseConf(once)), once);
});

test('descriptions are encoded for %, : and all that is not ASCII, and decoded again (B57)', () => {
  assert.equal(encodeText('second: 100% ö'), 'second%3A 100%25 %C3%B6');
  for (const text of ['a:b', '50%', 'äöü 漢字', '%zz', '']) assert.equal(decodeText(encodeText(text)), text);
});

test('sections, raw lines and unknown lines are told apart', () => {
  const conf = parseConf(
    '#a\nmemory: 64\nlxc.idmap: u 0 1 2\nbogus.key: 1\n\n[pve:pending]\ndelete: cores,mp0\nswap: 1\n\n[s1]\nmemory: 32\n',
  );
  assert.equal(conf.description, 'a\n');
  assert.deepEqual(conf.lxc, [{ key: 'lxc.idmap', value: 'u 0 1 2' }]);
  assert.deepEqual(conf.unknown, ['bogus.key: 1']);
  assert.deepEqual(conf.pendingDelete, ['cores', 'mp0']);
  assert.equal(conf.pending.keys.get('swap'), '1');
  assert.equal(conf.snapshots.get('s1')?.keys.get('memory'), '32');
});

test('property strings keep their default key in front', () => {
  const mount = parseProperties('tank:vm-1,size=1G,mp=/d,backup=1', 'volume');
  assert.equal(printProperties(mount, ['volume', 'mp'], 'volume'), 'tank:vm-1,mp=/d,backup=1,size=1G');
});
