/**
 * Every crash point, torn file, kill, edit, canary and injection there is, with the sums at the end; PHX_SEED repeats what a
 * seed chooses. All of it, or the parts that are named: `npm run test:faults -- crashes`. On two cores that did something
 * else besides: builds and torn files a quarter of an hour, rebuilds as much, safety points nine, side by side as far
 * as there are cores; mutations ten, canaries and injections one each.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Part → its tests. */
const parts = {
  crashes: ['test/faults'],
  canaries: ['test/scenario/secrets.test.ts'],
  injections: ['test/safety'],
  mutations: ['test/mutations'],
};
const named = process.argv.slice(2);
const unknown = named.find((name) => !(name in parts));
if (unknown !== undefined) {
  console.error(`there is no part ${unknown}; there are ${Object.keys(parts).join(', ')}`);
  process.exit(2);
}

const seed = process.env.PHX_SEED ?? String(Math.floor(Math.random() * 1_000_000));
const tally = resolve(join('.cache', 'tests', 'faults.jsonl'));
mkdirSync(join('.cache', 'tests'), { recursive: true });
rmSync(tally, { force: true });
const env = { ...process.env, PHX_FAULTS: 'all', PHX_MUTATIONS: 'all', PHX_SEED: seed, PHX_TALLY: tally };

let failed = false;
const took = [];
for (const name of named.length > 0 ? named : Object.keys(parts)) {
  const from = Date.now();
  const words = ['scripts/test.mjs', ...parts[name]];
  failed = spawnSync(process.execPath, words, { stdio: 'inherit', env }).status !== 0 || failed;
  took.push(`${name} ${Math.round((Date.now() - from) / 1000)}s`);
}

const sums = {};
const told = existsSync(tally) ? readFileSync(tally, 'utf8').trim().split('\n') : [];
for (const line of told)
  for (const [what, count] of Object.entries(JSON.parse(line))) sums[what] = (sums[what] ?? 0) + count;
/** Nothing that was not tried came out well. */
const sum = (what, of = what) => (sums[of] === undefined ? '-' : (sums[what] ?? 0));
console.log(`
crash points tried   ${sum('points')}, of which ${sum('states')} left something that no other had left
kills tried          ${sum('kills')}
recovered            ${sum('recovered')}
lost                 ${sum('lost', 'points')}
doubled              ${sum('doubled', 'points')}
torn files tried     ${sum('torn')}
mutations tried      ${sum('mutations')}, exact ${sum('exact')}
canaries tried       ${sum('canaries')}, leaked ${sum('leaked')}
injections tried     ${sum('injections')}, effective ${sum('effective')}
seed                 ${seed} (PHX_SEED=${seed} repeats it)
took                 ${took.join(', ')}${failed ? '\nFAILED               see above; what a process that died has tried is not in these sums' : ''}`);
process.exit(failed ? 1 : 0);
