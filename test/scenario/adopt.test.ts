/** Guests that stand are taken over: by hand made ones, and ours whose files and records are gone; then nothing is left to do. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { builtFleet, type Project } from './rig.ts';

const template = 'fastData-shared-iso:vztmpl/ubuntu-24.04-standard_24.04-2_amd64.tar.zst';

function twin(project: Project, ...argv: string[]): string {
  const { code, out, err } = project.phx('twin', 'exec', '--', ...argv);
  assert.equal(code, 0, err);
  return out;
}

/** The sample fleet, with a container and a VM beside it that somebody made by hand. */
function withStrangers(): Project {
  const project = builtFleet();
  const net = 'name=eth0,bridge=vmbr0,ip=10.0.0.77/24,gw=10.0.0.1';
  twin(
    project,
    ...['pct', 'create', '105', template, '--hostname', 'web', '--rootfs', 'local-lvm:8', '--memory', '1024'],
    ...['--net0', net, '--mp0', '/srv,mp=/srv', '--description', 'by hand', '--start', '1'],
  );
  twin(
    project,
    ...[
      'qm',
      'create',
      '200',
      '--name',
      'win',
      '--memory',
      '2048',
      '--scsi0',
      'local-lvm:32',
      '--bios',
      'ovmf',
    ],
    ...['--efidisk0', 'local-lvm:1,efitype=4m', '--net0', 'virtio,bridge=vmbr0', '--cipassword', 'hunter2'],
  );
  return project;
}

test('all that the configuration does not name is adopted as it is, and no run sends anything for it', () => {
  const project = withStrangers();
  for (const id of [960, 8001]) project.remove(project.guest(id));
  const before = ['pct config 105', 'qm config 200', 'pct config 960', 'qm config 8001'].map((line) =>
    twin(project, ...line.split(' ')),
  );

  const looked = project.phx('adopt', 'all', '--dry-run');
  assert.equal(looked.code, 0, looked.err);
  assert.match(looked.out, /^ctid:105 \(web\) → config\/guests\/105-web\.json5$/m);
  assert.match(looked.out, /left alone: cipassword \(a password is nothing for a file\)/);
  assert.match(looked.out, / {8}rootfs: \{ storage: 'local-lvm', size: 8 \},/);
  assert.equal(existsSync(join(project.root, 'config/guests/105-web.json5')), false);

  const adopted = project.phx('adopt', 'all', '--yes');
  assert.equal(adopted.code, 0, adopted.out + adopted.err);
  assert.deepEqual(
    adopted.out.split('\n').filter((line) => line.startsWith('plan of')),
    ['ctid:105', 'vmid:200', 'ctid:960', 'vmid:8001'].map((target) => `plan of ${target}: nothing to do`),
  );
  const files = readdirSync(join(project.root, 'config/guests'));
  assert.ok(files.includes('105-web.json5') && files.includes('200-win.json5'), files.join(' '));
  assert.doesNotMatch(project.read('config/guests/200-win.json5') + adopted.out, /hunter2|\$5\$/);
  assert.match(project.read(project.guest(960)), /ignore: \['layers'\]/);
  assert.match(project.read(project.guest(960)), /clone: \{ from: \d+ \}/);
  // A running VM is not looked into.
  assert.match(project.read(project.guest(8001)), /adopted: true[\s\S]*clone: clone:8000/);

  const bare = (text: string) => text.replace(/^description: .*\n/gm, '');
  const after = ['pct config 105', 'qm config 200', 'pct config 960', 'qm config 8001'].map((line) =>
    twin(project, ...line.split(' ')),
  );
  assert.deepEqual(after.map(bare), before.map(bare));
  assert.match(after[0] ?? '', /from=adopted%0Aby hand/);

  assert.deepEqual(
    project.plan('all').tasks.filter(({ verdict }) => verdict !== 'fresh' && verdict !== 'outdated'),
    [],
  );
  assert.deepEqual(project.run(['all']).commands, []);
  assert.match(project.phx('adopt', 'all').out, /There is nothing to adopt/);
});

test('where something would be left to do nothing is sent, and what remains is told; a repeated try ends it', () => {
  const project = withStrangers();
  project.write(
    'config/guests/105-web.json5',
    "{ id: 105, kind: 'ct', adopted: true, hostname: 'web', memory: 2048, unprivileged: false, cores: null,\n" +
      "  rootfs: { storage: 'local-lvm', size: 8 }, net0: { ip: '10.0.0.77/24' }, features: null }\n",
  );
  const blocked = project.phx('run', 'ctid:105');
  assert.equal(blocked.code, 8);
  assert.match(
    blocked.out + blocked.err,
    /container 105 exists, but phx did not make it[\s\S]*phx adopt ctid:105/,
  );

  const refused = project.phx('adopt', 'ctid:105', '--yes');
  assert.equal(refused.code, 8, refused.err);
  assert.match(refused.out, /plan of ctid:105: not empty[\s\S]*\$ pct set 105 [\s\S]*--memory 2048/);
  assert.doesNotMatch(twin(project, 'pct', 'config', '105'), /phx%3A/);

  project.edit('config/guests/105-web.json5', 'memory: 2048', 'memory: 1024');
  // Killed while it sets the mark: what came of that is seen by the next one.
  project.phx('twin', 'fault', 'pct set 105', '--kill', 'after');
  assert.equal(project.phx('adopt', 'ctid:105', '--yes').code, null);
  const again = project.phx('adopt', 'ctid:105', '--yes');
  assert.equal(again.code, 0, again.out + again.err);
  assert.match(again.out, /plan of ctid:105: nothing to do/);
  assert.deepEqual(project.run(['ctid:105']).commands, []);
});

test('what is locked, of another project, or said to be nobody of ours is left, and told', () => {
  const project = withStrangers();
  twin(
    project,
    'pct',
    'set',
    '105',
    '--description',
    'phx: project=other kind=ctid vmid=105 incarnation=x from=y',
  );
  project.phx('twin', 'exec', '--', 'qm', 'set', '200', '--lock', 'backup');
  const { code, out } = project.phx('adopt', 'all', '--yes');
  assert.equal(code, 8);
  assert.match(out, /^ctid:105 is not adopted: it belongs to the project other$/m);
  assert.match(out, /^vmid:200 is not adopted: it is locked \(backup\)/m);
  assert.equal(project.phx('adopt', 'ctid:77').code, 2);
});
