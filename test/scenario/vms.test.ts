/** VMs of the sample fleet: the template and its clone, edits, restarts, drift, what is refused, what is asked for. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Project } from './rig.ts';

let built: Project | undefined;

/** All that phx keeps of its runs: journal, log, stamps. */
function recordsOf({ root }: Project): string[] {
  const folders = ['journal', 'log', 'stamps'].map((name) => join(root, '.cache', name));
  const names = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
    ),
  );
  assert.ok(names.length > 2);
  return names.map((name) => readFileSync(name, 'utf8'));
}

/** The sample without what is done inside of its VMs. */
function fleet(): Project {
  const project = Project.fleet();
  project.edit('config/defaults.json5', 'agent: true', 'agent: false');
  const guest = project.read(project.guest(8001));
  project.write(project.guest(8001), guest.replace(/ {2}(\/\/|layers:|health:).*\n/g, ''));
  return project;
}

function withVms(): Project {
  if (!built) {
    built = fleet();
    built.run(['vmid:8001']);
  }
  return built.copy();
}

test('a fresh node builds the template and its linked clone up to its start, and the next run sends nothing', () => {
  const project = fleet();
  const { commands } = project.run(['vmid:8001/start']);
  const own = commands.filter((command) => command.startsWith('qm'));
  const heads = own.map((command) => command.split(' ').slice(0, 3).join(' '));
  assert.deepEqual(heads, [
    ...['qm create 8000', 'qm resize 8000', 'qm set 8000', 'qm set 8000', 'qm template 8000'],
    ...['qm clone 8000', 'qm set 8001', 'qm set 8001', 'qm start 8001'],
  ]);
  assert.match(own[0] ?? '', /import-from=\/var\/lib\/phx\/images\/noble-server-cloudimg-amd64\.img/);
  assert.match(own[5] ?? '', /--full 0 --description phx: project=phoenix kind=vmid vmid=8001 /);
  assert.deepEqual(project.run(['vmid:8001/start']).commands, []);
  const config = project.phx('twin', 'exec', '--', 'qm', 'config', '8001').out;
  assert.match(config, /scsi0: quickOS-vm-disks:base-8000-disk-0\/vm-8001-disk-0,size=100G/);
  assert.match(config, /ipconfig0: ip=10\.0\.0\.101\/24,gw=10\.0\.0\.1/);
});

test('an edit sends what differs; what waits is told, and gets its restart where that is asked for', () => {
  const project = withVms();
  project.edit(
    project.guest(8001),
    'memory: 8192',
    "memory: 4096, scsi1: { storage: 'quickOS-vm-disks', size: 5 }",
  );
  const told = project.phx('run', 'vmid:8001');
  assert.match(told.out, /memory holds from the next start: phx run vmid:8001 --restart/);
  assert.match(told.out, /qm set 8001 --scsi1 quickOS-vm-disks:5\n/);
  assert.match(told.out, /qm set 8001 --memory 4096\n/);
  assert.deepEqual(project.run(['vmid:8001', '--restart']).commands, [
    'qm shutdown 8001 --timeout 120 --forceStop 1',
    'qm start 8001',
  ]);
  assert.deepEqual(project.run(['vmid:8001']).commands, []);
});

test('what is done by hand is mended, and a VM that is gone is cloned again, and only it', () => {
  const project = withVms();
  project.phx('twin', 'exec', '--', 'qm', 'set', '8001', '--cores', '2');
  const mended = project.phx('run', 'vmid:8001');
  assert.match(mended.out, /drifted cores: 4 → 2/);
  project.phx('twin', 'exec', '--', 'qm', 'stop', '8001');
  project.phx('twin', 'exec', '--', 'qm', 'destroy', '8001');
  const { commands } = project.run(['vmid:8001']);
  assert.match(commands[0] ?? '', /^qm clone 8000 8001 /);
  assert.ok(commands.every((command) => !command.includes(' 8000 ') || command.startsWith('qm clone')));
});

test('another image, a smaller disk and another storage are refused with the way out', () => {
  const cases: readonly (readonly [from: string, to: string, says: RegExp])[] = [
    [
      'clone: { from: 8000 }',
      "image: 'noble'",
      /source +clone:8000 → image:noble[\s\S]*phx destroy vmid:8001/,
    ],
    [
      "tags: ['docker']",
      "disk: { storage: 'quickOS-shared-prod-data' }",
      /qm disk move 8001 scsi0 quickOS-shared-prod-data/,
    ],
  ];
  for (const [from, to, says] of cases) {
    const project = withVms();
    project.edit(project.guest(8001), from, to);
    const ended = project.phx('run', 'vmid:8001');
    assert.equal(ended.code, 8, ended.err);
    assert.match(ended.out, says);
  }
  const project = withVms();
  project.phx('twin', 'exec', '--', 'qm', 'resize', '8001', 'scsi0', '200G');
  assert.match(
    project.phx('run', 'vmid:8001').out,
    /scsi0 of VM 8001 would have to shrink[\s\S]*200G → 100G/,
  );
});

test('a password is in no argument, no log and no record, and is recognised at the next run', () => {
  const project = withVms();
  project.edit(project.guest(8001), "tags: ['docker']", "tags: ['docker'], cipassword: { secret: 'env:PW' }");
  const run = (password: string) => project.phxWith({ PW: password }, 'run', 'vmid:8001', '--json');
  const first = run('geheim-1');
  assert.equal(first.code, 0, first.err);
  assert.match(first.out, /lock-8001\.conf/);
  const conf = project.phx('twin', 'exec', '--', 'cat', '/etc/pve/qemu-server/8001.conf').out;
  const [, hash = ''] = /^cipassword: (\$6\$\S+)$/m.exec(conf) ?? [];
  assert.ok(hash.length > 90, conf);
  assert.ok(!first.out.includes('geheim-1') && !first.out.includes(hash));
  for (const text of recordsOf(project)) assert.ok(!text.includes(hash) && !text.includes('geheim-1'));
  assert.match(run('geheim-1').out, /"done":0/);
  assert.match(run('geheim-2').out, /lock-8001\.conf/);
});

test('stop, snapshot, rollback and destroy of a VM; a template is not destroyed from under its clones', () => {
  const project = withVms();
  assert.match(
    project.phx('stop', 'vmid:8001').out,
    /qm shutdown 8001[\s\S]*the next run starts vmid:8001 again/,
  );
  assert.equal(project.phx('snapshot', 'vmid:8001', 'before').code, 0);
  assert.match(project.phx('rollback', 'vmid:8001').out, /before {2,}\d{4}-/);
  assert.equal(project.phx('rollback', 'vmid:8001', 'before', '--yes').code, 0);
  const refused = project.phx('destroy', 'vmid:8000', '--yes');
  assert.equal(refused.code, 8);
  assert.match(
    refused.out,
    /Linked clones stand on the volumes of VM 8000[\s\S]*phx destroy vmid:8001 vmid:8000/,
  );
  assert.match(
    project.phx('run', 'vmid:8001', '--recreate', '--yes').out,
    /--recreate makes containers anew/,
  );
  assert.equal(project.phx('destroy', 'vmid:8001', 'vmid:8000', '--yes').code, 0);
  assert.equal(project.phx('twin', 'exec', '--', 'qm', 'list').out, '');
});
