/**
 * Every crash point, torn file and kill there is, with the sums at the end; PHX_SEED repeats what a seed chooses. Takes
 * about a quarter of an hour.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

const seed = process.env.PHX_SEED ?? String(Math.floor(Math.random() * 1_000_000));
const tally = resolve(join('.cache', 'tests', 'faults.jsonl'));
mkdirSync(join('.cache', 'tests'), { recursive: true });
rmSync(tally, { force: true });

const property = ['host', 'guest', 'vm', 'recreate'].map((name) => `${name}-faults`);
const sequences = [...property, 'keep-volumes', 'safety', 'vm-safety'];
const { status } = spawnSync(
  process.execPath,
  ['scripts/test.mjs', 'test/faults', ...sequences.map((name) => `test/property/${name}.test.ts`)],
  { stdio: 'inherit', env: { ...process.env, PHX_FAULTS: 'all', PHX_SEED: seed, PHX_TALLY: tally } },
);

const sums = {};
const told = existsSync(tally) ? readFileSync(tally, 'utf8').trim().split('\n') : [];
for (const line of told)
  for (const [what, count] of Object.entries(JSON.parse(line))) sums[what] = (sums[what] ?? 0) + count;
const sum = (what) => sums[what] ?? 0;
console.log(`
crash points tried   ${sum('points')} (${sum('states')} of them left something that no other had left)
recovered            ${sum('recovered')} of ${sum('points') + sum('kills')}
lost                 ${sum('lost')}
doubled              ${sum('doubled')}
torn files tried     ${sum('torn')}
kills tried          ${sum('kills')}
seed                 ${seed} (PHX_SEED=${seed} repeats it)`);
process.exit(status ?? 1);
