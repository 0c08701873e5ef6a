/** Our smb.conf as the real testparm reads it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSmbConf } from '../../src/proxmox/smb-conf.ts';
import { judged, textOf, writtenFiles } from './written.ts';

const check = (text: string) =>
  judged(text, 'smb.conf', (path) => ['testparm', '-s', '--suppress-prompt', path]);

/** What testparm says of a file that it does not simply take. Where Samba is only unpacked it misses folders, too. */
const complaint = /unknown parameter|ignoring|badly formed|^error(?!: \w+ directory \S+ does not exist)/im;

test('what the host steps write is understood, with every share and its options', async () => {
  const { said, out } = check(textOf(await writtenFiles(), '/etc/samba/smb.conf'));
  assert.match(said, /Loaded services file OK/);
  assert.doesNotMatch(said, complaint);
  const understood = parseSmbConf(out);
  const shares = [...understood.keys()].filter((name) => name !== 'global').sort();
  assert.deepEqual(shares, [
    'shared-bulk-data',
    'shared-prod-data',
    'shared-prod-data-sync',
    'shared-test-data',
    'shared-test-data-sync',
  ]);
  const share = understood.get('shared-prod-data');
  assert.equal(share?.get('path'), '/quickOS/shared-prod-data');
  assert.equal(share?.get('read only'), 'No');
  assert.equal(share?.get('valid users'), 'heads');
});

test('a parameter that Samba does not know is told, and the file loaded all the same', () => {
  const { said } = check('[global]\n\tworkgroop = LAB\n');
  assert.match(said, /Loaded services file OK/);
  assert.match(said, complaint);
});
