/** The ownership mark: printed, read, and worth nothing on a guest that it does not name. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeText, parseConf } from '../../src/proxmox/conf.ts';
import { type Mark, printMark, readMark, withMark, withoutMark } from '../../src/proxmox/mark.ts';

const mark: Mark = {
  project: 'phoenix',
  kind: 'ctid',
  vmid: 950,
  incarnation: '3f2a91',
  from: 'clone:920@sealed-00aa11',
};

test('a mark is one line of words', () => {
  const line = 'phx: project=phoenix kind=ctid vmid=950 incarnation=3f2a91 from=clone:920@sealed-00aa11';
  assert.equal(printMark(mark), line);
  assert.deepEqual(readMark(line, 950), mark);
});

test('a clone copies the description: the mark of another id is none', () => {
  assert.equal(readMark(printMark(mark), 951), undefined);
  assert.equal(readMark(printMark(mark), 95), undefined);
});

test('what is no whole mark is none', () => {
  for (const text of [
    '',
    'my guest',
    'phx: ',
    'phx: vmid=950',
    'phx: project=p kind=ctid vmid=950 from=x',
    'phx: project=p kind=ctid vmid=950 incarnation= from=x',
    'phx: project=p kind=node vmid=950 incarnation=i from=x',
    ' phx: project=p kind=ctid vmid=950 incarnation=i from=x',
  ])
    assert.equal(readMark(text, 950), undefined, text);
});

const word = fc.stringMatching(/^[A-Za-z0-9:@._/-]{1,20}$/);
const marks: fc.Arbitrary<Mark> = fc.record(
  {
    project: word,
    kind: fc.constantFrom('ctid' as const, 'vmid' as const),
    vmid: fc.integer({ min: 100, max: 999_999_999 }),
    incarnation: word,
    from: word,
  },
  { noNullPrototype: true },
);
const texts = fc
  .string({ unit: 'grapheme' })
  .filter((text) => !/^phx: /m.test(text) && text === text.replace(/\n+$/, ''));

test('mark and text live in one description, through the conf file and back', () => {
  fc.assert(
    fc.property(marks, texts, (one, text) => {
      const lines = withMark(one, text).split('\n');
      const { description } = parseConf(lines.map((line) => `#${encodeText(line)}\n`).join(''));
      assert.deepEqual(readMark(description, one.vmid), one);
      assert.equal(withoutMark(description), text);
    }),
  );
});

test('a text below another mark cannot forge one: the first counts', () => {
  const forged = printMark({ ...mark, project: 'other' });
  assert.equal(readMark(withMark(mark, forged), 950)?.project, 'phoenix');
  assert.equal(withMark(mark, undefined), printMark(mark));
});
