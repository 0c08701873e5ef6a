import assert from 'node:assert/strict';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { builtFleet, Project } from './rig.ts';

const hypervisorFor950 = [
  'hypervisor/network',
  'hypervisor/nvidia:devices',
  'hypervisor/nvidia:driver',
  'hypervisor/nvidia:nouveau',
  'hypervisor/packages',
  'hypervisor/reboot',
  'hypervisor/repos',
  'hypervisor/resolver',
  'hypervisor/storage:fastData-shared-bulk-data',
  'hypervisor/storage:fastData-shared-iso',
  'hypervisor/storage:quickOS-lxc-disks',
  'hypervisor/template:ubuntu-24.04-standard_24.04-2_amd64.tar.zst',
  'hypervisor/zfs:fastData',
  'hypervisor/zfs:fastData/shared-bulk-data',
  'hypervisor/zfs:fastData/shared-iso',
  'hypervisor/zfs:quickOS',
  'hypervisor/zfs:quickOS/lxc-disks',
];

test('the main job: container 950 and what it rests on, nothing else; again, and nothing runs', () => {
  const project = Project.fleet();
  const first = project.run(['ctid:950']);
  const [planned] = first.of('planned');
  const targets = new Set(planned?.tasks.map(({ target }) => target));
  assert.deepEqual([...targets].sort(), [
    'ctid:900',
    'ctid:901',
    'ctid:920',
    'ctid:950',
    'ctid:953',
    'hypervisor',
  ]);
  const host = planned?.tasks.filter(({ target }) => target === 'hypervisor').map(({ task }) => task);
  assert.deepEqual(host?.sort(), hypervisorFor950);
  assert.equal(first.summary.done, planned?.tasks.length);

  const second = project.run(['ctid:950']);
  assert.equal(second.summary.done, 0);
  assert.equal(second.summary.fresh, planned?.tasks.length);
  assert.deepEqual(second.commands, []);
});

test('an edit of memory plans exactly one command, and a run sends just that', () => {
  const project = builtFleet();
  project.edit(project.guest(950), 'memory: 72000', 'memory: 65536');
  const plan = project.plan('ctid:950');
  const stale = plan.tasks.filter(({ verdict }) => verdict !== 'fresh');
  assert.deepEqual(
    stale.map(({ task, because, commands }) => ({
      ...{ task, because },
      commands: commands.map(({ argv }) => ({
        argv: argv.map((word) => word.replace(/^[0-9a-f]{40}$/, '(digest)')),
      })),
    })),
    [
      {
        task: 'ctid:950/configure',
        because: [{ why: 'changed', key: 'memory', from: '72000', to: '65536' }],
        commands: [{ argv: ['pct', 'set', '950', '--memory', '65536', '--digest', '(digest)'] }],
      },
    ],
  );
  const run = project.run(['ctid:950']);
  assert.deepEqual(run.tasks('done'), ['ctid:950/configure']);
  assert.deepEqual(run.commands, ['pct set 950 --memory 65536']);
  assert.deepEqual(project.run(['all']).commands, []);
});

test('a key that leaves the configuration is deleted from the guest', () => {
  const project = builtFleet();
  project.edit(project.guest(950), 'tags:', 'cpulimit: 4, tags:');
  assert.deepEqual(project.run(['ctid:950']).commands, ['pct set 950 --cpulimit 4']);
  project.edit(project.guest(950), 'cpulimit: 4, tags:', 'tags:');
  assert.deepEqual(project.run(['ctid:950']).commands, ['pct set 950 --delete cpulimit']);
});

test("an edit of a feature's script runs it where it is used, and names the clones that are outdated", () => {
  const project = builtFleet();
  project.edit(
    'templates/features/base_setup.sh.hbs',
    'apt_install ca-certificates',
    'true\napt_install ca-certificates',
  );
  const run = project.run(['all']);
  assert.deepEqual(run.tasks('done'), [
    'ctid:900/feature:base_setup',
    'ctid:900/health',
    'ctid:900/snapshot:sealed',
    'ctid:953/app',
    'ctid:953/feature:base_setup',
    'ctid:953/health',
    'vmid:8001/feature:base_setup',
    'vmid:8001/feature:docker',
    'vmid:8001/health',
    'vmid:8001/snapshot:initial',
  ]);
  const outdated = run.of('outdated');
  assert.deepEqual(
    outdated.map(({ task }) => task).sort(),
    [901, 902, 903, 910, 920, 921, 941, 950, 951, 952, 954, 955, 956, 957, 960].map(
      (id) => `ctid:${id}/define`,
    ),
  );
  const messages = new Map(outdated.map(({ task, message }) => [task, message]));
  assert.match(messages.get('ctid:901/define') ?? '', /^made from 900 before its feature:base_setup changed/);
  assert.match(
    messages.get('ctid:950/define') ?? '',
    /920 is outdated.*901 is outdated.*made from 900 before/,
  );
  const again = project.run(['all']);
  assert.equal(again.summary.done, 0);
  assert.equal(again.summary.outdated, 15);
});

test('a run for one guest leaves its standing source alone', () => {
  const project = builtFleet();
  project.edit('templates/features/nvidia.sh.hbs', 'version={{sh version}}', 'true\nversion={{sh version}}');
  const run = project.run(['ctid:950']);
  assert.deepEqual(run.tasks('done'), []);
  assert.ok(run.tasks('kept').includes('ctid:920/feature:nvidia'));
});

test('one edited dataset runs one task', () => {
  const project = builtFleet();
  project.edit('config/hypervisor.json5', "quota: '600G'", "quota: '700G'");
  const run = project.run(['all']);
  assert.deepEqual(run.tasks('done'), ['hypervisor/zfs:quickOS/lxc-disks']);
  assert.deepEqual(run.commands, ['zfs set quota=700G quickOS/lxc-disks']);
});

test('a comment, another order of keys and a touched file run nothing', () => {
  const project = builtFleet();
  project.edit(project.guest(950), 'id: 950,', '// a comment\n  id: 950,');
  project.edit(project.guest(950), "kind: 'ct',", '');
  project.edit(project.guest(950), "tags: ['gpu'],", "tags: ['gpu'], kind: 'ct',");
  utimesSync(join(project.root, 'config/hypervisor.json5'), new Date(), new Date());
  utimesSync(join(project.root, 'templates/features/docker.sh.hbs'), new Date(), new Date());
  assert.equal(project.run(['all']).summary.done, 0);
});

test('what was changed by hand is told and mended', () => {
  const project = builtFleet();
  assert.equal(project.phx('twin', 'exec', '--', 'pct', 'set', '950', '--memory', '1024').code, 0);
  const [task] = project.plan('ctid:950').tasks.filter(({ verdict }) => verdict === 'stale');
  assert.deepEqual(task?.because, [{ why: 'drifted', key: 'memory', from: '72000', to: '1024' }]);
  assert.deepEqual(project.run(['ctid:950']).commands, ['pct set 950 --memory 72000']);
});

test('a guest destroyed by hand is built again, and nothing else', () => {
  const project = builtFleet();
  const before = project.world();
  assert.equal(project.phx('twin', 'exec', '--', 'pct', 'destroy', '950', '--force').code, 0);
  const run = project.run(['ctid:950']);
  assert.ok(run.tasks('done').every((task) => task.startsWith('ctid:950/')));
  assert.equal(run.of('done').find(({ task }) => task === 'ctid:950/define')?.because[0]?.why, 'missing');
  assert.deepEqual(project.world(), before);
});

test('a clone that stands knows what it inherited, also when the record is lost', () => {
  const project = builtFleet();
  project.edit(
    'templates/features/base_setup.sh.hbs',
    'apt_install ca-certificates',
    'true\napt_install ca-certificates',
  );
  project.run(['all']);
  project.phx('cache', 'forget', 'ctid:954');
  project.run(['ctid:954']);
  const [define] = project
    .run(['all'])
    .of('outdated')
    .filter(({ task }) => task === 'ctid:954/define');
  assert.match(define?.message ?? '', /902 is outdated/);
});

test('with an empty record a run recognises what stands and sends nothing', () => {
  const project = builtFleet();
  assert.equal(project.phx('cache', 'forget', 'all').code, 0);
  assert.deepEqual(
    project.plan('all').tasks.flatMap(({ commands, files }) => [...commands, ...files]),
    [],
  );
  assert.deepEqual(project.run(['all']).commands, []);
  assert.equal(project.run(['all']).summary.done, 0);
});
