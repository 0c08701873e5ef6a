/**
 * Strikes some steps wherever they can be struck, a test for each way, and counts how that came out. What has to hold after
 * a strike is handed in.
 */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Disturbance, deaths, failures, isDeath } from './node.ts';
import type { FileSeam } from './seam.ts';
import { chosen, dice, tell } from './seed.ts';
import { leftBy, type Point, type Step, type Struck, strike, told } from './undertaking.ts';

export interface Wanted<S extends Step> {
  /** In front of the names of tests. */
  readonly of?: string;
  readonly steps: readonly S[];
  /** So many points of each way are tried where not all are. */
  readonly commands: number;
  readonly writes: number;
  /** Fewer points than that at commands would mean nothing. */
  readonly least: number;
  /** Without: every way. */
  readonly ways?: readonly Disturbance[];
  /** So many where all are tried; without: every one. */
  readonly most?: number;
  readonly recover: (point: Point<S>, struck: Struck, words: string) => Promise<void>;
}

/** Only what takes bytes can be cut in the middle. */
const cuttable = /^(write|append)/;

export class Trial {
  readonly #seam: FileSeam;
  readonly #roll: () => number;
  readonly #seen = new Set<string>();
  readonly #counts = { points: 0, states: 0, recovered: 0, lost: 0, doubled: 0 };

  /** `name`: of what is told at the end. */
  constructor(name: string, seam: FileSeam) {
    this.#seam = seam;
    this.#roll = dice(name);
    after(() => {
      seam.release();
      tell(name, this.#counts);
    });
  }

  strikes<S extends Step>(wanted: Wanted<S>): void {
    const { steps, commands, writes, least, most, of = '' } = wanted;
    const title = (words: string) => (of === '' ? words : `${of}: ${words}`);
    for (const what of wanted.ways ?? [...deaths, ...failures]) {
      test(title(isDeath(what) ? `dead ${what} a command` : `a command ${what}`), async () => {
        const points = atCommands(steps, what);
        assert.ok(points.length >= least, steps.map(({ asked }) => asked.join('\n')).join('\n'));
        await this.#tryAll(chosen(points, commands, this.#roll, most), wanted);
      });
    }
    for (const what of writes > 0 ? deaths : []) {
      test(title(`dead ${what} a write of phx's own`), async () => {
        const points = steps.flatMap((step) =>
          step.wrote.flatMap((name, at): Point<S>[] =>
            what === 'during' && !cuttable.test(name) ? [] : [{ step, disk: { at, what } }],
          ),
        );
        assert.ok(points.length >= least, String(points.length));
        await this.#tryAll(chosen(points, writes, this.#roll, most), wanted);
      });
    }
  }

  /** All of them, so that the sums are true; then the first of what went wrong. */
  async #tryAll<S extends Step>(points: readonly Point<S>[], wanted: Wanted<S>): Promise<void> {
    const wrong: Error[] = [];
    for (const point of points) {
      try {
        await this.#tried(point, wanted);
      } catch (error) {
        const { message } = error as Error;
        if (message.startsWith('lost')) this.#counts.lost++;
        if (message.startsWith('doubled')) this.#counts.doubled++;
        wrong.push(error as Error);
      }
    }
    for (const error of wrong) console.log(`wrong: ${error.message.slice(0, 600)}`);
    if (wrong[0]) throw wrong[0];
  }

  /** Strikes and recovers; what left nothing new behind was recovered from before. */
  async #tried<S extends Step>(point: Point<S>, { recover }: Wanted<S>): Promise<void> {
    const words = told(point);
    const struck = await strike(this.#seam, point);
    this.#counts.points++;
    assert.equal(struck.error, undefined, words);
    const left = struck.lived ? undefined : leftBy(this.#seam, point.step, struck);
    if (left === undefined || !this.#seen.has(left)) {
      this.#counts.states++;
      await recover(point, struck, words);
    }
    if (left !== undefined) this.#seen.add(left);
    this.#counts.recovered++;
  }
}

function atCommands<S extends Step>(steps: readonly S[], what: Disturbance): Point<S>[] {
  return steps.flatMap((step) => step.asked.map((_, at): Point<S> => ({ step, node: { at, what } })));
}
