/** `phx complete`: what it offers of a project, from what lies there; it runs nothing of it and never complains. */

import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runInThread } from '../scenario/program.ts';
import { tempFolder } from '../temp.ts';

const phx = (cwd: string, ...words: string[]) => runInThread({ cwd, env: { HOME: cwd }, words });

function offered(cwd: string, ...words: string[]): string[] {
  const { code, out, err } = phx(cwd, 'complete', '--', ...words);
  assert.deepEqual([code, err], [0, '']);
  return out.split('\n').filter((line) => line !== '');
}

function begun(): string {
  const folder = tempFolder();
  assert.equal(phx(folder, 'init').code, 0);
  return folder;
}

test('guests are known by their files, before and after any other command', () => {
  const folder = begun();
  assert.deepEqual(offered(folder, 'run', ''), [
    'all\teverything',
    'hypervisor\tthe node',
    'ctid:100\tweb',
    'vmid:200\tbox',
  ]);
  phx(folder, 'list');
  assert.ok(offered(folder, 'run', 'hyp').includes('hypervisor\t6 tasks'));
  const guests = join(folder, 'config', 'guests');
  renameSync(join(guests, '100-web.json5'), join(guests, '101-web.json5'));
  assert.deepEqual(offered(folder, 'run', 'ctid:'), ['ctid:101\tweb']);
});

test('tasks of a target are offered once its name is typed, of guests that are gone none', () => {
  const folder = begun();
  assert.deepEqual(offered(folder, 'why', 'ctid:100/'), []);
  phx(folder, 'validate');
  assert.ok(offered(folder, 'why', 'ctid:100/').includes('ctid:100/feature:website\t'));
  assert.deepEqual(offered(folder, 'why', 'ctid:100'), ['ctid:100\tweb']);
  rmSync(join(folder, 'config', 'guests', '100-web.json5'));
  assert.deepEqual(offered(folder, 'why', 'ctid:100/'), []);
});

test('nothing of a project is run, and nothing that is wrong with it is told', () => {
  const folder = begun();
  phx(folder, 'list');
  writeFileSync(join(folder, 'phoenixfile.ts'), "throw new Error('run');\n");
  writeFileSync(join(folder, 'config', 'hypervisor.json5'), '{ broken\n');
  writeFileSync(join(folder, '.cache', 'targets.json'), '{"tasks":');
  assert.ok(offered(folder, 'run', '').includes('ctid:100\tweb'));
  assert.deepEqual(offered(folder, '--host', 'l'), ['local\tthis very node']);
  assert.deepEqual(offered(folder, '--host', ''), ['twin\ta simulated node', 'local\tthis very node']);
  writeFileSync(join(folder, '.cache', 'targets.json'), '{"steps":7,"tags":null,"nodes":{}}');
  offered(folder, 'run', '');
});

test('values, runs, environments and folders: by what an option or argument is for', () => {
  const folder = begun();
  mkdirSync(join(folder, 'config', 'env', 'lab'), { recursive: true });
  phx(folder, 'run', 'hypervisor', '-q');
  const first = (...words: string[]) => offered(folder, ...words).map((line) => line.split('\t')[0]);
  assert.deepEqual(first('--env', ''), ['lab']);
  assert.deepEqual(first('twin', 'reset', '--pve', ''), ['8.4', '9.2']);
  assert.deepEqual(first('twin', 'node', 'pve2', 'i'), ['isolated']);
  assert.deepEqual(first('run', 'all', '--except', 'v'), ['vmid:200']);
  assert.deepEqual(first('-C', folder, 'start', 'ctid'), ['ctid:100']);
  assert.deepEqual(first('plan', '-o', ''), [':files']);
  assert.match(first('undo', '')[0] ?? '', /^\d{8}-\d+-/);
  assert.deepEqual(first('-C', ''), [':folders']);
  assert.deepEqual(first('exec', 'ctid:100', '--', 'l'), [':files']);
  assert.deepEqual(first('logs', 'ctid:100', ''), []);
});

test('every value that an option takes from a list is one that it takes', () => {
  const folder = begun();
  for (const word of offered(folder, 'graph', '--format', '').map((line) => line.trim()))
    assert.equal(phx(folder, 'graph', '--format', word).code, 0, word);
});

test('a shell that there is no script for is told', () => {
  const { code, err } = phx(tempFolder(), 'completion', 'zhs');
  assert.equal(code, 2);
  assert.match(err, /^✗ There are no completions for zhs\n {2}did you mean zsh\?/);
});
