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
  assert.match(project.phx('rollback', 'ctid:952').out, /before +\d{4}-\d\d-\d\d/);
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
  // Into a VM by its agent, which tells of a program once it has ended.
  assert.equal(project.phx('exec', 'vmid:8001', '--', 'sh', '-c', 'exit 7').code, 7);
  assert.match(project.phx('logs', 'vmid:8001').out, /^layer feature:docker /m);
  const followed = project.phx('logs', 'vmid:8001', '--follow');
  assert.deepEqual([followed.code, followed.out], [2, '']);
});

test('an edit that leaves a guest unwell is taken back, waits for a word or another edit, and then goes on', () => {
  const project = builtFleet();
  const file = project.guest(953);
  project.edit(file, 'retries: 12', 'retries: 0');
  assert.deepEqual(project.run(['ctid:953']).tasks('done'), ['ctid:953/health']);

  project.edit(file, "app: 'nginx-gateway'", "app: { name: 'nginx-gateway', params: { max_body: '2m' } }");
  project.phx('twin', 'fault', 'pct exec 953 --keep-env 0 -- sh -s -- unit:nginx', '--exit', '1');
  const failed = project.phx('run', 'ctid:953');
  assert.equal(failed.code, 1, failed.out);
  assert.match(failed.out, /going back to safety-1, taken before app:nginx-gateway/);
  assert.match(failed.out, /gone back to +safety-1; app:nginx-gateway is as before/);
  assert.match(failed.out, /now +it is well again/);
  assert.match(failed.out, /phx run ctid:953 --retry/);
  assert.match(project.phx('status', 'ctid:953').out, /running/);

  const blocked = project.run(['ctid:953'], 8);
  assert.deepEqual([blocked.tasks('blocked'), blocked.commands], [['ctid:953/app'], []]);
  assert.match(project.phx('plan', 'ctid:953').out, /app:nginx-gateway left guest 953 unwell/);
  const named = project.run(['ctid:952', '--retry'], 8);
  assert.deepEqual(named.tasks('blocked'), ['ctid:953/app'], 'another guest was named');
  assert.ok(named.tasks('fresh').includes('ctid:952/health'), 'and is not held up: the gateway works');

  const other = project.copy();
  other.edit(file, "params: { max_body: '2m' }", "params: { max_body: '3m' }");
  assert.deepEqual(other.run(['ctid:953']).tasks('done'), ['ctid:953/app', 'ctid:953/health']);

  const again = project.run(['ctid:953', '--retry']);
  assert.deepEqual(again.tasks('done'), ['ctid:953/app', 'ctid:953/health']);
  assert.deepEqual(
    again.commands
      .filter((command) => /^zfs /.test(command))
      .map((command) => command.replace('quickOS/lxc-disks/', '')),
    ['zfs snapshot subvol-953-disk-0@phx-safety-2', 'zfs destroy subvol-953-disk-0@phx-safety-1'],
  );
  assert.deepEqual(project.run(['ctid:953']).commands, []);
});

test('a person goes back to a point of any kind by its name, and past those of phx to a snapshot', () => {
  const project = builtFleet();
  project.edit(project.guest(952), 'memory: 2048,', "memory: 2048, safety: { by: 'dataset', keep: 2 },");
  assert.equal(project.phx('snapshot', 'ctid:952', 'before').code, 0);
  project.edit(project.guest(952), 'params: {', "params: { version: '1.15.5',");
  const point = 'zfs snapshot quickOS/lxc-disks/subvol-952-disk-0@phx-safety-1';
  assert.equal(project.run(['ctid:952']).commands[0], point);
  assert.match(project.phx('rollback', 'ctid:952', 'safety-9', '--yes').out, /there are +before, safety-1/);
  const listed = project.phx('rollback', 'ctid:952');
  assert.match(listed.out, /^ {4}before {4}\d{4}-.*\n {4}safety-1 {2}its root alone$/m);
  const back = project.phx('rollback', 'ctid:952', 'safety-1', '--yes');
  assert.equal(back.code, 0, back.out);
  assert.match(back.out, /goes back to safety-1 \(its root alone\); what came later is lost/);
  assert.match(back.out, /zfs rollback quickOS\/lxc-disks\/subvol-952-disk-0@phx-safety-1/);
  assert.deepEqual(project.run(['ctid:952']).tasks('done'), ['ctid:952/app', 'ctid:952/health']);
  const past = project.phx('rollback', 'ctid:952', 'before', '--yes');
  assert.equal(past.code, 0, past.out);
  assert.match(past.out, /phx-safety-2 was taken after before, and goes[\s\S]*phx-safety-1 was taken after/);
  assert.match(past.out, /pct rollback 952 before/);
});
