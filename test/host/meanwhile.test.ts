/** A word of a detached command by another way, while the connection is gone: when it is asked for, and what of it is told. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ask } from '../../src/host/ssh/detached.ts';
import { tellingMeanwhile } from '../../src/host/ssh/meanwhile.ts';

/** Lets all that can go on do so. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

function scene(words: readonly (string | undefined)[]) {
  const lines: string[] = [];
  const waits: { readonly ms: number; readonly over: () => void }[] = [];
  let asked = 0;
  let answer = (_: Buffer) => {};
  const ask: Ask = () => new Promise((resolve) => (answer = resolve));
  const telling = tellingMeanwhile(
    ask,
    { argv: ['pct', 'clone', '920', '950'], onLine: (stream, line) => void lines.push(`${stream} ${line}`) },
    {
      tell: async () => words[asked++],
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          waits.push({ ms, over: resolve });
          signal.addEventListener('abort', () => reject(new Error('ended')), { once: true });
        }),
    },
  );
  return {
    ...{ lines, waits, telling },
    asked: () => asked,
    answer: (text: string) => answer(Buffer.from(text)),
    over: async () => {
      waits.at(-1)?.over();
      await settle();
    },
  };
}

test('a question that is answered in time asks nobody else', async () => {
  const { telling, answer, waits, asked, lines, over } = scene(['at work']);
  const first = telling('follow');
  await settle();
  answer('0 0 -');
  assert.equal(String(await first), '0 0 -');
  await over();
  assert.deepEqual([waits.map(({ ms }) => ms), asked(), lines], [[15_000], 0, []]);
});

test('while the answer stays away what is new is told, once, and nothing after it came', async () => {
  const { telling, answer, asked, lines, over } = scene(['at work', 'at work', undefined, 'done', 'late']);
  const first = telling('follow');
  await settle();
  for (let turn = 0; turn < 4; turn++) await over();
  assert.deepEqual(lines, ['stderr at work', 'stderr done']);
  answer('0 0 0');
  await first;
  await over();
  assert.deepEqual([asked(), lines.length], [4, 2]);
});
