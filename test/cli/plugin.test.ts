/** What plugins are written with: defaults, checks of settings, layers that they bring along; and that its names stay. */

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createRenderer } from '../../src/cli/render.ts';
import type { PluginInput } from '../../src/config/project.ts';
import * as library from '../../src/index.ts';
import { repository } from '../scenario/program.ts';
import { tempFolder } from '../temp.ts';

const { feature, plugin, task } = library;
const guest = { id: 104, hostname: 'gateway', address: '10.0.0.104' };
const hello = { description: 'Says hello.', script: 'echo {{sh words}}\n' };
const words = { words: { type: 'string', description: 'what is said', default: 'hello' } } as const;

/** The text that a feature of these plugins has, beside a project's own templates. */
async function rendered(
  name: string,
  features: readonly library.Feature[],
  own: Record<string, string> = {},
) {
  const root = tempFolder();
  mkdirSync(join(root, 'templates', 'features'), { recursive: true });
  for (const [file, text] of Object.entries(own))
    writeFileSync(join(root, 'templates', 'features', file), text);
  const dirs = [join(root, 'templates'), join(repository, 'templates')];
  const { render } = await createRenderer(dirs, join(root, '.cache'), [
    { name: 'bare', tasks: () => [] },
    { name: 'greeter', features, tasks: () => [] },
  ]);
  return render('features', name, {}, { guest, exports: [] });
}

test('the names that a phoenixfile may import stay', () => {
  assert.deepEqual(Object.keys(library).sort(), [
    ...['addressOf', 'blocked', 'definePhoenix', 'feature', 'guestTasks', 'hypervisor', 'lxc', 'nameOf'],
    ...['nodeTasks', 'plugin', 'refuse', 'script', 'task', 'unseen', 'vm'],
  ]);
});

test('a feature is what a template of these words would be, with what takes it back', async () => {
  const greeter = feature('greeter', {
    ...hello,
    params: words,
    provides: ['port 80'],
    verify: ['port:80'],
    requires: ['docker'],
    uninstall: 'echo bye {{sh words}}\n',
  });
  const { body, provides, verify, requires, uninstall } = await rendered('greeter', [greeter]);
  assert.equal(body, "echo 'hello'\n");
  assert.equal(uninstall, "echo bye 'hello'\n");
  assert.deepEqual([provides, verify, requires], [[{ kind: 'port', name: '80' }], ['port:80'], ['docker']]);
});

test("it stands behind the project's own templates and before those of phx", async () => {
  const text = '{{!-- phx\n{ "description": "Ours." }\n--}}\necho ours\n';
  const ours = feature('docker', { description: 'Another.', script: 'echo theirs\n' });
  assert.equal((await rendered('docker', [ours])).body, 'echo theirs\n');
  assert.equal((await rendered('docker', [ours], { 'docker.sh.hbs': text })).body, 'echo ours\n');
  assert.notEqual((await rendered('docker', [])).body, 'echo theirs\n');
});

test('no word of its description ends its metadata early; a name that no layer may have is refused', async () => {
  const odd = feature('odd', { description: 'ends --}} nothing', script: 'echo {{guest.id}}\n' });
  assert.equal((await rendered('odd', [odd])).body, 'echo 104\n');
  assert.throws(() => feature('no-good', hello), /a name has lower case letters, digits and _/);
});

test('a task has its target, and what it did not say', async () => {
  const made = task({
    id: 'ctid:104/caddy:routes',
    config: { routes: { a: 'b' } },
    after: ['hypervisor/network'],
    uses: ['ctid:104/define'],
    run: async ({ config, log }) => {
      log(config.routes.a);
    },
  });
  assert.deepEqual(
    [made.target, made.title, made.revision, made.touches],
    ['ctid:104', 'caddy:routes', '1', []],
  );
  assert.deepEqual(made.dependencies, [
    { task: 'ctid:104/define', kind: 'result' },
    { task: 'hypervisor/network', kind: 'order' },
  ]);
  const said: string[] = [];
  const context = { config: made.config, log: (text: string) => said.push(text) };
  assert.equal(await made.run(context as never), undefined);
  assert.deepEqual(said, ['b']);
  for (const id of ['routes', '/routes', 'ctid:104/'])
    assert.throws(() => task({ id, run: async () => undefined }), { exit: 'config' });
});

test('settings are checked where they are given: unknown, missing, wrong, none at all', () => {
  const made = plugin<{ port: number }>({
    name: 'web',
    settings: { port: (value) => (Number.isInteger(value) ? undefined : 'a port, such as 80') },
    tasks: ({ port }) => [task({ id: 'hypervisor/web', config: { port }, run: async () => undefined })],
  });
  const call = made as (...given: unknown[]) => library.Plugin;
  for (const [given, said] of [
    [{ port: 80, prot: 1 }, 'web() in phoenixfile.ts: there is no setting prot; did you mean port?'],
    [{}, 'web() in phoenixfile.ts: port is missing: a port, such as 80'],
    [{ port: 'x' }, 'web() in phoenixfile.ts: port has to be a port, such as 80; it is another text'],
    [[80], 'web() in phoenixfile.ts: its settings are an object, not a list'],
  ] as const)
    assert.throws(() => call(given), { message: said });
  const [only] = call({ port: 80 }).tasks({} as PluginInput) as library.PhxTask[];
  assert.deepEqual(only?.config, { port: 80 });
  const bare = plugin({ name: 'bare' });
  assert.deepEqual(bare().tasks({} as PluginInput), []);
  assert.throws(() => (bare as unknown as typeof call)({ x: 1 }), {
    message: 'bare() in phoenixfile.ts: there is no setting x; it takes none',
  });
});
