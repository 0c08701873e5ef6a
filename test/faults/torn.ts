/**
 * What phx keeps of its runs (stamp log, journal, run lock), torn at any byte, of another version, unreadable; and a disk
 * that is full or may not be written, at any write. One clear error, or the run goes on; when the cause is gone the next run
 * ends in the calm world. A sample by seed here, all with `npm run test:faults`.
 */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { endedWell } from './clear.ts';
import { HeardNode } from './node.ts';
import type { FileSeam } from './seam.ts';
import { chosen, dice, tell } from './seed.ts';
import { type BuildStep, calmAgain, recover, type Tape } from './tape.ts';
import { filesOf, type Point, put, strike, told } from './undertaking.ts';

const versions: Readonly<Record<string, readonly string[]>> = {
  stamps: ['phx-stamps 9\n', 'something else\nentirely\n', '{}', 'null\n'],
  journal: ['{}\n', 'null\n', '[1]\n', 'something else\nentirely\n'],
  lock: ['{}', 'null', '[]', '7', 'something else'],
};

/** Sets up all that is to be torn; what it answers makes the tests of it. */
export async function tornRecords(tape: Tape, seam: FileSeam): Promise<() => void> {
  const roll = dice('torn');
  let torn = 0;
  /** A run that died while it made a container: half of it stands, and every record tells of it. */
  const step = stepOf(tape, 'ctid:900/define');
  const at = step.asked.findIndex((words) => words.startsWith('pct create 900'));
  const dead = await strike(seam, { step, node: { at, what: 'during' } });
  const left = filesOf(seam);

  /** One file of what was left is damaged; `forbidden`: it is whole, but may not be read. */
  async function tried(name: string, bytes: Buffer, words: string, forbidden = false): Promise<void> {
    torn++;
    put(seam, new Map([...left, [name, bytes]]));
    if (forbidden) seam.forbid(join(seam.folder, name));
    const twin = dead.twin.fork();
    const node = new HeardNode(twin);
    const ended = await tape.station.run(new Set([step.task]), twin, node.host()).then(
      (lived) => ({ lived, error: undefined }),
      (error: unknown) => ({ lived: undefined, error }),
    );
    const { lived } = ended;
    const blocked = lived?.troubles.some((trouble) => /half made, and not by a run of ours/.test(trouble));
    if (!blocked && endedWell(ended, words)) {
      assert.deepEqual(lived?.done, [step.id], words);
    } else {
      assert.equal(node.made.size, 0, `${words}: something was made all the same`);
      put(seam, left);
    }
    seam.begin();
    await calmAgainFromLeft(twin, words);
  }

  async function calmAgainFromLeft(twin: typeof dead.twin, words: string): Promise<void> {
    await calmAgain(tape, seam, step, twin, words);
  }

  return () => {
    after(() => tell('torn records', { torn }));
    for (const [kind, name] of [
      ['stamps', 'stamps/node.log'],
      ['journal', [...left.keys()].find((path) => path.startsWith('journal/')) ?? ''],
      ['lock', 'run.lock'],
    ] as const) {
      const bytes = left.get(name) ?? Buffer.alloc(0);

      test(`${kind}: cut at any byte`, async () => {
        assert.ok(bytes.length > 50, name);
        const cuts = chosen([...bytes.keys()], 4, roll);
        for (const cut of cuts) await tried(name, bytes.subarray(0, cut), `${name} cut at ${cut}`);
      });

      test(`${kind}: of another version, or no such file at all`, async () => {
        for (const text of versions[kind] ?? [])
          await tried(name, Buffer.from(text), `${name}: ${JSON.stringify(text)}`);
      });

      test(`${kind}: unreadable`, async () => {
        await tried(name, bytes, `${name} unreadable`, true);
      });
    }

    for (const what of ['ENOSPC', 'EROFS', 'EACCES'] as const) {
      test(`${what} at any write: one clear error or none, and nothing is lost`, async () => {
        const points = tape.steps.flatMap((one) =>
          one.wrote.map((_, write): Point<BuildStep> => ({ step: one, disk: { at: write, what } })),
        );
        for (const point of chosen(points, 3, roll, 1000)) {
          const words = told(point);
          torn++;
          const struck = await strike(seam, point);
          endedWell(struck, words);
          await recover(tape, seam, point, struck, words);
        }
      });
    }
  };
}

function stepOf({ steps }: Tape, id: string): BuildStep {
  const found = steps.find((one) => one.id === id);
  assert.ok(found, id);
  return found;
}
