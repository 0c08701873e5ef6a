/** The commands about guests themselves: what they do, in which order, what they ask, what they refuse. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtFleet } from './rig.ts';

test('stop takes along what rests on a guest, first; start brings what a guest needs, first', () => {
  const project = builtFleet();
  const asked = project.phx('stop', 'ctid:955');
  assert.equal(asked.code, 2);
  assert.match(asked.out, /ctid:956 \(openWebUI-phoenix\) rests on what is stopped, and stops first/);
  assert.match(asked.err, /Nothing was done[\s\S]*--yes\. --only/);
  assert.match(project.phx('status', 'ctid:955').out, /running/);
  const stopped = project.phx('stop', 'ctid:955', '--yes');
  assert.equal(stopped.code, 0, stopped.err);
  assert.ok(stopped.out.indexOf('pct shutdown 956') < stopped.out.indexOf('pct shutdown 955'));
  assert.match(stopped.out, /the next run starts ctid:955, ctid:956 again/);
  const started = project.phx('start', 'ctid:956', '--yes');
  assert.match(started.out, /ctid:955 \(ollama-oWUI\) is needed by what is started, and starts first/);
  assert.ok(started.out.indexOf('pct start 955') < started.out.indexOf('pct start 956'));
  assert.equal(project.phx('stop', 'ctid:955', '--only').code, 0);
  assert.match(project.phx('status', 'ctid:956').out, /running/);
  assert.deepEqual(project.run(['ctid:955']).commands, ['pct start 955']);
});

test('a snapshot is taken, listed and gone back to; what the next run finds gone it does again', () => {
  const project = builtFleet();
  assert.equal(project.phx('snapshot', 'ctid:952', 'before').code, 0);
  const again = project.phx('snapshot', 'ctid:952', 'before');
  assert.equal(again.code, 8);
  assert.match(again.out, /already has a snapshot before/);
  project.edit(project.guest(952), 'params: {', "params: { version: '1.15.5',");
  assert.deepEqual(project.run(['ctid:952']).tasks('done'), ['ctid:952/app', 'ctid:952/health']);
  assert.match(project.phx('rollback', 'ctid:952').out, /before {2}\d{4}-\d\d-\d\d/);
  const asked = project.phx('rollback', 'ctid:952', 'before');
  assert.equal(asked.code, 2);
  assert.match(
    asked.out,
    /goes back to before of .*, with the data under \/qdrant\/storage; what came later is lost/,
  );
  assert.equal(project.phx('rollback', 'ctid:952', 'before', '--yes').code, 0);
  assert.match(project.phx('status', 'ctid:952').out, /running/);
  assert.deepEqual(project.run(['ctid:952']).tasks('done'), ['ctid:952/app', 'ctid:952/health']);
  const missing = project.phx('rollback', 'ctid:952', 'never', '--yes');
  assert.equal(missing.code, 8);
  assert.match(missing.out, /has no snapshot never[\s\S]*there are +before/);
});

test('a backup is proved, and says what it leaves out', () => {
  const project = builtFleet();
  const backup = project.phx('backup', 'ctid:955');
  assert.equal(backup.code, 0, backup.err);
  assert.match(backup.out, /mp0 .* is no part of the backup/);
  const volume = /backup (fastData-shared-backups:backup\/\S+)/.exec(backup.out)?.[1] ?? '';
  const listed = project.phx('twin', 'exec', '--', 'pvesm', 'list', 'fastData-shared-backups');
  assert.ok(volume !== '' && listed.out.includes(volume), listed.out);
  const wrong = project.phx('backup', 'ctid:955', '--storage', 'quickOS-lxc-disks');
  assert.equal(wrong.code, 1);
  assert.match(wrong.out, /wrong content type/);
});

test('destroy asks, honours protection, spares what is not ours, and the next run builds anew', () => {
  const project = builtFleet();
  const asked = project.phx('destroy', 'ctid:952');
  assert.equal(asked.code, 2);
  assert.match(
    asked.out,
    /destroyed with all its volumes and snapshots, among them the data under \/qdrant\/storage/,
  );
  project.phx('twin', 'exec', '--', 'pct', 'set', '952', '--protection', '1');
  const kept = project.phx('destroy', 'ctid:952', '--yes');
  assert.equal(kept.code, 8);
  assert.match(kept.out, /Container 952 is protected/);
  project.phx('twin', 'exec', '--', 'pct', 'set', '952', '--protection', '0');
  const gone = project.phx('destroy', 'ctid:952', '--yes');
  assert.equal(gone.code, 0, gone.out);
  assert.match(project.phx('status', 'ctid:952').out, /absent/);
  const template = 'fastData-shared-iso:vztmpl/ubuntu-24.04-standard_24.04-2_amd64.tar.zst';
  project.phx('twin', 'exec', '--', 'pct', 'create', '970', template, '--rootfs', 'quickOS-lxc-disks:4');
  const foreign = project.phx('destroy', 'ctid:970', '--yes');
  assert.equal(foreign.code, 8);
  assert.match(foreign.out, /Container 970 was not made by phx/);
  assert.ok(project.run(['ctid:952']).commands.some((command) => command.startsWith('pct clone 902 952')));
  assert.equal(project.phx('destroy', 'ctid:9520', '--yes').code, 2);
});

test('exec keeps the exit code, logs show the journal; a stopped guest is one clear word', () => {
  const project = builtFleet();
  assert.match(project.phx('exec', 'ctid:952', '--', 'hostname').out, /qdrant-VSCodeRag/);
  assert.equal(project.phx('exec', 'ctid:952', '--', 'sh', '-c', 'exit 7').code, 7);
  assert.match(project.phx('exec', 'hypervisor', '--', 'pct', 'status', '952').out, /status: running/);
  const asleep = project.phx('exec', 'ctid:900', '--', 'hostname');
  assert.equal(asleep.code, 8);
  assert.match(asleep.err, /is stopped[\s\S]*phx start ctid:900/);
  assert.equal(project.phx('logs', 'ctid:952', '-n', '3').code, 0);
});
