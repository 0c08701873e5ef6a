/** The Host side of the twin: state file, faults, deadlines, lines as they come, latency. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TwinStateError } from '../../src/twin/twin.ts';
import { tempFolder } from '../temp.ts';
import { all, disks, freshTwin, furnished, run, template } from './node.ts';

const dir = tempFolder();

const create = `pct create 900 ${template} --rootfs quickOS-lxc:8 --unprivileged 1`;

test('the state survives and another process sees it', async () => {
  const stateFile = join(dir, 'kept', 'twin.json');
  const one = await furnished({ stateFile });
  const other = freshTwin({ stateFile });
  await all(one, create);
  assert.equal(await one.identity(), await other.identity());
  await all(other, 'pct start 900');
  assert.equal(await all(one, 'pct status 900'), 'status: running\n');
  assert.equal(statSync(stateFile).mode & 0o777, 0o600);
  assert.equal(statSync(join(dir, 'kept')).mode & 0o777, 0o700);
});

test('a command that only looks does not write the file', async () => {
  const stateFile = join(dir, 'looked.json');
  const twin = freshTwin({ stateFile });
  await all(twin, 'pct list');
  assert.equal(existsSync(stateFile), false, 'looking at a fresh node leaves no trace');
  await all(twin, 'mkdir -p /srv/made');
  const before = statSync(stateFile).ino;
  await all(twin, 'pct list', 'pvesm status', 'zpool list');
  assert.equal(statSync(stateFile).ino, before);
});

test('a damaged or newer state file is one clear error, and reset the way out', async () => {
  const stateFile = join(dir, 'damaged.json');
  for (const text of ['{"version":1,', '{"version":99}', '[]', '{"version":1}']) {
    writeFileSync(stateFile, text);
    const twin = freshTwin({ stateFile });
    await assert.rejects(run(twin, 'pct list'), (error: Error) => {
      assert.ok(error instanceof TwinStateError);
      assert.equal(error.problem.command, 'phx twin reset');
      return true;
    });
    twin.reset();
    assert.equal((await run(twin, 'pct list')).exit, 0);
    assert.equal(JSON.parse(readFileSync(stateFile, 'utf8')).version, 1);
  }
});

test('a state file of before the machine had disks, boots and timers goes on working', async () => {
  const stateFile = join(dir, 'older.json');
  await all(freshTwin({ stateFile }), `zpool create tank ${disks[0]}`);
  const {
    disks: _,
    boot: __,
    links: ___,
    vfioIds: ____,
    ...older
  } = JSON.parse(readFileSync(stateFile, 'utf8'));
  writeFileSync(stateFile, JSON.stringify(older));
  const twin = freshTwin({ stateFile });
  assert.equal(await all(twin, `lsblk -no FSTYPE,LABEL ${disks[0]}`), ' \nzfs_member tank\n \n');
  assert.match(await all(twin, 'cat /proc/cmdline'), /^BOOT_IMAGE=\S+6\.8\.12-4-pve root=/);
  await twin.reach();
  await all(twin, 'systemd-run --unit x --on-active=1h true', `zpool create more ${disks[1]}`, 'reboot');
  assert.equal(await all(twin, `lsblk -no LABEL /dev/nvme1n1p1`), 'more\n');
});

test('a fault strikes the nth matching command, once', async () => {
  const twin = await furnished();
  await all(twin, create);
  twin.addFault({ match: 'pct set 900', nth: 2, exit: 255, stderr: 'CT is locked (backup)\n' });
  assert.equal((await run(twin, 'pct set 900 --memory 600')).exit, 0);
  assert.equal((await run(twin, 'pct set 900 --memory 700')).stderr, 'CT is locked (backup)\n');
  assert.equal((await run(twin, 'pct set 900 --memory 700')).exit, 0);
  assert.deepEqual(twin.faults(), []);
});

test('a fault may kill before or after the effect', async () => {
  const twin = await furnished({ killRun: () => {} });
  twin.addFault({ match: 'pct create', nth: 1, kill: 'before' });
  assert.equal((await run(twin, create)).exit, 137);
  assert.deepEqual(twin.describe().guests, []);
  twin.addFault({ match: 'pct create', nth: 1, kill: 'after' });
  assert.equal((await run(twin, create)).exit, 137);
  assert.equal(twin.describe().guests.length, 1);
});

test('a command that hangs ends at its deadline or signal', async () => {
  const twin = freshTwin({ clock: () => 5000 });
  twin.addFault({ match: 'pct list', nth: 1, hang: true });
  const outcome = await twin.run({ argv: ['pct', 'list'], deadline: 9000 });
  assert.deepEqual(
    [outcome.exit, outcome.ended, outcome.ms, twin.time.now()],
    [124, 'deadline', 9000, 14_000],
  );
  twin.addFault({ match: 'pct list', nth: 1, hang: true });
  const abort = new AbortController();
  const hanging = twin.run({ argv: ['pct', 'list'], signal: abort.signal });
  abort.abort();
  assert.deepEqual([(await hanging).exit, (await hanging).ended], [130, 'aborted']);
});

test('real latency takes the recorded times', async () => {
  let slept = 0;
  const twin = freshTwin({
    latency: 'real',
    sleep: async (ms) => {
      slept += ms;
    },
  });
  await all(twin, 'pveam download local alpine-3.20-default_20240908_amd64.tar.xz');
  assert.equal(slept, 20_500);
  slept = 0;
  await all(twin, 'pct list');
  assert.equal(slept, 500);
});

test('lines come as they are printed', async () => {
  const twin = await furnished();
  const lines: string[] = [];
  await twin.run({ argv: create.split(' '), onLine: (stream, line) => lines.push(`${stream} ${line}`) });
  assert.equal(
    lines[0],
    "stdout extracting archive '/var/lib/vz/template/cache/debian-12-standard_12.7-1_amd64.tar.zst'",
  );
  assert.equal(lines.at(-1), 'stdout Detected container architecture: amd64');
});

test('files are written whole, read back and removed', async () => {
  const twin = freshTwin();
  await twin.writeFile('/etc/modprobe.d/x/y.conf', 'a\n', { mode: 0o600 });
  assert.equal(await twin.readFile('/etc/modprobe.d/x/y.conf'), 'a\n');
  assert.equal(await twin.readFile('/etc/modprobe.d/x'), undefined);
  assert.equal(await all(twin, 'stat -c %a /etc/modprobe.d/x/y.conf'), '600\n');
  await twin.removeFile('/etc/modprobe.d/x/y.conf');
  await twin.removeFile('/etc/modprobe.d/x/y.conf');
  assert.equal(await twin.readFile('/etc/modprobe.d/x/y.conf'), undefined);
});

test('unknown programs, verbs and options are refused as on a node', async () => {
  const twin = freshTwin();
  assert.deepEqual(await run(twin, 'nosuch -x').then(({ exit, stderr }) => [exit, stderr]), [
    127,
    'sh: 1: nosuch: not found\n',
  ]);
  assert.match((await run(twin, 'pct nosuch')).stderr, /^ERROR: unknown command 'pct nosuch'/);
  assert.match(
    (await run(twin, 'pct set 900 --s 1')).stderr,
    /^Option s is ambiguous \(searchdomain, startup, swap\)/,
  );
  assert.match((await run(twin, 'pct list --x')).stderr, /^Unknown option: x\n400 unable to parse option/);
});
