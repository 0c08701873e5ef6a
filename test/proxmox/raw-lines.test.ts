/** Edits of a conf file beside pct: only the live section changes, byte by byte; the script refuses another conf. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sha1 } from '../../src/core/digest.ts';
import { hostId } from '../../src/proxmox/idmap.ts';
import { lxcKeySince, normalLine } from '../../src/proxmox/lxc-keys.ts';
import { mergeFacts, parseSweep } from '../../src/proxmox/parse-sweep.ts';
import { editConf, replaceConf, replaceConfScript } from '../../src/proxmox/raw-lines.ts';
import { atLeast, pveVersion } from '../../src/proxmox/version.ts';
import { tempFolder } from '../temp.ts';
import { all, furnished, run, template } from '../twin/node.ts';

const none = { add: [], remove: [] };

test('lines come to the end of the live section, and go from it alone', () => {
  const text = '#x\nmemory: 1\nlxc.a: 1\n\n[s1]\nlxc.a: 1\n';
  const edited = editConf(text, { add: ['lxc.b: 2'], remove: ['lxc.a: 1'] });
  assert.equal(edited, '#x\nmemory: 1\nlxc.b: 2\n\n[s1]\nlxc.a: 1\n');
  assert.equal(editConf(edited, { add: ['lxc.a: 1'], remove: ['lxc.b: 2'] }), text);
  assert.equal(editConf('memory: 1\n', { ...none, add: ['lxc.b: 2'] }), 'memory: 1\nlxc.b: 2\n');
  assert.equal(editConf('memory: 1', { ...none, add: ['lxc.b: 2'] }), 'memory: 1\nlxc.b: 2\n');
  assert.equal(editConf('memory: 1\nlxc.a = 1\n', { ...none, remove: ['lxc.a: 1'] }), 'memory: 1\n');
});

test('variables stand before the raw lines, separated by NUL, and go with their key', () => {
  const text = 'env: A=1\nmemory: 1\nlxc.a: 1\n\n[pve:pending]\nenv: A=9\n';
  const edited = editConf(text, { ...none, env: 'A=1\0B=2' });
  assert.equal(edited, 'memory: 1\nenv: A=1\0B=2\nlxc.a: 1\n\n[pve:pending]\nenv: A=9\n');
  assert.equal(editConf('env: A=1\nmemory: 1\n', { ...none, env: null }), 'memory: 1\n');
  assert.equal(editConf('env: A=1\n', none), 'env: A=1\n');
});

test('the script puts the text in place, and leaves a conf that somebody else changed', () => {
  const root = tempFolder();
  mkdirSync(join(root, 'lxc'));
  const conf = join(root, 'lxc/950.conf');
  const file = join(root, 'new');
  writeFileSync(conf, 'memory: 1\n');
  writeFileSync(file, 'memory: 1\nenv: A=1\0B=2\n');
  const script = replaceConfScript.replace('/etc/pve/lxc', join(root, 'lxc'));
  const play = (digest: string) =>
    spawnSync('sh', ['-c', script, 'sh', '950', digest, file], { encoding: 'utf8' });
  const refused = play(sha1('memory: 2\n'));
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /^detected modified configuration/);
  assert.equal(readFileSync(conf, 'utf8'), 'memory: 1\n');
  assert.equal(play(sha1('memory: 1\n')).status, 0);
  assert.equal(readFileSync(conf, 'utf8'), 'memory: 1\nenv: A=1\0B=2\n');
  assert.deepEqual(readdirSync(join(root, 'lxc')), ['950.conf']);
});

test('the twin does as the script does', async () => {
  const twin = await furnished();
  await all(twin, `pct create 950 ${template} --rootfs quickOS-lxc:1 --unprivileged 1`);
  const conf = '/etc/pve/lxc/950.conf';
  const before = (await twin.readFile(conf)) ?? '';
  await twin.writeFile('/var/lib/phx/stage/x', `${before}lxc.cap.drop: sys_time\n`);
  const refused = await twin.run({ argv: replaceConf(950, sha1('other'), '/var/lib/phx/stage/x') });
  assert.equal(refused.exit, 1);
  assert.match(refused.stderr, /detected modified configuration/);
  const { exit, stderr } = await twin.run({ argv: replaceConf(950, sha1(before), '/var/lib/phx/stage/x') });
  assert.equal(exit, 0, stderr);
  assert.equal(await twin.readFile(conf), `${before}lxc.cap.drop: sys_time\n`);
});

test('the keys of 9.2 are refused by a twin of 8.4, in its words, and taken by one of 9.2', async () => {
  const lines = [
    'pct set 950 --entrypoint /app',
    'pct set 950 --env A=1',
    'pct set 950 --net0 name=eth0,bridge=vmbr0,host-managed=1',
    'pct set 950 --rootfs quickOS-lxc:subvol-950-disk-0,idmap=passthrough,size=1G',
  ];
  for (const pve of ['8.4', '9.2'] as const) {
    const twin = await furnished();
    twin.reset(pve);
    await all(
      twin,
      'zpool create -o ashift=12 fast /dev/disk/by-id/nvme-A',
      'zfs create fast/lxc',
      'pvesm add zfspool quickOS-lxc --pool fast/lxc --content rootdir,images',
      'pveam download local debian-12-standard_12.7-1_amd64.tar.zst',
      `pct create 950 ${template} --rootfs quickOS-lxc:1 --unprivileged 1`,
    );
    for (const line of lines) {
      const { exit, stderr } = await run(twin, line);
      if (pve === '9.2') assert.equal(exit, 0, `${line}: ${stderr}`);
      else assert.match(stderr, /Unknown option|not defined in schema/, line);
    }
  }
});

test('a restart on the twin folds in what was pending, and is another start', async () => {
  const twin = await furnished();
  await all(twin, `pct create 950 ${template} --rootfs quickOS-lxc:1 --unprivileged 1`, 'pct start 950');
  await all(twin, 'pct set 950 --features nesting=1');
  const look = async () => {
    const { stdout } = await twin.run({
      argv: ['sh', '-s', '--', 'host', 'guest:950'],
      stdin: '# phx-sweep 1\n',
    });
    return mergeFacts(undefined, ['host', 'guest:950'], parseSweep(stdout)).guests.get(950);
  };
  const before = await look();
  assert.match(before?.conf ?? '', /\[pve:pending\]\nfeatures: nesting=1/);
  await all(twin, 'pct reboot 950 --timeout 60');
  const after = await look();
  assert.ok(after?.running && !after.conf.includes('pending') && after.conf.includes('features: nesting=1'));
  assert.notEqual(after.start, before?.start);
});

test('a conf without a last line break comes over as it is', () => {
  const answer = '@sweep 1\n@guest ct 7 running 4711\n|memory: 1\n@cut 7\n@layers 7\n|feature:a 1 7\n@end\n';
  const [guest] = parseSweep(answer).guests;
  assert.deepEqual([guest?.conf, guest?.start, guest?.layers?.length], ['memory: 1', '4711', 1]);
});

test('raw keys by version, and lines in one form', () => {
  const keys = [
    'lxc.cap.drop',
    'lxc.cgroup2.devices.allow',
    'lxc.prlimit.nofile',
    'lxc.init.cwd',
    'lxc.bogus',
  ];
  assert.deepEqual(keys.map(lxcKeySince), ['any', 'any', 'any', '9.2', undefined]);
  for (const line of ['lxc.cap.drop=x', 'lxc.cap.drop:x', ' lxc.cap.drop  =  x '])
    assert.equal(normalLine(line), 'lxc.cap.drop: x');
});

test('versions of Proxmox VE', () => {
  const packages = (version: string) => new Map([['pve-manager', version]]);
  assert.deepEqual(pveVersion(packages('9.2.3')), { major: 9, minor: 2 });
  assert.equal(pveVersion(new Map()), undefined);
  const answers = ['8.4.1', '9.1.9', '9.2.0', '9.10.1', '10.0.1', 'x'].map((v) =>
    atLeast(packages(v), '9.2'),
  );
  assert.deepEqual(answers, [false, false, true, true, true, undefined]);
});

test('accounts of a container as numbers of the node', () => {
  const plain = { unprivileged: true, lines: [] };
  assert.equal(hostId('u', 1000, plain), 101_000);
  assert.equal(hostId('g', 1000, { ...plain, unprivileged: false }), 1000);
  const lines = ['lxc.idmap: u 0 100000 1000', 'lxc.idmap: b 1000 1000 1', 'lxc.cap.drop: x'];
  assert.deepEqual(
    [hostId('u', 999, { ...plain, lines }), hostId('g', 1000, { ...plain, lines })],
    [100_999, 1000],
  );
  assert.equal(hostId('u', 5, { ...plain, mount: 'passthrough' }), 5);
  assert.equal(hostId('u', 5, { ...plain, lines, mount: 'u:0:7000:10;g:0:8000:10' }), 7005);
});
