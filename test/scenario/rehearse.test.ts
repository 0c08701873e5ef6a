/** Rehearsals with the program: the story of a run, of a failure, and of the run after it; and that nothing is left of them. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { host } from './over-ssh.ts';
import { builtFleet, Project } from './rig.ts';

test('a rehearsal tells when what would happen and how long it takes, and leaves no trace', () => {
  const project = Project.fleet();
  const { code, out } = project.phx('rehearse', 'ctid:900', '-j', '2');
  assert.equal(code, 0);
  const [first] = out.split('\n');
  assert.equal(first, `phx · rehearsal for ${host.label} · 18 tasks to run · 2 jobs · nothing is changed`);
  assert.match(out, /^.*\n\n {3}0:00 {2}✓ /);
  assert.match(out, /\n +0:\d\d {2}✓ ctid:900\/define {2}\d\.\ds\n +pct create 900 /);
  assert.match(
    out,
    /\nabout \d+\.\ds with 2 jobs, \d+\.\ds one after the other · durations of other nodes\n/,
  );
  assert.match(out, /\nno number of jobs shortens .*ctid:900\/snapshot:sealed\n$/);
  assert.ok(!existsSync(join(project.root, '.cache', 'twin')));
  const known = JSON.parse(project.phx('rehearse', 'all', '-j', '4', '--json').out);
  assert.ok(known.makespan > 60_000 && known.makespan < known.serial);
  assert.match(builtFleet().phx('rehearse', 'all').out, /0 tasks to run[\s\S]*\nnothing to do\n$/);
});

test('a failure is told with what it holds up, and with what the next run would do', () => {
  const project = Project.fleet();
  const failed = project.phx(
    'rehearse',
    'ctid:900',
    '--fault',
    'pct create 900',
    '--stderr',
    'storage is full',
  ).out;
  assert.match(
    failed,
    /✗ ctid:900\/define[\s\S]*said +storage is full\n +8 tasks held up by ctid:900\/define\n/,
  );
  assert.match(
    failed,
    /\nThe next run:\n +✓ ctid:900\/define +\n +pct create 900 [\s\S]*✓ ctid:900\/snapshot:sealed/,
  );
  const killed = project.phx('rehearse', 'ctid:900', '--fault', 'pct create 900', '--kill', 'during').out;
  assert.match(killed, /\nphx is killed here: nothing after it is done or recorded\.\n/);
  assert.match(killed, /pct unlock 900\n +pct destroy 900 --destroy-unreferenced-disks 1\n +pct create 900 /);
  const hangs = project.phx('rehearse', 'ctid:900', '--fault', 'pct create 900', '--hang').out;
  assert.match(hangs, /exit +124 after 3600\.0s/);
  const never = project.phx('rehearse', 'ctid:900', '--fault', 'pct destroy');
  assert.deepEqual(
    [never.code, never.err.split('\n')[0]],
    [2, '✗ No command of this run begins with pct destroy'],
  );
});
