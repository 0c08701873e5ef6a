/** Units and transient timers of the simulated node: what is shown of them, when they fire, how they are called off. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSweep } from '../../src/proxmox/parse-sweep.ts';
import { sweepArgv, sweepScript } from '../../src/proxmox/sweep.ts';
import { parseSpan } from '../../src/twin/timers.ts';
import type { Twin } from '../../src/twin/twin.ts';
import { all, freshTwin, run } from './node.ts';

/** A twin whose clock stands still until it is moved, by seconds. */
function timed(): { twin: Twin; pass: (seconds: number) => void } {
  let now = Date.UTC(2025, 0, 1);
  const pass = (seconds: number) => {
    now += seconds * 1000;
  };
  return { twin: freshTwin({ clock: () => now }), pass };
}

async function units(twin: Twin, ...names: string[]) {
  const argv = sweepArgv(names.map((name) => `unit:${name}`));
  return parseSweep((await twin.run({ argv, stdin: sweepScript })).stdout).units;
}

const arm =
  'systemd-run --unit phx-rollback --on-active=90s --collect --timer-property=AccuracySec=1s cp /etc/a /etc/b';

test('a timer fires when its time has come, before whatever comes next', async () => {
  const { twin, pass } = timed();
  await twin.writeFile('/etc/a', 'old\n');
  await all(twin, arm);
  assert.equal(await all(twin, 'systemctl is-active phx-rollback.timer'), 'active\n');
  pass(89);
  assert.equal(await twin.readFile('/etc/b'), undefined);
  pass(1);
  assert.equal(await twin.readFile('/etc/b'), 'old\n');
  assert.equal((await run(twin, 'systemctl is-active phx-rollback.timer')).stdout, 'inactive\n');
  const { exit, stderr } = await run(twin, 'systemctl stop phx-rollback.timer');
  const said = 'Failed to stop phx-rollback.timer: Unit phx-rollback.timer not loaded.\n';
  assert.deepEqual([exit, stderr], [5, said]);
  await twin.writeFile('/etc/a', 'new\n');
  pass(1000);
  assert.equal(await twin.readFile('/etc/b'), 'old\n', 'it fires once');
});

test('a sweep and another process see what a timer did', async () => {
  const { twin, pass } = timed();
  await all(twin, 'systemd-run --on-active 5 timedatectl set-timezone Asia/Tokyo');
  pass(5);
  const { stdout } = await twin.run({ argv: sweepArgv(['host']), stdin: sweepScript });
  assert.equal(parseSweep(stdout).host?.timezone, 'Asia/Tokyo');
});

test('due timers run in the order of their times, and a failing one hinders nobody', async () => {
  const { twin, pass } = timed();
  await all(
    twin,
    'systemd-run --unit=second --on-active=20 cp /etc/hostname /etc/copy',
    'systemd-run --unit=broken --on-active=15 zpool destroy none',
    'systemd-run --unit=first --on-active=10 touch /etc/copy',
  );
  pass(60);
  assert.equal(await twin.readFile('/etc/copy'), 'pve1\n');
});

test('a timer is called off, started by hand, and gone after a reboot', async () => {
  const { twin, pass } = timed();
  await twin.writeFile('/etc/a', 'old\n');
  await all(twin, arm, 'systemctl stop phx-rollback.timer');
  pass(100);
  assert.equal(await twin.readFile('/etc/b'), undefined);
  assert.equal((await run(twin, 'systemctl stop phx-rollback.timer')).exit, 5);
  await all(twin, arm, 'systemctl start phx-rollback.service');
  assert.equal(await twin.readFile('/etc/b'), 'old\n');
  await twin.removeFile('/etc/b');
  await all(twin, 'reboot');
  assert.equal((await units(twin, 'phx-rollback.timer')).get('phx-rollback.timer')?.known, false);
  pass(100);
  assert.equal(await twin.readFile('/etc/b'), undefined);
});

test('systemd-run refuses a known unit, a missing program and a strange time', async () => {
  const { twin } = timed();
  await all(twin, arm);
  const refused: readonly (readonly [string, RegExp])[] = [
    [arm, /Unit phx-rollback\.timer was already loaded/],
    ['systemd-run --on-active=5 nosuch', /Failed to find executable nosuch/],
    ['systemd-run --on-active=soon true', /Failed to parse timer value: soon/],
    ['systemd-run --on-active=5', /Command line to execute required/],
    ['systemd-run --bogus true', /unrecognized option '--bogus'/],
  ];
  for (const [line, words] of refused) {
    const outcome = await run(twin, line);
    assert.deepEqual([outcome.exit, words.test(outcome.stderr)], [1, true], line);
  }
  await all(twin, 'systemd-run --unit now touch /etc/now');
  assert.equal(await twin.readFile('/etc/now'), '');
});

test('time spans are read as systemd reads them', () => {
  const spans = {
    30: 30_000,
    '90s': 90_000,
    '1min 30s': 90_000,
    '2h': 7_200_000,
    '500ms': 500,
    '1.5 m': 90_000,
  };
  for (const [text, ms] of Object.entries(spans)) assert.equal(parseSpan(text), ms, text);
  for (const text of ['', 's', '5 parsecs', '-1', '5x']) assert.equal(parseSpan(text), undefined, text);
});

test('units: installed, written, transient and unknown', async () => {
  const { twin } = timed();
  await twin.writeFile('/etc/systemd/system/own.service', '[Service]\n');
  await all(twin, 'systemctl stop chrony', 'systemctl disable postfix.service', arm);
  const found = await units(twin, 'chrony', 'postfix', 'own.service', 'phx-rollback.timer', 'nosuch');
  assert.deepEqual(Object.fromEntries(found), {
    chrony: { known: true, active: false, enabled: true },
    postfix: { known: true, active: true, enabled: false },
    'own.service': { known: true, active: false, enabled: false },
    'phx-rollback.timer': { known: true, active: true, enabled: false },
    nosuch: { known: false, active: false, enabled: false },
  });
  assert.equal(
    await all(twin, 'systemctl show -p ActiveState,UnitFileState chrony nosuch'),
    'ActiveState=inactive\nUnitFileState=enabled\n\nActiveState=inactive\nUnitFileState=\n',
  );
  assert.equal(await all(twin, 'systemctl show --property=LoadState --value nosuch'), 'not-found\n');
});
