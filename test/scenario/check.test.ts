/** `phx check`: asks whatever the records say, tells one guest a row, and leaves no trace. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CheckRow } from '../../src/cli/check-rows.ts';
import { builtFleet, Project } from './rig.ts';

interface CheckDocument {
  readonly host: string;
  readonly integration: boolean;
  readonly guests: readonly CheckRow[];
}

function checked(project: Project, code: number, ...words: string[]): Map<string, CheckRow> {
  const ended = project.phx('check', ...words, '--json');
  assert.equal(ended.code, code, ended.err + ended.out);
  const { guests } = JSON.parse(ended.out) as CheckDocument;
  return new Map(guests.map((row) => [row.target, row]));
}

test('check: a guest a row, stopped sources as such; on a fresh node what to type; no record of it', () => {
  const fresh = Project.fleet();
  const absent = fresh.phx('check', 'ctid:950', 'ctid:900');
  assert.equal(absent.code, 1, absent.err);
  assert.match(absent.out, /ctid:950 .* ✗ is not on the node {2}→ type: phx run ctid:950\n2 failed/);
  for (const trace of ['twin', 'stamps', 'journal', 'run.lock', 'log'])
    assert.ok(!existsSync(join(fresh.root, '.cache', trace)), `.cache/${trace} was made`);

  const project = builtFleet();
  const traces = () =>
    ['journal', 'log', 'stamps'].map((name) => readdirSync(join(project.root, '.cache', name)));
  const before = traces();
  const [stamps = ''] = before[2] ?? [];
  const recorded = project.read(join('.cache/stamps', stamps));
  const well = project.phx('check');
  assert.equal(well.code, 0, well.err);
  assert.match(well.out, /ctid:900 {3}Template-Base +- stopped, as wanted\n/);
  assert.match(well.out, /ctid:953 {3}Nginx-VscodeRag +✓ well {2}3 checks\n/);
  assert.match(well.out, /12 well · 7 stopped, as wanted/);
  assert.deepEqual(traces(), before);
  assert.equal(project.read(join('.cache/stamps', stamps)), recorded);
  assert.equal(project.phx('check', '-q').out.split('\n').length, 3);
});

test('check: what is not well is told with its reason and what to type, whatever was recorded', () => {
  const project = builtFleet();
  project.phx('twin', 'exec', '--', 'pct', 'exec', '953', '--', 'systemctl', 'stop', 'nginx');
  project.phx('twin', 'exec', '--', 'pct', 'stop', '954');
  project.phx('twin', 'exec', '--', 'pct', 'destroy', '956', '--force');
  project.phx('twin', 'fault', 'pct exec 952', '--exit', '255', '--stderr', 'lost');
  project.phx('twin', 'exec', '--', 'pct', 'start', '900');
  project.edit(
    'config/hypervisor.json5',
    '  nfs: {',
    "  external: { '700': { health: { checks: [{ tcp: '10.0.0.155:11434' }] } }, '701': { health: { checks: [{ tcp: '10.0.0.13:5432' }] } } },\n  nfs: {",
  );
  const rows = checked(project, 1);
  const title = (target: string) => rows.get(target)?.problem?.title;
  assert.deepEqual(
    [...rows.values()].filter(({ result }) => result === 'failed').map(({ target }) => target),
    ['ctid:952', 'ctid:953', 'ctid:954', 'ctid:956', 'external:701'],
  );
  assert.equal(title('ctid:952'), 'pct exec failed with exit code 255');
  assert.deepEqual(rows.get('ctid:953')?.problem?.command, 'phx logs ctid:953');
  assert.deepEqual(
    rows.get('ctid:953')?.checks.map(({ check, ended }) => `${check} ${ended}`),
    ['unit:nginx failed', 'port:80 failed', 'port:443 failed'],
  );
  assert.equal(rows.get('ctid:954')?.problem?.command, 'phx start ctid:954');
  assert.equal(rows.get('ctid:956')?.state, 'absent');
  assert.equal(rows.get('external:700')?.result, 'well');
  const two = project.phx('check', 'ctid:953', 'ctid:900');
  assert.match(two.out, /ctid:900 .*✓ well, though wanted stopped/);
  assert.match(
    two.out,
    /✗ not well\n +✗ unit:nginx .*\(no answer\)\n( +✗ port.*\n){2} +→ type: phx logs ctid:953\n/,
  );
  assert.equal(project.phx('check', 'hypervisor').code, 2);
  assert.match(project.phx('check', 'ctid:95').err, /There is no guest ctid:95/);
  project.edit('phoenixfile.ts', ', vm()]', ']');
  assert.match(project.phx('check', 'vmid:8001').err, /no plugin builds it/);
});

test('check --integration: the sample is green for what the twin knows, and red where a unit is stopped or a command fails', () => {
  const project = builtFleet();
  const rows = checked(project, 0, 'all', '--integration');
  const tests = [...rows.values()].flatMap(({ checks }) => checks.filter(({ kind }) => kind === 'test'));
  assert.ok(tests.length > 20);
  for (const { check, said } of tests)
    assert.match(said, check.includes('.sh') ? /^not run on the twin; there is all/ : /^200$/, check);
  const before = project.read('.cache/twin/state.json');
  assert.equal(project.phx('check', '--integration', '-q').code, 0);
  assert.equal(project.read('.cache/twin/state.json'), before, 'nothing is left in the guests');
  project.phx('twin', 'exec', '--', 'pct', 'exec', '950', '--', 'systemctl', 'stop', 'vllm');
  project.phx('twin', 'exec', '--', 'pct', 'exec', '952', '--', 'systemctl', 'stop', 'docker');
  project.phx('twin', 'fault', 'pct exec 910 --keep-env 0 -- bash', '--exit', '255', '--stderr', 'lost');
  const red = checked(project, 1, 'ctid:910', 'ctid:950', 'ctid:952', '--integration');
  const ended = (target: string) => red.get(target)?.checks.map((one) => one.ended);
  assert.deepEqual(ended('ctid:910'), ['passed', 'failed', 'passed', 'passed']);
  assert.deepEqual(ended('ctid:950'), ['failed', 'not run', 'not run', 'not run']);
  assert.deepEqual(ended('ctid:952'), ['passed', 'failed', 'failed', 'passed']);
  assert.equal(red.get('ctid:910')?.checks[1]?.said, 'lost');
});

test('check: Ctrl-C ends it, also where a guest does not answer', async () => {
  const project = builtFleet();
  project.phx('twin', 'fault', 'pct exec 952', '--hang');
  // Slow enough that somebody can press a key.
  const child = project.start('check', 'ctid:952', 'ctid:953', '--twin-latency', '0.5');
  let out = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    out += String(chunk);
  });
  while (!out.includes('check of 2')) await once(child.stdout ?? child, 'data');
  child.kill('SIGINT');
  await once(child, 'close');
  assert.equal(child.exitCode, 130);
  assert.match(out, /ctid:952 .* - not asked\n/);
});
