/**
 * Puts many mutations to the rules: the sample of a printed seed (PHX_SEED takes another), all of them with PHX_MUTATIONS=all.
 * At the end it prints how many there were, and of which class.
 */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { seed, tell } from '../faults/seed.ts';
import type { Mutation } from './leaves.ts';
import { buildFleet, type Class, tryOut } from './mill.ts';
import { complaintsOf, complaintsOnReturn } from './rules.ts';

const all = process.env.PHX_MUTATIONS === 'all';
/** How many of each file of tests are tried otherwise. */
const few = 16;
/** Each so-and-so-many-th is taken back again. */
const returning = all ? 20 : 4;

export async function prove(mutations: readonly Mutation[]): Promise<void> {
  const chosen = all ? mutations : sampleOf(mutations, seed);
  const built = await buildFleet();
  const classes: Record<Class, number> = { runs: 0, nothing: 0, invalid: 0, blocked: 0, failed: 0 };
  let exact = 0;
  let number = 0;
  after(() => {
    const told = Object.entries(classes).map(([name, count]) => `${count} ${name}`);
    tell(`mutations, of ${mutations.length}`, { mutations: number, exact }, told);
  });
  for (const file of new Set(chosen.map((mutation) => mutation.file))) {
    test(`each edit of ${file} does what it has to, and no more`, async () => {
      const wrong: string[] = [];
      for (const mutation of chosen.filter((one) => one.file === file)) {
        const outcome = await tryOut(built, mutation);
        classes[outcome.class]++;
        const complaints = await complaintsOf(built, mutation, outcome);
        if (outcome.class === 'runs' && mutation.how !== 'taken out' && number % returning === 0)
          complaints.push(...(await complaintsOnReturn(built, outcome)));
        number++;
        if (complaints.length === 0) exact++;
        wrong.push(...complaints.map((complaint) => `${mutation.path} ${mutation.how}: ${complaint}`));
      }
      assert.deepEqual(wrong, []);
    });
  }
}

function sampleOf(mutations: readonly Mutation[], seed: number): Mutation[] {
  let state = (seed % 2_147_483_646) + 1;
  const drawn = new Set<Mutation>();
  while (drawn.size < Math.min(few, mutations.length)) {
    state = (state * 16_807) % 2_147_483_647;
    const one = mutations[state % mutations.length];
    if (one) drawn.add(one);
  }
  return [...drawn];
}
