/** Secrets: their values reach the node's programs, and stand in no file of the project and in no output. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TwinState } from '../../src/twin/state.ts';
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
