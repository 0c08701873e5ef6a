/** Wrong input of every kind: one clear error, the documented exit code, nothing changed. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { builtFleet, Project } from './rig.ts';

interface Case {
  readonly name: string;
  readonly spoil: (project: Project) => void;
  readonly words?: readonly string[];
  readonly code: number;
  readonly says: readonly RegExp[];
}

const cases: Case[] = [
  {
    name: 'JSON5 that does not parse',
    spoil: (p) => p.edit(p.guest(950), 'id: 950,', 'id: 950 oops'),
    code: 3,
    says: [/config\/guests\/950-[^:]+:3:\d+/, /\^/],
  },
  {
    name: 'an unknown key',
    spoil: (p) => p.edit(p.guest(950), 'id: 950,', 'id: 950, memroy: 1024,'),
    code: 3,
    says: [/memroy/, /memory/, /950-[^:]+:3:12/],
  },
  {
    name: 'a wrong type',
    spoil: (p) => p.edit(p.guest(950), 'memory: 72000', "memory: 'much'"),
    code: 3,
    says: [/memory/, /number/, /950-[^:]+:8:11/],
  },
  {
    name: 'a clone of a guest that does not exist',
    spoil: (p) => p.edit(p.guest(950), 'from: 920', 'from: 929'),
    code: 3,
    says: [/929/, /950-[^:]+:\d+:\d+/],
  },
  {
    name: 'guests that wait for each other',
    spoil: (p) => p.edit(p.guest(953), 'dependencies: [],', 'dependencies: [950],'),
    code: 3,
    says: [/953.*950|950.*953/],
  },
  {
    name: 'two guests with one address',
    spoil: (p) => p.edit(p.guest(951), '10.0.0.151/24', '10.0.0.150/24'),
    code: 3,
    says: [/10\.0\.0\.150/, /950/, /951/],
  },
  {
    name: 'all errors at once',
    spoil: (p) => {
      p.edit(p.guest(950), 'id: 950,', 'id: 950, memroy: 1024,');
      p.edit(p.guest(951), 'id: 951,', 'id: 951, coers: 2,');
    },
    code: 3,
    says: [/memroy/, /coers/, /2 errors/],
  },
  {
    name: 'a file that cannot be read',
    spoil: (p) => {
      const path = join(p.root, p.guest(950));
      unlinkSync(path);
      mkdirSync(path);
    },
    code: 3,
    says: [/950-/],
  },
  {
    name: 'an unknown target',
    spoil: () => {},
    words: ['run', 'ctid:95'],
    code: 2,
    says: [/ctid:95/, /did you mean ctid:950/],
  },
  {
    name: 'a VM, which no plugin builds',
    spoil: (project) => project.edit('phoenixfile.ts', ', vm()]', ']'),
    words: ['run', 'vmid:8001'],
    code: 2,
    says: [/vmid:8001 is in the configuration, but no plugin builds it/],
  },
  { name: 'no target', spoil: () => {}, words: ['run'], code: 2, says: [/Nothing was named/] },
  { name: 'an unknown command', spoil: () => {}, words: ['rnu', 'all'], code: 2, says: [/did you mean run/] },
  {
    name: 'an unknown option',
    spoil: () => {},
    words: ['run', 'all', '--jbos', '3'],
    code: 2,
    says: [/--jbos/, /phx run --help/],
  },
  {
    name: 'a bad number',
    spoil: () => {},
    words: ['run', 'all', '-j', 'many'],
    code: 2,
    says: [/whole number/],
  },
  {
    name: 'an unknown host',
    spoil: () => {},
    words: ['run', 'all', '--host', 'moon'],
    code: 2,
    says: [/moon/, /twin/],
  },
  {
    name: 'a real node that is none',
    spoil: () => {},
    words: ['run', 'all', '--host', 'local'],
    code: 2,
    says: [/no Proxmox VE node/],
  },
  {
    name: 'a phoenixfile that does not compile',
    spoil: (p) => p.edit('phoenixfile.ts', 'export default', 'export default ]'),
    code: 3,
    says: [/phoenixfile/, /4|5/],
  },
  {
    name: 'a template parameter that does not exist',
    spoil: (p) => p.edit(p.guest(950), "model: 'Qwen", "modell: 'x', model: 'Qwen"),
    code: 3,
    says: [/modell/, /model/, /950/],
  },
  {
    name: 'a feature without what it builds on',
    spoil: (p) => p.edit(p.guest(954), 'layers: []', "layers: ['vllm']"),
    code: 3,
    says: [/needs/, /954/],
  },
  {
    name: 'a template that is broken',
    spoil: (p) => p.edit('templates/features/base_setup.sh.hbs', '{{sh locale}}', '{{sh loacle}}'),
    code: 3,
    says: [/base_setup/, /loacle/],
  },
  {
    name: 'a cache folder that cannot be made',
    spoil: (p) => writeFileSync(join(p.root, '.cache'), ''),
    code: 1,
    says: [/cache/i, /writable|room/],
  },
];

for (const { name, spoil, words = ['run', 'ctid:950'], code, says } of cases) {
  test(name, () => {
    const project = Project.fleet();
    spoil(project);
    const { code: ended, out, err } = project.phx(...words);
    assert.equal(ended, code, `${out}\n${err}`);
    for (const pattern of says) assert.match(err, pattern);
    assert.doesNotMatch(err, /\n\s+at .*\.[jt]s:\d+/, 'a stack trace');
    assert.ok(!existsSync(join(project.root, '.cache', 'twin', 'state.json')), 'the node was touched');
  });
}

test('a full disk under the records: told, and the next run goes on', () => {
  const project = builtFleet();
  const before = project.world();
  project.edit(project.guest(950), 'memory: 72000', 'memory: 4096');
  const log = join('.cache', 'stamps', project.lastOf(join(project.root, '.cache', 'stamps')));
  // No file may grow beyond what the log already has: to the program that is a full disk.
  const full = project.phxWithin(Math.floor(project.read(log).length / 512), 'run', 'ctid:950', '--plain');
  assert.equal(full.code, 1, full.err);
  assert.match(full.out + full.err, /stamp log cannot be written/);
  assert.deepEqual(project.world(), before);
  assert.deepEqual(project.run(['ctid:950']).commands, ['pct set 950 --memory 4096']);
});

test('an identity that changed is not rebuilt: blocked, with the way out', () => {
  const project = builtFleet();
  const before = project.world();
  project.edit(project.guest(955), 'from: 901', 'from: 900');
  const run = project.run(['ctid:955'], 8);
  const [blocked] = run.of('blocked');
  assert.equal(blocked?.task, 'ctid:955/define');
  assert.deepEqual(blocked?.error.facts, [['source', 'clone:901 → clone:900']]);
  assert.match(blocked?.error.hint ?? '', /destroys nothing unasked/);
  assert.deepEqual(project.world(), before);
});

test('a container that phx did not make is refused', () => {
  const project = Project.fleet();
  project.run(['hypervisor']);
  const template = 'fastData-shared-iso:vztmpl/ubuntu-24.04-standard_24.04-2_amd64.tar.zst';
  const made = project.phx(
    'twin',
    'exec',
    '--',
    'pct',
    'create',
    '900',
    template,
    '--rootfs',
    'quickOS-lxc-disks:4',
  );
  assert.equal(made.code, 0, made.err);
  const refused = project.phx('run', 'ctid:953');
  assert.equal(refused.code, 8);
  assert.match(
    refused.err,
    /✗ 1 conflict between[\s\S]*ctid:900 +container 900 exists, but phx did not make it/,
  );
  const run = project.run(['ctid:953', '--keep-going'], 8);
  assert.match(run.of('notice').at(-1)?.text ?? '', /^ctid:900: container 900 exists/);
  assert.match(run.of('blocked')[0]?.error.title ?? '', /exists, but phx did not make it/);
  assert.deepEqual(run.commands, []);
});

test('an output that nobody reads any more ends quietly', () => {
  const project = builtFleet();
  const { code, err } = project.phx('graph', 'all', '--format', 'json');
  assert.equal(code, 0);
  assert.equal(err, '');
});

const phoenixfile = (more: string, plugins = 'hypervisor(), lxc()') =>
  `import { definePhoenix, hypervisor, lxc, script } from 'phoenix-orchestrator';
export default definePhoenix({ name: 'phoenix', plugins: [${plugins}], ${more} });
void script;
`;

const odd: [what: string, text: string, says: RegExp][] = [
  ['no job', phoenixfile('jobs: 0'), /jobs is a whole number from 1, not 0/],
  ['a host that nobody knows', phoenixfile("host: 'twn'"), /host "twn" is none of twin, local/],
  ['a key that is none', phoenixfile('job: 4'), /no key "job": did you mean jobs/],
  ['a plugin that is none', phoenixfile('', 'hypervisor(), null'), /plugins\[1\] is no plugin/],
  ['a pool without width', phoenixfile("pools: { 'clone:900': 0 }"), /width of pool clone:900/],
  [
    'a setting of a script that is none',
    phoenixfile('', "hypervisor(), script('./x.sh', { output: ['file:/x'] })"),
    /no setting output/,
  ],
  [
    'a list that is none',
    phoenixfile('', "hypervisor(), script('./x.sh', { after: 'hypervisor/packages' })"),
    /after is a list of texts/,
  ],
  [
    'an output that cannot be looked at',
    phoenixfile('', "hypervisor(), script('./x.sh', { outputs: ['file:x'] })"),
    /output file:x cannot be looked at/,
  ],
];

for (const [what, text, says] of odd) {
  test(`a phoenixfile with ${what}`, () => {
    const project = Project.fleet();
    project.write('phoenixfile.ts', text);
    const { code, err } = project.phx('validate');
    assert.equal(code, 3, err);
    assert.match(err, says);
    assert.doesNotMatch(err, /stumbled|mistake in phx|\n\s+at /);
  });
}

test('a disk that no pool names is not to be wiped', () => {
  const { code, err } = Project.fleet().phx('run', 'hypervisor/zfs', '--wipe-disk', 'nvme-NOPE');
  assert.equal(code, 2, err);
  assert.match(err, /--wipe-disk nvme-NOPE: no pool of the configuration names this disk/);
});

test('an operator who is no address', () => {
  const { code, err } = Project.fleet().phx('plan', 'hypervisor', '--operator', 'here');
  assert.equal(code, 2, err);
  assert.match(err, /--operator here is no address/);
});
