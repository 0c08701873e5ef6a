/** Whose phx works on a project: its own copy where it has one, also when another one was typed. */

import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectCopy, startFolder } from '../../src/cli/project-copy.ts';
import { program, repository, runInProcess } from '../scenario/program.ts';
import { tempFolder } from '../temp.ts';

/** A project in a workspace; its copy of phx, which says what it was given, lies in the folder above. */
function workspace(): { root: string; project: string } {
  const root = tempFolder();
  const installed = join(root, 'node_modules', 'phoenix-orchestrator');
  mkdirSync(join(installed, 'dist'), { recursive: true });
  writeFileSync(join(installed, 'package.json'), '{ "version": "9.8.7", "type": "module" }');
  writeFileSync(
    join(installed, 'dist', 'phx.js'),
    'console.log("9.8.7 was given", ...process.argv.slice(2));\n',
  );
  const project = join(root, 'fleet');
  mkdirSync(join(project, 'config'), { recursive: true });
  writeFileSync(join(project, 'phoenixfile.ts'), 'export default {};\n');
  return { root, project };
}

const env = { PATH: process.env.PATH };

test('the copy of the project does the work, wherever in it phx was typed', () => {
  const { root, project } = workspace();
  const run = (cwd: string, ...words: string[]) => runInProcess({ cwd, env, words }).out;
  assert.equal(run(join(project, 'config'), 'run', 'all'), '9.8.7 was given run all\n');
  assert.equal(run(root, '-C', 'fleet', 'plan'), '9.8.7 was given -C fleet plan\n');
  const [first, second] = run(project, '--version').split('\n');
  assert.equal(first, '9.8.7');
  assert.ok(second?.includes(program), second);
  // Outside of the project nobody asks for it.
  assert.match(run(root, '--version'), /^\d+\.\d+\.\d+\n$/);
});

test('one that cannot be loaded is told, and not replaced by another version', () => {
  const { root, project } = workspace();
  writeFileSync(join(root, 'node_modules/phoenix-orchestrator/dist/phx.js'), "import 'nowhere';\n");
  const ended = runInProcess({ cwd: project, env, words: ['run', 'all'] });
  assert.equal(ended.code, 2);
  assert.match(
    ended.err,
    /^✗ The phx of this project cannot be loaded\n.*\n {4}version {2}9\.8\.7\n.*nowhere/,
  );
});

test('a link to the running program is no other copy, nor is a project without one', () => {
  const { project } = workspace();
  assert.equal(projectCopy(project, program)?.version, '9.8.7');
  mkdirSync(join(project, 'node_modules'));
  symlinkSync(repository, join(project, 'node_modules', 'phoenix-orchestrator'), 'dir');
  assert.equal(projectCopy(project, program), undefined);
  const bare = tempFolder();
  writeFileSync(join(bare, 'phoenixfile.mjs'), '');
  assert.equal(projectCopy(bare, program), undefined);
});

test('-C is read as the command line reads it', () => {
  const from = (...words: string[]) => startFolder('/here', words);
  assert.equal(from('run', 'all'), '/here');
  assert.equal(from('run', '-C', 'a'), '/here/a');
  assert.equal(from('-Ca', 'run'), '/here/a');
  assert.equal(from('--project', '/b', 'run'), '/b');
  assert.equal(from('--project=../c', 'run'), '/c');
  assert.equal(from('exec', 'ctid:1', '--', 'git', '-C', 'x'), '/here');
  assert.equal(from('run', '-C'), '/here');
});
