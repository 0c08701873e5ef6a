/** Life of containers on zfspool: names, locks in the middle of long commands, layers that travel, fork. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guestProbeArgv, guestProbeScript, parseGuestProbe } from '../../src/proxmox/guest-probe.ts';
import { guestScriptArgv, printLayerScript } from '../../src/proxmox/guest-script.ts';
import { printTakeBack } from '../../src/proxmox/guest-uninstall.ts';
import type { Twin } from '../../src/twin/twin.ts';
import { all, furnished, run, template } from './node.ts';

const create = `pct create 900 ${template} --rootfs quickOS-lxc:8 --unprivileged 1 --net0 name=eth0,bridge=vmbr0,ip=10.0.0.90/24,gw=10.0.0.1`;

function layer(name: string, digest: string, provides: string[][], uninstall?: string): string {
  return printLayerScript({
    layer: { name, digest, origin: 900 },
    provides: provides.map(([kind, what]) => ({ kind: kind as 'unit', name: what ?? '' })),
    body: 'echo done',
    ...(uninstall === undefined ? {} : { uninstall }),
  });
}

function exec(twin: Twin, id: number, argv: readonly string[], stdin: string) {
  return twin.run({ argv: ['pct', 'exec', String(id), '--keep-env', '0', '--', ...argv], stdin });
}

async function ask(twin: Twin, id: number, ...questions: string[]): Promise<(string | undefined)[]> {
  const outcome = await exec(twin, id, guestProbeArgv(questions), guestProbeScript);
  const answers = parseGuestProbe(outcome.stdout);
  return questions.map((question) => answers.get(question));
}

test('zfspool volumes have no owner directory, and are datasets with a quota', async () => {
  const twin = await furnished();
  await all(twin, create, 'pct set 900 --mp0 quickOS-lxc:2,mp=/data');
  const conf = await all(twin, 'pct config 900');
  assert.match(conf, /^rootfs: quickOS-lxc:subvol-900-disk-0,size=8G$/m);
  assert.match(conf, /^mp0: quickOS-lxc:subvol-900-disk-1,mp=\/data,size=2G$/m);
  const quota = await all(twin, 'zfs get -H -p -o value refquota fast/lxc/subvol-900-disk-0');
  assert.equal(quota, `${8 * 1024 ** 3}\n`);
  await all(twin, 'pct resize 900 rootfs +2G');
  assert.match(await all(twin, 'pct config 900'), /subvol-900-disk-0,size=10G/);
  await all(twin, 'pct destroy 900');
  assert.equal((await run(twin, 'zfs list fast/lxc/subvol-900-disk-0')).exit, 1);
});

test('a linked clone stands on its template, which then cannot be destroyed (B24)', async () => {
  const twin = await furnished();
  await all(twin, create, 'pct template 900', 'pct clone 900 901');
  assert.match(
    await all(twin, 'pct config 901'),
    /quickOS-lxc:basevol-900-disk-0\/subvol-901-disk-0,size=8G/,
  );
  const refused = await run(twin, 'pct destroy 900');
  assert.match(
    refused.stderr,
    /base volume 'quickOS-lxc:basevol-900-disk-0' is still in use by linked cloned/,
  );
  await all(twin, 'pct destroy 901', 'pct destroy 900');
});

test('two clones of one source at once: the later one finds it locked (B30)', async () => {
  const twin = await furnished();
  await all(twin, create);
  const [first, second] = await Promise.all([run(twin, 'pct clone 900 901'), run(twin, 'pct clone 900 902')]);
  assert.equal(first.exit, 0);
  assert.equal(second.stderr, 'CT is locked (disk)\n');
  assert.deepEqual(
    twin.describe().guests.map(({ id, lock }) => [id, lock]),
    [
      [900, undefined],
      [901, undefined],
    ],
  );
});

test('while a create runs, the guest is listed with its lock and an otherwise empty conf (B32)', async () => {
  const seen: (string | undefined)[] = [];
  let look = async () => {};
  const twin = await furnished({ latency: 'real', sleep: () => look() });
  look = async () => {
    seen.push(await twin.readFile('/etc/pve/lxc/900.conf'));
  };
  await all(twin, create);
  assert.deepEqual(seen, [undefined, 'lock: create\n']);
});

test('phx killed in the middle of a clone leaves both locks (B35)', async () => {
  let kills = 0;
  const twin = await furnished({ killRun: () => kills++ });
  await all(twin, create);
  twin.addFault({ match: 'pct clone 900', nth: 1, kill: 'during' });
  assert.equal((await run(twin, 'pct clone 900 901')).exit, 137);
  assert.equal(kills, 1);
  assert.deepEqual(
    twin.describe().guests.map(({ lock }) => lock),
    ['disk', 'create'],
  );
  await all(twin, 'pct unlock 900', 'pct unlock 901', 'pct destroy 901', 'pct clone 900 902');
});

test('an interrupted create cleans up, an interrupted start still starts (B33)', async () => {
  const abort = new AbortController();
  const sleep = async () => abort.abort();
  const twin = await furnished();
  const slow = await furnished({ latency: 'real', sleep: async () => {} });
  const signal = abort.signal;
  const pending = twin.run({ argv: create.split(' '), signal });
  await sleep();
  const outcome = await pending;
  assert.deepEqual([outcome.exit, outcome.ended], [130, 'aborted']);
  assert.deepEqual(twin.describe().guests, []);
  await all(slow, create);
  const late = await slow.run({ argv: ['pct', 'start', '900'], deadline: 600 });
  assert.deepEqual([late.exit, late.ended], [124, 'deadline']);
  assert.equal(slow.describe().guests[0]?.status, 'running');
});

test('a layer script makes true what it provides, and nothing else', async () => {
  const twin = await furnished();
  await all(twin, create, 'pct start 900');
  const before = await ask(
    twin,
    900,
    'unit:docker',
    'port:2375',
    'package:docker-ce',
    'http:http://localhost:2375/',
  );
  assert.deepEqual(before, ['', '', '', '']);
  const script = layer('feature:docker', 'abc', [
    ['package', 'docker-ce'],
    ['unit', 'docker.service'],
    ['port', '2375'],
  ]);
  assert.equal((await exec(twin, 900, guestScriptArgv, script)).exit, 0);
  const after = await ask(
    twin,
    900,
    'unit:docker',
    'port:2375',
    'layer:feature:docker',
    'http:http://localhost:2375/',
    'address',
    'route',
    'dns',
  );
  assert.deepEqual(after, ['active', 'open', 'abc', '200', '10.0.0.90/24', '10.0.0.1', 'yes']);
});

test('a layer that is taken back takes along what it provided, in a clone as well', async () => {
  const twin = await furnished();
  await all(twin, create, 'pct start 900');
  const provides = [
    ['package', 'docker-ce'],
    ['unit', 'docker'],
    ['port', '2375'],
    ['file', '/etc/docker/daemon.json'],
  ];
  await exec(twin, 900, guestScriptArgv, layer('feature:base', '1', [['package', 'jq']]));
  await exec(twin, 900, guestScriptArgv, layer('feature:docker', '2', provides, 'apt-get remove'));
  await all(
    twin,
    'pct shutdown 900',
    'pct clone 900 901',
    'pct set 901 --net0 name=eth0,bridge=vmbr0',
    'pct start 901',
  );
  const asked = ['package:docker-ce', 'unit:docker', 'port:2375', 'file:/etc/docker/daemon.json'];
  const told = [...asked, 'package:jq', 'layer:feature:docker', 'file:/var/lib/phx/uninstall/feature:docker'];
  assert.deepEqual(await ask(twin, 901, ...told), ['1.0-1', 'active', 'open', 'yes', '1.0-1', '2', 'yes']);
  const back = printTakeBack({ name: 'feature:docker', digest: '2', origin: 900, uninstall: true });
  assert.equal((await exec(twin, 901, guestScriptArgv, back)).exit, 0);
  assert.deepEqual(await ask(twin, 901, ...told), ['', '', '', '', '1.0-1', '', '']);
  const again = await exec(twin, 901, guestScriptArgv, back);
  assert.deepEqual([again.exit, /No such file/.test(again.stderr)], [127, true]);
});

test('layers travel with clones from snapshots, and go back with a rollback', async () => {
  const twin = await furnished();
  await all(twin, create, 'pct start 900');
  await exec(twin, 900, guestScriptArgv, layer('feature:a', '1', []));
  await all(twin, 'pct snapshot 900 sealed');
  await exec(twin, 900, guestScriptArgv, layer('feature:a', '2', []));
  await exec(twin, 900, guestScriptArgv, layer('feature:b', '1', []));
  await all(twin, 'pct clone 900 901 --snapname sealed', 'pct start 901');
  assert.equal(await all(twin, 'pct exec 901 -- cat /var/lib/phx/layers'), 'feature:a 1 900\n');
  assert.equal(
    await all(twin, 'pct exec 900 -- cat /var/lib/phx/layers'),
    'feature:a 2 900\nfeature:b 1 900\n',
  );
  await all(twin, 'pct rollback 900 sealed --start 1');
  assert.equal(await all(twin, 'pct exec 900 -- cat /var/lib/phx/layers'), 'feature:a 1 900\n');
});

test('on zfspool only the newest snapshot can be rolled back to', async () => {
  const twin = await furnished();
  await all(twin, create, 'pct snapshot 900 one', 'pct snapshot 900 two');
  assert.match((await run(twin, 'pct rollback 900 one')).stderr, /'one' is not most recent snapshot on/);
  await all(twin, 'pct rollback 900 two', 'pct delsnapshot 900 two', 'pct rollback 900 one');
});

test('a container on a missing bridge has no address', async () => {
  const twin = await furnished();
  await all(twin, create, 'pct start 900');
  const interfaces = (await twin.readFile('/etc/network/interfaces')) ?? '';
  await twin.writeFile('/etc/network/interfaces', interfaces.replaceAll('vmbr0', 'vmbr1'));
  await all(twin, 'ifreload -a');
  assert.deepEqual(await ask(twin, 900, 'address'), ['']);
});

test('a fork goes its own way', async () => {
  const twin = await furnished();
  await all(twin, create);
  twin.addFault({ match: 'pct start', nth: 1, exit: 1, stderr: 'no\n' });
  const fork = twin.fork();
  await all(fork, 'pct start 900');
  assert.equal(await fork.identity(), await twin.identity());
  assert.equal(twin.describe().guests[0]?.status, 'stopped');
  assert.equal((await run(twin, 'pct start 900')).stderr, 'no\n');
});

test('a plain command in a shell runs; anything else is only noted', async () => {
  const twin = await furnished();
  await all(twin, create, 'pct start 900');
  const shell = (script: string) => twin.run({ argv: ['pct', 'exec', '900', '--', 'sh', '-c', script] });
  assert.equal((await shell('cat /etc/hostname')).stdout, 'CT900\n');
  assert.equal((await shell('systemctl is-active docker')).exit, 3);
  assert.equal((await shell('make world | tee log')).exit, 0);
  assert.deepEqual(twin.describe().guests[0]?.events, ['sh -c make world | tee log']);
  assert.equal((await twin.run({ argv: ['sh', '-c', 'test -e /nowhere'] })).exit, 1);
});

test('a check script is answered by what it says it needs; a port is as alive as its unit; a boot starts units', async () => {
  const twin = await furnished();
  await all(twin, create, 'pct start 900');
  const script = layer('app:web', 'd1', [
    ['unit', 'web'],
    ['port', '8080'],
  ]);
  assert.equal((await exec(twin, 900, guestScriptArgv, script)).exit, 0);
  const check =
    '#!/usr/bin/env bash\n# Says something.\n# phx-check 1\n# needs unit:$2\n# needs port:$1\nfalse\n';
  const asked = (...args: string[]) => exec(twin, 900, ['bash', '-s', '--', ...args], check);
  const well = await asked('8080', 'web');
  assert.equal(well.exit, 0);
  assert.match(well.stdout, /not run on the twin; there is all that it needs: unit:web, port:8080/);
  const other = await asked('9999', 'web');
  assert.deepEqual([other.exit, other.stdout], [1, '']);
  assert.match(other.stderr, /not there: port:9999\n$/);
  const late = 'true\n# phx-check 1\n# needs port:1\n';
  assert.equal(
    (await exec(twin, 900, ['bash', '-s'], late)).exit,
    0,
    'what stands below a command is no head',
  );
  assert.deepEqual(await ask(twin, 900, 'http:http://localhost:8080/', 'tcp:10.0.0.90:8080'), [
    '200',
    'open',
  ]);
  await all(twin, 'pct exec 900 -- systemctl stop web');
  const dead = await ask(twin, 900, 'port:8080', 'http:http://10.0.0.90:8080/');
  assert.deepEqual(dead, ['', '']);
  assert.match((await asked('8080', 'web')).stderr, /unit:web, port:8080/);
  await all(twin, 'pct stop 900', 'pct start 900');
  assert.deepEqual(await ask(twin, 900, 'port:8080', 'unit:web'), ['open', 'active']);
});

test('a layer that is done anew with another port listens there, and no longer where it did', async () => {
  const twin = await furnished();
  await all(twin, create, 'pct start 900');
  const listening = async (digest: string, port: string) => {
    const { exit } = await exec(twin, 900, guestScriptArgv, layer('app:web', digest, [['port', port]]));
    return [exit, await ask(twin, 900, 'port:8080', 'port:8081')];
  };
  assert.deepEqual(await listening('1', '8080'), [0, ['open', '']]);
  assert.deepEqual(await listening('2', '8081'), [0, ['', 'open']]);
});
