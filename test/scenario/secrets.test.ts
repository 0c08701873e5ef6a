/** Secrets: their values reach the node's programs, and stand in no file of the project and in no output. */

import assert from 'node:assert/strict';
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { merged } from '../../src/config/schema/index.ts';
import type { TwinState } from '../../src/twin/state.ts';
import { tell } from '../faults/seed.ts';
import { leavesOf } from '../safety/leaves.ts';
import { type Ended, Project } from './rig.ts';

const account = 'Tr0ub4dor&3 "horse"';
const samba = 'correct battery $taple';
const env = { ACCOUNT_PASSWORD: account, SAMBA_PASSWORD: samba };
const steps = ['hypervisor/user:heads', 'hypervisor/samba-account', 'hypervisor/samba'];

function withSecrets(): Project {
  const project = Project.known();
  const config = 'config/hypervisor.json5';
  project.edit(
    config,
    'heads: { sudo: true',
    "heads: { password: { secret: 'env:ACCOUNT_PASSWORD' }, sudo: true",
  );
  project.edit(
    config,
    "// password: { secret: 'env:SAMBA_PASSWORD' }",
    "password: { secret: 'env:SAMBA_PASSWORD' }",
  );
  return project;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return statSync(path).isFile() ? [path] : [];
  });
}

/** As they are, and as they stand in a JSON text. */
function leaksIn(text: string): string[] {
  const values = [account, samba, JSON.stringify(account).slice(1, -1)];
  return values.filter((value) => text.includes(value));
}

function stateOf(project: Project): TwinState {
  return JSON.parse(project.read('.cache/twin/state.json')) as TwinState;
}

test('a password is set, and neither files nor output hold its value', () => {
  const project = withSecrets();
  const said: Ended[] = [];
  const look = (...words: string[]) => {
    const ended = project.phxWith(env, ...words);
    assert.equal(ended.code, 0, ended.err);
    said.push(ended);
    return ended;
  };
  look('plan', ...steps);
  look('run', ...steps, '-v');
  assert.match(stateOf(project).files['/etc/shadow']?.text ?? '', /^heads:\$/m);
  assert.ok(stateOf(project).sambaUsers?.heads);
  look('plan', ...steps, '--force', '--json');
  look('run', ...steps, '--force', '--json');
  look('why', ...steps);
  look('why', ...steps, '--json');
  look('config', 'hypervisor');
  look('graph', ...steps);
  for (const { out, err } of said) assert.deepEqual(leaksIn(out + err), []);
  const files = filesBelow(join(project.root, '.cache'));
  assert.ok(files.length > 5);
  for (const file of files) assert.deepEqual(leaksIn(readFileSync(file, 'utf8')), [], file);
});

test('another value runs just the steps that use it; the same one, or none, runs nothing', () => {
  const project = withSecrets();
  assert.equal(project.phxWith(env, 'run', ...steps).code, 0);
  const before = stateOf(project).files['/etc/shadow']?.text;
  assert.match(project.phxWith(env, 'run', ...steps).out, /^\d+ fresh/m);
  assert.match(project.phx('run', ...steps).out, /^\d+ fresh/m);
  const changed = project.phxWith({ ...env, ACCOUNT_PASSWORD: 'another' }, 'run', ...steps, '--json');
  const done = changed.out.split('\n').filter((line) => line.startsWith('{"type":"done"'));
  assert.equal(done.length, 1);
  assert.match(done[0] ?? '', /"task":"hypervisor\/user:heads".*"argv":\["chpasswd"\]/);
  assert.notEqual(stateOf(project).files['/etc/shadow']?.text, before);
});

test('a secret that is not there stops its step before it changes anything', () => {
  const project = withSecrets();
  const ended = project.phx('run', 'hypervisor/user:heads');
  assert.equal(ended.code, 1);
  assert.match(ended.out, /ACCOUNT_PASSWORD is not set/);
  assert.doesNotMatch(ended.out, /useradd/);
});

test('a VM whose cloud-init data hold secrets shows them in no plan, no kept plan, no rehearsal and no facts', () => {
  const project = Project.fleet();
  const values = { DEPLOY: 'canary-password', KEY: 'canary-content', NEW: 'canary-other' };
  const plain = "timezone: 'Europe/Berlin',";
  const secret = `${plain} users: ['default', { name: 'deploy', password: { secret: 'env:DEPLOY' } }],`;
  const file = "write_files: [{ path: '/etc/key', content: { secret: 'env:KEY' } }, ";
  project.edit(project.guest(8001), plain, secret);
  project.edit(project.guest(8001), 'write_files: [', file);
  const said: string[] = [];
  const look = (...words: string[]) => {
    const ended = project.phxWith(values, ...words);
    assert.equal(ended.code, 0, ended.err);
    said.push(ended.out, ended.err);
    return ended.out;
  };
  const hidden = /vm-8001-user\.yaml {2}\(it holds a secret, and is not shown\)/;
  assert.match(look('plan', 'vmid:8001'), hidden);
  look('plan', 'vmid:8001', '--json', '-o', 'plan.json');
  said.push(project.read('plan.json'));
  look('rehearse', 'vmid:8001', '--json');
  assert.match(look('run', 'plan.json'), /\d+ done/);
  look('facts');
  project.edit(project.guest(8001), 'env:KEY', 'env:NEW');
  assert.match(look('plan', 'vmid:8001'), hidden);
  project.edit(project.guest(8001), secret, plain);
  project.edit(project.guest(8001), file.replace('KEY', 'NEW'), 'write_files: [');
  assert.match(look('plan', 'vmid:8001'), hidden);
  for (const text of said) assert.doesNotMatch(text, /canary|\$6\$/);
});

/** Fields that hold a reference, as the schema has them: a new one is to be tried below before it is put here. */
const bearing = [
  ...['storage.*.password', 'users.*.password', 'samba.password', 'cipassword'],
  ...['cloudInit.users.*.password', 'cloudInit.users.*.hashed_passwd', 'cloudInit.write_files.*.content'],
];

test('every field of the schema that bears a secret is known here', () => {
  const found = Object.values(merged).flatMap((schema) =>
    leavesOf(schema).flatMap(({ path }) => (path.endsWith('.secret') ? [path.slice(0, -7)] : [])),
  );
  assert.deepEqual([...new Set(found)].sort(), [...bearing].sort());
});

/** A value, and the forms in which it could slip through: each is looked for. */
function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  return [
    ...[value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), value.replaceAll("'", "'\\''")],
    ...[bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url'), bytes.toString('hex')],
  ];
}

test('no value of any secret field leaves in any form, by no command and in no file of phx', () => {
  const project = Project.fleet();
  const values: Record<string, string> = {
    ...{ ACCOUNT: `canary'one &"1"%`, SAMBA: 'canary two $2', CI: 'canary:three/3', DEPLOY: 'canary four?4' },
    ...{
      HASHED: '$6$canary$five.5/hash',
      CONTENT: 'canary "six"\\6',
      CIFS: 'canary-seven=7',
      PBS: 'canary+eight 8',
    },
  };
  const ref = (name: string) => `{ secret: 'env:${name}' }`;
  const node = 'config/hypervisor.json5';
  project.edit(node, 'heads: { sudo: true', `heads: { password: ${ref('ACCOUNT')}, sudo: true`);
  project.edit(node, "// password: { secret: 'env:SAMBA_PASSWORD' }", `password: ${ref('SAMBA')}`);
  project.edit(
    node,
    'storage: {',
    `storage: {
      nas: { type: 'cifs', server: '10.0.0.9', share: 'a', username: 'u', password: ${ref('CIFS')}, content: ['iso'] },
      safe: { type: 'pbs', server: '10.0.0.8', datastore: 'd', username: 'u@pbs', password: ${ref('PBS')}, content: ['backup'] },`,
  );
  const users = `{ name: 'deploy', password: ${ref('DEPLOY')} }, { name: 'other', hashed_passwd: ${ref('HASHED')} }`;
  const plain = "timezone: 'Europe/Berlin',";
  project.edit(project.guest(8001), plain, `${plain} users: ['default', ${users}],`);
  project.edit(
    project.guest(8001),
    'write_files: [',
    `write_files: [{ path: '/etc/key', content: ${ref('CONTENT')} }, `,
  );
  project.edit(project.guest(8001), 'cloudInit:', `cipassword: ${ref('CI')},\n  cloudInit:`);
  const forms = Object.entries(values).flatMap(([name, value]) =>
    formsOf(value).map((form) => ({ name, form })),
  );
  const leaks: string[] = [];
  const scan = (text: string, where: string) =>
    leaks.push(
      ...forms.flatMap(({ name, form }) => (text.includes(form) ? [`${name} as ${form}: ${where}`] : [])),
    );
  const look = (codes: readonly number[], ...words: string[]) => {
    const ended = project.phxWith(values, ...words);
    assert.ok(
      codes.includes(ended.code ?? -1),
      `${words.join(' ')}: ${ended.code} ${ended.err}${ended.out.slice(-800)}`,
    );
    scan(ended.out + ended.err, words.join(' '));
    return ended;
  };
  const all = ['hypervisor', 'vmid:8001'];
  look([0, 8], 'plan', ...all, '--json', '-o', 'plan.json');
  scan(project.read('plan.json'), 'plan.json');
  look([0, 8], 'rehearse', ...all, '--json');
  // A program that repeats what it was given on standard input, and fails.
  for (const program of ['chpasswd', 'smbpasswd', 'pvesm', 'qm set'])
    project.phx(
      'twin',
      'fault',
      ...program.split(' '),
      '--exit',
      '3',
      '--stderr',
      Object.values(values).join('\n'),
    );
  look([1], 'run', ...all, '--keep-going', '--verbose');
  project.phx('twin', 'fault', '--clear');
  look([0, 1, 8], 'run', ...all, '--keep-going', '--json');
  look([0, 1, 8], 'run', 'hypervisor/user:heads', '--force', '--plain');
  for (const format of ['text', 'mermaid', 'dot', 'json']) look([0, 2], 'graph', ...all, '--format', format);
  for (const words of [['why'], ['why', '--json'], ['status'], ['status', '--json']]) {
    const [verb = '', ...more] = words;
    look([0], verb, ...all, ...more);
  }
  for (const target of all) for (const more of [[], ['--json']]) look([0], 'config', target, ...more);
  look([0], 'facts');
  look([0], 'history');
  const [run = ''] = project.phx('undo').out.split(' ');
  look([0], 'history', '--json');
  look([0], 'undo', run, '--dry-run', '--json');
  // The state of the twin is the node's own disk: there, secrets are what the node holds, snippets and hashes among them.
  const kept = filesBelow(join(project.root, '.cache')).filter((path) => !path.includes('/.cache/twin/'));
  assert.ok(kept.length > 5);
  for (const file of kept) scan(readFileSync(file, 'utf8'), file);
  tell(`secrets, ${Object.keys(values).length} values`, { canaries: forms.length, leaked: leaks.length });
  assert.deepEqual(leaks, []);
  assert.deepEqual(openBelow(join(project.root, '.cache')), [], 'files 0600, folders 0700');
});

/** What others than its owner may read or enter. */
function openBelow(folder: string): string[] {
  return [
    folder,
    ...readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name))),
  ].filter((path) => (lstatSync(path).mode & 0o077) !== 0);
}

test('a secret of a program is used, and one that fails says how it ended and nothing that it printed', () => {
  const project = withSecrets();
  const told = (program: string) => {
    project.write('ask.sh', program);
    return project.phxWith(env, 'run', 'hypervisor/user:heads', '--force');
  };
  project.edit('config/hypervisor.json5', 'env:ACCOUNT_PASSWORD', `exec:sh ${join(project.root, 'ask.sh')}`);
  const failed = told('echo canary-said; echo canary-whispered >&2; exit 3\n');
  assert.equal(failed.code, 1);
  assert.match(failed.out + failed.err, /ended with exit code 3/);
  assert.doesNotMatch(failed.out + failed.err, /canary/);
  const worked = told("printf '%s\\n' canary-exec\n");
  assert.equal(worked.code, 0, worked.out + worked.err);
  assert.doesNotMatch(worked.out + worked.err, /canary/);
  project.edit('config/hypervisor.json5', 'exec:sh ', 'exec:no-such-program-of-phx ');
  const missing = told('');
  assert.equal(missing.code, 1);
  assert.doesNotMatch(missing.out + missing.err, /\n\s+at .*:\d+/, 'no stack trace');
});
