/** Which of many points are tried: all of them with PHX_FAULTS=all, else a sample by a seed that is said; and the tally. */

import { appendFileSync } from 'node:fs';

export const everything = process.env.PHX_FAULTS === 'all';
/** The same sample each time, so that a failure is one of the change at hand; PHX_SEED takes another. */
export const seed = Number(process.env.PHX_SEED ?? 8001);

/** Dice that always fall the same for one seed and name. */
export function dice(name: string): () => number {
  let state = seed % 2_147_483_647 || 1;
  for (const letter of name) state = (state * 31 + letter.charCodeAt(0)) % 2_147_483_647 || 1;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** So many of them, in their order; each as likely as any other. */
export function sample<T>(all: readonly T[], count: number, roll: () => number): T[] {
  let wanted = Math.min(count, all.length);
  return all.filter((_, at) => {
    const taken = roll() * (all.length - at) < wanted;
    if (taken) wanted--;
    return taken;
  });
}

/** All of them, or `most`, with PHX_FAULTS=all, else so many. */
export function chosen<T>(
  all: readonly T[],
  count: number,
  roll: () => number,
  most = Number.POSITIVE_INFINITY,
): readonly T[] {
  return sample(all, everything ? most : count, roll);
}

/** What is counted. `states`: of the points, those that left what no other left. */
export type Tally = Partial<
  Record<
    | ('points' | 'states' | 'recovered' | 'lost' | 'doubled' | 'torn' | 'kills')
    | ('mutations' | 'exact' | 'canaries' | 'leaked' | 'injections' | 'effective'),
    number
  >
>;

/** Says what was tried, and adds it to the sum that `npm run test:faults` ends with. */
export function tell(name: string, tally: Tally, more: readonly string[] = []): void {
  const told = Object.entries(tally).map(([what, count]) => `${what} ${count}`);
  console.log(`${name}: ${[...told, ...more].join(', ')} (PHX_SEED=${seed})`);
  const { PHX_TALLY } = process.env;
  if (PHX_TALLY) appendFileSync(PHX_TALLY, `${JSON.stringify(tally)}\n`);
}
