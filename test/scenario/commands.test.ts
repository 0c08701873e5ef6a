/** The commands that look, and the options of those that act: what a person and a script get from each. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../temp.ts';
import { host } from './over-ssh.ts';
import { repository } from './program.ts';
import { builtFleet, Project } from './rig.ts';

test('commands that look leave no trace on a fresh project: no node, no record, no lock', () => {
  const project = Project.fleet();
  const looks = [
    ['plan', 'all'],
    ['run', 'all', '--dry-run'],
    ['graph', 'all'],
    ['why', 'ctid:950/configure'],
    ['status'],
    ['list'],
    ['config', 'ctid:950'],
    ['validate'],
    ['cache', 'list'],
    ['twin', 'show'],
    ['twin', 'exec', '--', 'pct', 'list'],
  ];
  for (const words of looks) {
    const { code, out, err } = project.phx(...words);
    assert.equal(code, 0, `${words.join(' ')}: ${err}`);
    assert.ok(out.length > 0 || words[0] === 'twin', words.join(' '));
  }
  for (const trace of ['twin', 'stamps', 'journal', 'run.lock', 'log']) {
    assert.ok(!existsSync(join(project.root, '.cache', trace)), `.cache/${trace} was made`);
  }
});

test('plan: what a run of a fresh fleet would send is what it then sends', () => {
  const project = Project.fleet();
  const plan = project.plan('ctid:953');
  const planned = plan.tasks.flatMap(({ commands }) => commands.map(({ argv }) => argv.join(' ')));
  const sent = project
    .run(['ctid:953', '-j', '1'])
    .commands.filter((command) => !command.startsWith('write '));
  const same = (commands: string[]) =>
    commands.map((command) => command.replace(/incarnation=\w+| --digest \w+/g, '')).sort();
  assert.deepEqual(same(planned), same(sent));
  const [sources] = Project.fleet().plan('hypervisor/repos').tasks;
  assert.ok(sources?.files.some(({ diff }) => diff.includes('+Suites: trixie')));
});

test('plan --check tells a script whether anything would be done', () => {
  const project = builtFleet();
  assert.equal(project.phx('plan', 'all', '--check').code, 0);
  project.edit(project.guest(950), 'memory: 72000', 'memory: 4096');
  assert.equal(project.phx('plan', 'all', '--check').code, 6);
});

test('plan: what the node would refuse is found before anything is tried', () => {
  const project = builtFleet();
  project.phx('twin', 'exec', '--', 'mkdir', '-p', '/srv/share');
  project.phx('twin', 'exec', '--', 'pct', 'set', '953', '--mp0', '/srv/share,mp=/share');
  project.edit(project.guest(953), "hostname: 'Nginx", "snapshot: 'safe', hostname: 'Nginx");
  const plan = project.plan('ctid:953');
  const refused = plan.tasks.filter(({ refusals }) => refusals.length > 0);
  assert.deepEqual(
    refused.map(({ task, refusals }) => [task, refusals]),
    [['ctid:953/snapshot:safe', ['snapshot feature is not available']]],
  );
});

test('plan: what follows from a script of unknown effect is a may', () => {
  const project = builtFleet();
  project.edit(
    'phoenixfile.ts',
    'plugins: [',
    `plugins: [{ name: 'own', tasks: ({ fleet }) => ['script', 'after'].map((step) => ({
      id: 'own/' + step, target: 'own', title: step, revision: '1', touches: [],
      config: step === 'script' ? { zone: fleet.hypervisor.timezone } : {},
      opaque: step === 'script',
      dependencies: step === 'after' ? [{ task: 'own/script', kind: 'result' }] : [],
      run: async ({ run }) => { await run(['true']); return undefined; },
    })) }, `,
  );
  project.run(['own/script', 'own/after']);
  project.edit('config/hypervisor.json5', 'America/New_York', 'Europe/Vienna');
  const plan = project.plan('own/script', 'own/after');
  assert.deepEqual(
    plan.tasks.map(({ task, verdict, certainty }) => [task, verdict, certainty]),
    [
      ['own/script', 'stale', 'will'],
      ['own/after', 'stale', 'may'],
    ],
  );
  project.run(['own/script', 'own/after', 'hypervisor/timezone']);
  project.edit('phoenixfile.ts', "await run(['true'])", "await run(['test', '-e', '/etc/hostname'])");
  const again = project.plan('all').tasks.filter(({ verdict }) => verdict === 'stale');
  const renewed = again.filter(({ because }) => because.some(({ key }) => key === 'task:revision'));
  // A task of the project is as new as the modules that define it; those of phx are not touched.
  assert.deepEqual(
    renewed.map(({ task }) => task),
    ['own/script', 'own/after'],
  );
  assert.equal(again.length, renewed.length);
});

test('plan --check tells a block from a change', () => {
  const project = builtFleet();
  project.edit(project.guest(955), 'from: 901', 'from: 900');
  assert.equal(project.phx('plan', 'ctid:955', '--check').code, 8);
});

test('outside of a project there is one clear word, and package.json may point to one', () => {
  const project = Project.fleet();
  const { code, err } = project.phx('list', '-C', tempFolder());
  assert.equal(code, 2);
  assert.match(err, /There is no phx project here/);
  mkdirSync(join(project.root, 'elsewhere'));
  const outside = Project.fleet();
  outside.remove('phoenixfile.ts');
  outside.write(
    'package.json',
    JSON.stringify({ phx: { phoenixfile: join(project.root, 'phoenixfile.ts') } }),
  );
  assert.match(outside.phx('list').out, /ctid:950/);
});

test('a guest that left the configuration is an orphan: named, and left alone', () => {
  const project = builtFleet();
  project.remove(project.guest(960));
  assert.deepEqual(project.plan('all').orphans, ['ctid:960']);
  assert.match(project.phx('status').out, /ctid:960 {2}left the configuration; it stays/);
  assert.deepEqual(project.run(['all']).commands, []);
});

test('a thing of the node that left the configuration is named, and left alone', () => {
  const project = builtFleet();
  const path = 'config/hypervisor.json5';
  const without = (line: RegExp) => {
    const text = project.read(path);
    assert.match(text, line);
    project.write(path, text.replace(line, ''));
  };
  without(/ {2}backups: \{[\s\S]*?\n {2}\},\n/);
  without(/ +'fastData-shared-backups': .*\n/);
  without(/ +'fastData\/shared-backups': .*\n/);
  without(/ +noble: .*\n/);
  project.edit(path, 'images: {', "images: { plain: { url: 'https://example.org/plain.img' },");
  for (const vm of [8000, 8001]) project.remove(project.guest(vm));
  const left = [
    ...['vmid:8000', 'vmid:8001', 'backup job weekly', 'dataset fastData/shared-backups'],
    ...['image noble', 'storage fastData-shared-backups'],
  ];
  assert.deepEqual(project.plan('all').orphans, left);
  assert.match(
    project.phx('status').out,
    /storage fastData-shared-backups {2}left the configuration; it stays/,
  );
  project.phx('twin', 'exec', '--', 'pvesm', 'remove', 'fastData-shared-backups');
  assert.deepEqual(
    project.plan('all').orphans,
    left.filter((name) => !name.startsWith('storage')),
  );
});

test('why names the input that changed, and when the task last ran', () => {
  const project = builtFleet();
  const { out } = project.phx('why', 'ctid:950/configure', '--set', 'guests.950.memory=4096');
  assert.match(out, /^ctid:950\/configure {2}stale/);
  assert.match(out, /memory: 72000 → 4096/);
  assert.match(out, /last run {2}20\d\d-/);
});

test('graph: every format holds the same tasks, each marked without colour', () => {
  const project = builtFleet();
  const document = JSON.parse(project.phx('graph', 'ctid:950', '--format', 'json').out) as {
    nodes: { id: string; verdict: string }[];
    edges: { from: string; to: string; kind: string }[];
  };
  assert.equal(document.nodes.length, 69);
  assert.ok(document.nodes.every(({ verdict }) => verdict === 'fresh'));
  assert.ok(
    document.edges.some(
      ({ from, to, kind }) => from === 'ctid:950/define' && to === 'ctid:950/configure' && kind === 'result',
    ),
  );
  assert.match(project.phx('graph', 'ctid:950', '--format', 'mermaid').out, /^(flowchart|graph)/);
  assert.match(project.phx('graph', 'ctid:950', '--format', 'dot').out, /^digraph/);
  const text = project.phx('graph', 'ctid:950').out;
  assert.match(text, /✓ ctid:950/);
  assert.match(text, /fresh/);
  assert.equal(project.phx('graph', 'ctid:950', '--format', 'painting').code, 2);
});

test('config tells where a value comes from, through every layer', () => {
  const project = Project.fleet();
  mkdirSync(join(project.root, 'config', 'env', 'lab', 'guests'), { recursive: true });
  project.write('config/env/lab/guests/950-small.json5', '{ id: 950, cores: 3 }');
  const line = (...words: string[]) =>
    project
      .phx('config', 'ctid:950', ...words)
      .out.split('\n')
      .find((text) => text.includes('cores:')) ?? '';
  assert.match(line(), /6 .*profiles\/vllm\.json5:\d+/);
  assert.match(line('--env', 'lab'), /3 .*env\/lab\/guests\/950-small\.json5:1/);
  assert.match(line('--env', 'lab', '--set', 'guests.950.cores=2'), /2 .*--set/);
});

test('--except takes a target as it stands, --force runs only what was named', () => {
  const project = Project.fleet();
  const refused = project.phx('run', 'ctid:900', '--except', 'hypervisor/template');
  assert.equal(refused.code, 8);
  assert.match(refused.err, /template ubuntu-24\.04\S+ is not on the node/);
  const run = project.run(['ctid:900', '--except', 'hypervisor/template', '--keep-going'], 1);
  assert.ok(run.tasks('kept').includes('hypervisor/template:ubuntu-24.04-standard_24.04-2_amd64.tar.zst'));
  assert.match(
    run
      .of('failed')[0]
      ?.error.facts.map(([, value]) => value)
      .join('\n') ?? '',
    /does not exist/,
  );
  project.run(['ctid:900']);
  const forced = project.run(['ctid:900/configure', '--force']);
  assert.deepEqual(forced.tasks('done'), ['ctid:900/configure']);
  assert.deepEqual(forced.commands, []);
});

test('list, status and cache speak of the same things', () => {
  const project = builtFleet();
  assert.match(project.phx('list').out, /ctid:950 +vllm-qwen2-5-7b-awq +11 tasks +tag:gpu/);
  assert.match(project.phx('list', 'ctid:950').out, /ctid:950\/feature:vllm/);
  assert.match(project.phx('status', 'ctid:950').out, /ctid:950 +running +11\/11 fresh/);
  const records = new RegExp(`${host.known} {2}(\\d+) tasks, \\1 done`);
  assert.match(project.phx('cache', 'list').out, records);
  assert.match(project.phx('cache', 'forget', 'ctid:950').out, /forgot 11 records/);
  assert.match(project.phx('cache', 'unlock').out, /there is no lock/);
  assert.match(project.phx('cache', 'prune').out, /dropped 0 records/);
  assert.match(project.phx('twin', 'show').out, /950 +vllm-qwen2-5-7b-awq +running/);
});

test('a disk of the twin takes a signature, and a wrong one is one clear error', () => {
  const project = Project.fleet();
  const [name = ''] = /^nvme\S+$/m.exec(project.phx('twin', 'exec', '--', 'ls', '/dev/disk/by-id').out) ?? [];
  const disk = `/dev/disk/by-id/${name}`;
  const mounted = project.phx('twin', 'disk', disk, '--signature', 'ext4', '--mounted', '/mnt/old');
  assert.deepEqual([mounted.code, mounted.out], [0, `${disk}: ext4, mounted at /mnt/old\n`]);
  const lsblk = ['twin', 'exec', '--', 'lsblk', '-no', 'FSTYPE,MOUNTPOINT', disk];
  assert.equal(project.phx(...lsblk).out, 'ext4 /mnt/old\n');
  assert.equal(project.phx('twin', 'disk', disk, '--signature', 'blank').code, 0);
  assert.equal(project.phx(...lsblk).out, ' \n');
  const wrong = project.phx('twin', 'disk', '/dev/disk/by-id/none', '--signature', 'gpt');
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /is no disk of the simulated node[\s\S]*ata-SYSTEM_DISK_120GB_0001/);
  assert.equal(project.phx('twin', 'disk', disk).code, 2);
});

test('help has examples, and every command is in it', () => {
  const project = Project.fleet();
  const help = project.phx('--help').out;
  for (const name of [
    'run',
    'plan',
    'graph',
    'why',
    'status',
    'list',
    'config',
    'validate',
    'cache',
    'twin',
  ]) {
    assert.match(help, new RegExp(`^ +${name} `, 'm'));
    const own = project.phx(name, '--help');
    assert.equal(own.code, 0);
    assert.match(own.out, /Examples:/, name);
  }
  assert.match(project.phx('--version').out, /^\d+\.\d+\.\d+\n$/);
});

test('reporters: quiet says only the end, plain the commands, json one event a line', () => {
  const project = builtFleet();
  project.edit(project.guest(950), 'memory: 72000', 'memory: 4096');
  const copy = project.copy();
  assert.match(copy.phx('run', 'ctid:950', '--quiet').out, /^1 done · 68 fresh · [\d.]+s\n$/);
  const plain = project.copy().phx('run', 'ctid:950', '--plain').out;
  assert.equal(plain.split('\n')[0], `phx · ${host.label} · 69 tasks · 4 jobs`);
  assert.match(plain, /configure {2}memory: 72000 → 4096/);
  assert.match(plain, /✓ configure .* pct set 950 --memory 4096/);
  const log = project.copy();
  log.phx('run', 'ctid:950', '--plain');
  const run = log.lastOf(join(log.root, '.cache', 'log'));
  assert.match(
    log.read(join('.cache', 'log', run, 'ctid_950_configure.log')),
    /\$ pct set 950 --memory 4096/,
  );
});

test('doctor says what is well, ends well there, and with 8 where something is bad', () => {
  const project = Project.known();
  project.run(['ctid:900']);
  const well = project.phx('doctor');
  assert.equal(well.code, 0, well.out);
  assert.match(well.out, /✓ Proxmox VE 8\.4\.1/);
  assert.match(well.out, / well · \d+ to look at · 0 bad\n$/);
  project.edit(project.guest(900), "kind: 'ct',", "kind: 'cx',");
  const ill = project.phx('doctor');
  assert.equal(ill.code, 8);
  assert.match(ill.out, /✗ the configuration has \d errors?\n +→ type: phx validate/);
});

test('prune lists what left the configuration, and takes away what is named, what lies on something before it', () => {
  const project = builtFleet();
  const path = 'config/hypervisor.json5';
  const text = project.read(path);
  const lines = [
    / {2}backups: \{[\s\S]*?\n {2}\},\n/,
    / +'fastData-shared-backups': .*\n/,
    / +'fastData\/shared-backups': .*\n/,
  ];
  project.write(
    path,
    lines.reduce((all, line) => all.replace(line, ''), text),
  );
  project.remove(project.guest(960));
  const { out } = project.phx('prune');
  assert.match(out, /ctid:960 +the guest, with all its volumes/);
  assert.match(out, /backup-job:weekly +the job/);
  assert.match(out, /dataset:fastData\/shared-backups +and all that is in it/);
  const named = [
    'dataset:fastData/shared-backups',
    'storage:fastData-shared-backups',
    'backup-job:weekly',
    'ctid:960',
  ];
  // Nobody can be asked here: nothing is done without --yes.
  assert.equal(project.phx('prune', ...named).code, 2);
  assert.equal(project.plan('all').orphans.length, 4);
  const typo = project.phx('prune', 'storage:fastData-shared-backup', '--yes');
  assert.equal(typo.code, 2);
  assert.match(typo.err, /storage:fastData-shared-backups/);
  const kept = project.phx('prune', 'ctid:950', '--yes');
  assert.equal(kept.code, 2);
  assert.match(kept.err, /ctid:950 is nothing that left the configuration/);
  const ended = project.phx('prune', ...named, '--yes');
  assert.equal(ended.code, 0, ended.out + ended.err);
  const sent = [
    ...ended.out.matchAll(/(pct destroy 960|pvesh delete \S+|pvesm remove \S+|zfs destroy \S+)/g),
  ].map(([words]) => words);
  assert.deepEqual(
    [...new Set(sent)],
    [
      ...['pct destroy 960', 'pvesh delete /cluster/backup/weekly', 'pvesm remove fastData-shared-backups'],
      'zfs destroy fastData/shared-backups',
    ],
  );
  assert.equal(project.phx('prune').out, 'nothing on the node left the configuration\n');
  assert.deepEqual(project.run(['all']).commands, []);
});

test('a dataset that phx did not create is never pruned, and a pool neither: the way is told', () => {
  const project = Project.known();
  project.phx(
    'twin',
    'exec',
    '--',
    'zpool',
    'create',
    'fastData',
    '/dev/disk/by-id/nvme-Samsung_SSD_990_EVO_Plus_4TB_S7U8NJ0Y402334Y',
  );
  project.phx('twin', 'exec', '--', 'zfs', 'create', 'fastData/shared-backups');
  project.run(['hypervisor/zfs:fastData/shared-backups']);
  const path = 'config/hypervisor.json5';
  const lines = [
    / {2}backups: \{[\s\S]*?\n {2}\},\n/,
    / +'fastData-shared-backups': .*\n/,
    / +'fastData\/shared-backups': .*\n/,
  ];
  project.write(
    path,
    lines.reduce((all, line) => all.replace(line, ''), project.read(path)),
  );
  const refused = project.phx('prune', 'dataset:fastData/shared-backups', '--yes');
  assert.equal(refused.code, 2);
  assert.match(refused.err, /nothing here tells that phx made it/);
  assert.match(refused.err, /zfs destroy fastData\/shared-backups/);
});

test('the guests of docs/recipes.md are built as they stand there', () => {
  const project = Project.known();
  const page = readFileSync(join(repository, 'docs', 'recipes.md'), 'utf8');
  const guests = [...page.matchAll(/```json5\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  assert.equal(guests.length, 2);
  for (const text of guests) project.write(`config/guests/${/id: (\d+)/.exec(text)?.[1]}-recipe.json5`, text);
  project.run(['ctid:961', 'vmid:8010']);
  assert.deepEqual(project.run(['ctid:961', 'vmid:8010']).commands, []);
});
