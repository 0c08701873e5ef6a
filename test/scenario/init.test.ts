/** `phx init`: what a person gets who has nothing yet, and that nothing of theirs is touched. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../temp.ts';
import { runInThread } from './program.ts';

const phx = (cwd: string, ...words: string[]) =>
  runInThread({ cwd, env: { PATH: process.env.PATH, HOME: cwd, NO_COLOR: '1' }, words });

const filesIn = (folder: string) => readdirSync(folder, { recursive: true }).map(String).sort();

test('a new project is checked without a warning, built, and then fresh: with no other file than its own', () => {
  const folder = tempFolder();
  const made = phx(folder, 'init', '--name', 'lab');
  assert.equal(made.code, 0, made.err);
  for (const told of ['phoenixfile.ts', 'config/guests/100-web.json5', 'phx run all', '--host root@'])
    assert.ok(made.out.includes(told), told);
  assert.ok(!existsSync(join(folder, 'node_modules')));

  assert.match(phx(folder, 'validate').out, /2 guests, \d+ tasks: no errors\n$/);
  const first = phx(folder, 'run', 'all', '-q');
  assert.equal(first.code, 0, first.out);
  assert.match(first.out, /^\d+ done/);
  assert.match(phx(folder, 'run', 'all', '-q').out, /^\d+ fresh/);
  const page = phx(folder, 'twin', 'exec', '--', 'pct', 'exec', '100', '--', 'cat', '/var/lib/phx/layers');
  assert.match(page.out, /website/);
  // What the values of the sample feature say goes into its text.
  const guest = join(folder, 'config/guests/100-web.json5');
  writeFileSync(guest, readFileSync(guest, 'utf8').replace('Hello from phx', '$(reboot) "you"'));
  assert.match(phx(folder, 'plan', 'all').out, /feature:website {2}stale\n {4}script changed/);
});

test('a phoenixfile means the phx that runs it, also where another one compiled it', () => {
  const folder = tempFolder();
  phx(folder, 'init');
  phx(folder, 'list');
  const library = join(folder, '.cache/compiled/node_modules/phoenix-orchestrator/index.js');
  writeFileSync(library, "export * from 'file:///usr/lib/phx-of-old/dist/index.js';\n");
  const listed = phx(folder, 'list');
  assert.equal(listed.code, 0, listed.err);
  assert.match(listed.out, /^ctid:100 +web/m);
  assert.ok(readFileSync(library, 'utf8').includes('/dist/index.js'));
});

test('an editor finds the schema that each file names', () => {
  const folder = tempFolder();
  phx(folder, 'init');
  for (const file of filesIn(join(folder, 'config')).filter((name) => name.endsWith('.json5'))) {
    const path = join(folder, 'config', file);
    const schema = /\$schema: '(.+)'/.exec(readFileSync(path, 'utf8'))?.[1] ?? assert.fail(file);
    assert.ok(existsSync(join(path, '..', schema)), `${file}: ${schema}`);
  }
  const settings = JSON.parse(readFileSync(join(folder, '.vscode/settings.json'), 'utf8'));
  for (const { url } of settings['json5.schemas']) assert.ok(existsSync(join(folder, url)), url);
});

test('--host names the node in the phoenixfile, and the network of the example is its one', () => {
  const folder = tempFolder();
  const made = phx(folder, 'init', "my lab's", '--host', 'root@10.1.2.4');
  assert.equal(made.code, 0, made.err);
  assert.ok(made.out.includes(`$ cd 'my lab'\\''s'`), made.out);
  assert.ok(made.out.includes('phx plan all --host pve'));
  const read = (path: string) => readFileSync(join(folder, "my lab's", path), 'utf8');
  assert.ok(read('phoenixfile.ts').includes("\n  nodes: { pve: { ssh: 'root@10.1.2.4' } },"));
  assert.ok(
    read('phoenixfile.ts').includes("host: 'twin'"),
    'a real node is worked on when somebody says so',
  );
  assert.ok(read('phoenixfile.ts').includes("name: 'my-lab-s'"));
  assert.ok(read('config/hypervisor.json5').includes("address: '10.1.2.4/24', gateway: '10.1.2.1'"));
  assert.equal(phx(join(folder, "my lab's", 'config'), 'validate').code, 0);
});

test('nothing that is there is overwritten: a project is refused, a clash is told, what is shared stays', () => {
  const folder = tempFolder();
  writeFileSync(join(folder, '.gitignore'), 'mine\n');
  writeFileSync(join(folder, 'package.json'), '{ "name": "mine" }\n');
  writeFileSync(join(folder, 'notes.txt'), 'mine\n');
  mkdirSync(join(folder, 'config'));
  writeFileSync(join(folder, 'config', 'defaults.json5'), '{}\n');
  const before = filesIn(folder);
  const clash = phx(folder, 'init');
  assert.equal(clash.code, 2);
  assert.match(clash.err, /file {2}config\/defaults\.json5\n {2}Nothing was written/);
  assert.deepEqual(filesIn(folder), before);

  rmSync(join(folder, 'config', 'defaults.json5'));
  const made = phx(folder, 'init');
  assert.equal(made.code, 0, made.err);
  assert.match(made.out, /left as it is:\n {2}\.gitignore \(\.cache\/ belongs into it\)\n {2}package\.json/);
  assert.equal(readFileSync(join(folder, '.gitignore'), 'utf8'), 'mine\n');
  assert.equal(readFileSync(join(folder, 'package.json'), 'utf8'), '{ "name": "mine" }\n');

  const after = filesIn(folder);
  const again = phx(folder, 'init');
  assert.equal(again.code, 2);
  assert.match(again.err, /^✗ There is a phx project here already/);
  // One that was broken off before its last file is finished by the next.
  rmSync(join(folder, 'phoenixfile.ts'));
  rmSync(join(folder, 'config', 'guests', '100-web.json5'));
  assert.equal(phx(folder, 'init').code, 0);
  assert.deepEqual(filesIn(folder), after);
});

test('what cannot be is refused before a file is written', () => {
  const folder = tempFolder();
  for (const [words, said] of [
    [['--name', 'My Lab'], 'A project cannot be called My Lab'],
    [['--host', 'pve1'], 'pve1 is no address of a node'],
  ] as const) {
    const refused = phx(folder, 'init', ...words);
    assert.equal(refused.code, 2);
    assert.ok(refused.err.includes(said), refused.err);
  }
  writeFileSync(join(folder, 'file'), '');
  assert.match(phx(folder, 'init', 'file').err, /^✗ The project cannot be written/);
  assert.deepEqual(filesIn(folder), ['file']);
});

test('--schemas makes the schemas of a project anew, from any of its folders, and nothing else', () => {
  const folder = tempFolder();
  phx(folder, 'init');
  const schema = join(folder, 'config', 'schema', 'guest.schema.json');
  const text = readFileSync(schema, 'utf8');
  writeFileSync(schema, '{}\n');
  assert.equal(
    phx(join(folder, 'templates'), 'init', '--schemas').out,
    'written: config/schema/guest.schema.json\n',
  );
  assert.equal(readFileSync(schema, 'utf8'), text);
  assert.equal(phx(folder, 'init', '--schemas').out, 'config/schema/ is up to date\n');
});
