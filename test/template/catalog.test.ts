/** The catalog: precedence, metadata, parameters, effects, digests and the key of the memo. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Catalog,
  checkParams,
  describe,
  loadCatalog,
  type RenderContext,
  render,
} from '../../src/template/catalog.ts';
import { layerDigest, renderKey } from '../../src/template/digest.ts';
import { parseMetadata } from '../../src/template/metadata.ts';

const meta = (metadata: object, body = '') =>
  `{{!-- phx ${JSON.stringify({ description: 'x', ...metadata })} --}}\n${body}`;
const web = meta(
  {
    requires: ['base_setup'],
    params: {
      port: { type: 'integer', description: 'the port', default: 80 },
      model: { type: 'string', description: 'the model', required: true },
      mode: { type: 'string', description: 'a mode', enum: ['a', 'b'] },
      gpu: { type: 'boolean', description: 'with a GPU', default: false },
      words: { type: 'strings', description: 'words', default: [] },
      env: { type: 'map', description: 'environment', default: {} },
      share: { type: 'number', description: 'a share' },
    },
    provides: ['port {{port}}', { when: 'gpu', is: 'package toolkit' }],
    verify: ['http:http://127.0.0.1:{{port}}/x'],
  },
  'serve {{sh model}} {{option "--port" port}} {{sh words}}{{> tail}}',
);
const files: Record<string, string> = {
  'own/features/base_setup.sh.hbs': meta({}, 'echo mine'),
  'phx/features/base_setup.sh.hbs': meta({}, 'echo shipped'),
  'phx/features/broken.sh.hbs': 'echo',
  'phx/apps/web.sh.hbs': web,
  'phx/apps/hub.sh.hbs': meta({ readsExports: true }, '{{#each exports as |peer|}}{{peer.id}} {{/each}}'),
  'phx/partials/tail.sh.hbs': ' # {{guest.id}}',
  'phx/partials/unused.sh.hbs': 'echo',
  'phx/features/README.md': 'no script',
};

function load(changed: Record<string, string> = {}): Promise<Catalog> {
  const all = { ...files, ...changed };
  return loadCatalog(
    ['own', 'phx'],
    async (path) => all[path] ?? assert.fail(path),
    async (path) =>
      Object.keys(all)
        .filter((file) => file.startsWith(`${path}/`))
        .map((file) => file.slice(path.length + 1)),
  );
}

const peer = (id: number) => ({ id, hostname: `g${id}`, address: `10.0.0.${id}`, exports: { port: 1 } });
const context: RenderContext = {
  guest: { id: 7, hostname: 'g', address: null },
  exports: [peer(1), peer(2)],
};

test('the earlier directory wins, and a broken file is an error of its own', async () => {
  const catalog = await load();
  assert.equal(describe(catalog, 'feature:base_setup').source.path, 'own/features/base_setup.sh.hbs');
  assert.deepEqual([...catalog.templates.keys()], ['feature:base_setup', 'app:hub', 'app:web']);
  assert.deepEqual(
    catalog.errors.map((error) => error.message),
    ['phx/features/broken.sh.hbs:1: a template opens with its metadata: {{!-- phx { … } --}}'],
  );
  assert.throws(() => describe(catalog, 'feature:broken'), /opens with its metadata/);
  assert.throws(() => describe(catalog, 'feature:base_stup'), /did you mean feature:base_setup\?/);
});

test('parameters are checked, all problems at once', async () => {
  const template = describe(await load(), 'app:web');
  const cases: [Record<string, unknown>, string[]][] = [
    [{ model: 'm' }, []],
    [{ model: 'm', port: 1, mode: 'a', gpu: true, words: ['a'], env: { A: 'b' }, share: 0.5 }, []],
    [{ model: 'm', mode: null }, []],
    [{}, ['app:web needs "model": the model']],
    [{ modle: 'm', model: 'm' }, ['app:web has no parameter "modle"; did you mean mode or model?']],
    [{ model: 'm', constructor: 1 }, ['app:web has no parameter "constructor"']],
    [{ model: null }, ['"model" of app:web must be a text, not nothing']],
    [
      { model: 1, port: 1.5, mode: 'c', gpu: 'yes', words: [1], env: { A: 1 }, share: '1' },
      [
        '"model" of app:web must be a text, not a number',
        '"port" of app:web must be a whole number, not a number',
        '"mode" of app:web must be one of a, b',
        '"gpu" of app:web must be true or false, not a text',
        '"words" of app:web must be a list of texts, not a list',
        '"env" of app:web must be an object of texts, not an object',
        '"share" of app:web must be a number, not a text',
      ],
    ],
  ];
  for (const [params, wanted] of cases)
    assert.deepEqual(
      checkParams(template, params).map(({ message }) => message),
      wanted,
      JSON.stringify(params),
    );
});

test('renders body, effects and questions', async () => {
  const catalog = await load();
  const template = describe(catalog, 'app:web');
  assert.deepEqual(await render(catalog, template, { model: "a'b" }, context), {
    body: "serve 'a'\\''b' --port 80  # 7\n",
    provides: [{ kind: 'port', name: '80' }],
    verify: ['http:http://127.0.0.1:80/x'],
  });
  const gpu = await render(catalog, template, { model: 'm', gpu: true, port: 81 }, context);
  assert.deepEqual(gpu.provides, [
    { kind: 'port', name: '81' },
    { kind: 'package', name: 'toolkit' },
  ]);
  assert.equal((await render(catalog, describe(catalog, 'app:hub'), {}, context)).body, '1 2\n');
  await assert.rejects(render(catalog, template, {}, context), /web\.sh\.hbs: app:web needs "model"/);
});

test('the script that takes a layer back comes from beside it, and counts as part of it', async () => {
  const back = {
    'phx/features/base_setup.uninstall.sh.hbs': '{{> tail}}rm',
    'own/apps/web.uninstall.sh.hbs': 'x',
  };
  const own = await load(back);
  assert.equal(
    describe(own, 'feature:base_setup').uninstall,
    undefined,
    'the own script is not the shipped one',
  );
  const beside = { 'own/features/base_setup.uninstall.sh.hbs': 'undo {{guest.id}}{{> tail}}' };
  const catalog = await load(beside);
  const template = describe(catalog, 'feature:base_setup');
  const { uninstall } = await render(catalog, template, {}, context);
  assert.equal(uninstall, 'undo 7 # 7\n');
  assert.equal(catalog.templates.has('feature:base_setup.uninstall'), false);
  assert.notEqual(layerDigest('b', [], uninstall), layerDigest('b', []));
  const key = async (change: Record<string, string>) => {
    const changed = await load({ ...beside, ...change });
    return renderKey(changed, describe(changed, 'feature:base_setup'), {}, context);
  };
  assert.notEqual(await key({}), await key({ 'own/features/base_setup.uninstall.sh.hbs': 'other' }));
  assert.notEqual(await key({}), await key({ 'phx/partials/tail.sh.hbs': ' # changed' }));
  const alone = await load({ 'own/features/none.uninstall.sh.hbs': 'x' });
  assert.match(alone.errors.at(-1)?.message ?? '', /none\.uninstall\.sh\.hbs: there is no script beside it/);
});

test('bounds, patterns and forms of parameters, each in words', async () => {
  const params = {
    port: { type: 'integer', description: '', format: 'port' },
    path: { type: 'string', description: '', format: 'path' },
    url: { type: 'string', description: '', format: 'url' },
    version: { type: 'string', description: '', format: 'version' },
    sum: { type: 'string', description: '', format: 'sha256' },
    host: { type: 'string', description: '', format: 'address' },
    time: { type: 'string', description: '', format: 'duration' },
    env: { type: 'map', description: '', format: 'variables' },
    size: { type: 'number', description: '', minimum: 0.5, maximum: 2 },
    tags: { type: 'strings', description: '', pattern: 'a+|b', words: 'only a, or b' },
  };
  const catalog = await load({ 'own/apps/form.sh.hbs': meta({ params }) });
  const template = describe(catalog, 'app:form');
  const right = [
    {
      port: 1,
      path: '/',
      url: 'http://a',
      version: '1.2',
      sum: 'a'.repeat(64),
      host: '10.0.0.1',
      time: '5s',
    },
    {
      port: 65_535,
      path: '/a b/c',
      url: 'https://a:1/b?c',
      version: '580.76.05',
      host: 'fd00::1',
      time: '30d',
    },
    { version: '2.33.1-rc.1', host: 'a-b.example', env: { A_b1: '' }, size: 0.5, tags: ['aa', 'b'] },
  ];
  for (const given of right) assert.deepEqual(checkParams(template, given), [], JSON.stringify(given));
  const wrong: [Record<string, unknown>, string][] = [
    [{ port: 0 }, 'must be a port from 1 to 65535, not 0'],
    [{ port: 65_536 }, 'must be a port from 1 to 65535, not 65536'],
    [{ path: 'a/b' }, 'must be an absolute path without .., not "a/b"'],
    [{ path: '/a/../b' }, 'must be an absolute path without .., not "/a/../b"'],
    [{ url: 'ftp://a' }, 'must be an address such as https://host.example/path, not "ftp://a"'],
    [{ version: 'latest' }, 'must be a version such as 1.2.3, not "latest"'],
    [{ sum: 'A'.repeat(64) }, `must be a SHA-256 sum: 64 hexadecimal digits, not "${'A'.repeat(64)}"`],
    [{ host: 'a b' }, 'must be a host name or an IP address, not "a b"'],
    [{ time: '5 s' }, 'must be a duration such as 15s or 30d, not "5 s"'],
    [{ env: { 'A-B': '' } }, 'must be an object whose names are those of variables, not "A-B"'],
    [{ size: 0.4 }, 'must be at least 0.5, not 0.4'],
    [{ size: 2.1 }, 'must be at most 2, not 2.1'],
    [{ tags: ['a', 'ab'] }, 'must be only a, or b, not "ab"'],
  ];
  for (const [given, words] of wrong) {
    const [param = ''] = Object.keys(given);
    assert.deepEqual(checkParams(template, given), [{ param, message: `"${param}" of app:form ${words}` }]);
  }
});

test('metadata of another shape is refused', () => {
  const cases: [string, RegExp][] = [
    ['{{!-- phx { --}}', /no valid JSON/],
    ['{{!-- phx [] --}}', /an object is wanted, not a list/],
    ['{{!-- phx {} --}}', /"description" is missing/],
    [meta({ provide: [] }), /"provide" is unknown/],
    [meta({ requires: [1] }), /list of feature names/],
    [meta({ params: { Port: {} } }), /snake_case/],
    [meta({ params: { port: { type: 'int', description: '' } } }), /needs a type of/],
    [meta({ params: { port: { type: 'string' } } }), /has no description/],
    [meta({ params: { port: { type: 'string', description: '', need: 1 } } }), /unknown key "need"/],
    [
      meta({ params: { port: { type: 'integer', description: '', default: 'x' } } }),
      /default of parameter "port" must/,
    ],
    [meta({ provides: [{ when: 'gpu', is: 'unit x' }] }), /unknown parameter "gpu"/],
    [meta({ provides: [1] }), /an entry of "provides"/],
    ...(
      [
        [{ type: 'integer', format: 'prot' }, /"format" of parameter "p" must be one of port, path/],
        [{ type: 'string', format: 'port' }, /"format" of parameter "p" is for integer, not for string/],
        [{ type: 'integer', pin: { github: 'o/n' } }, /"p" is no text: it cannot be pinned/],
        [{ type: 'string', pin: { github: 'o' } }, /"pin" of parameter "p" is \{ "github"/],
        [{ type: 'string', pin: { github: 'o/n', tag: 'v' } }, /"pin" of parameter "p" is/],
        [{ type: 'string', pin: 'o/n' }, /"pin" of parameter "p" is/],
        [{ type: 'string', pattern: 'a' }, /"pattern" and "words" of parameter "p" stand together/],
        [{ type: 'string', pattern: '(', words: 'w' }, /no regular expression/],
        [{ type: 'integer', pattern: 'a', words: 'w' }, /"p" is no text: it has no pattern/],
        [{ type: 'string', minimum: 1 }, /"p" is no number: it has no minimum/],
        [{ type: 'integer', maximum: '1' }, /"maximum" of parameter "p" must be a number/],
        [{ type: 'integer', format: 'port', default: 0 }, /default of parameter "p" must be a port/],
      ] as const
    ).map(([spec, wanted]): [string, RegExp] => [
      meta({ params: { p: { ...spec, description: '' } } }),
      wanted,
    ]),
  ];
  for (const [text, wanted] of cases) assert.throws(() => parseMetadata('x.sh.hbs', text), wanted, text);
});

test('effects that are none, and effects of unsafe values, are refused', async () => {
  const app = (provides: string) =>
    load({
      'own/apps/bad.sh.hbs': meta({
        params: { p: { type: 'string', description: '' } },
        provides: [provides],
      }),
    });
  for (const [provides, p, wanted] of [
    ['socket x', 'x', /no effect/],
    ['port {{p}}', 'a b', /plain word for "p"/],
    ['port {{q}}', 'a', /plain word for "q"/],
  ] as const) {
    const catalog = await app(provides);
    await assert.rejects(render(catalog, describe(catalog, 'app:bad'), { p }, context), wanted);
  }
  assert.match(
    (
      await load({ 'own/apps/bad.sh.hbs': meta({ params: { guest: { type: 'string', description: '' } } }) })
    ).errors.at(-1)?.message ?? '',
    /cannot be called "guest"/,
  );
});

test('a layer digest is sixteen digits, and another one for each thing that the guest would get otherwise', () => {
  const port = { kind: 'port', name: '1' } as const;
  const base = layerDigest('body', [port]);
  assert.match(base, /^[0-9a-f]{16}$/);
  assert.equal(layerDigest('body', [{ ...port }]), base);
  const others = [layerDigest('body2', [port]), layerDigest('body', []), layerDigest('body', [port], 'back')];
  assert.equal(new Set([base, ...others]).size, 4);
});

test('the memo key changes with what the text is made from, and with nothing else', async () => {
  const key = async (change: Record<string, string>, name: string, params = {}, seen = context) => {
    const catalog = await load(change);
    return renderKey(catalog, describe(catalog, name), params, seen);
  };
  const web1 = await key({}, 'app:web');
  assert.equal(await key({ 'phx/partials/unused.sh.hbs': 'other' }, 'app:web'), web1);
  assert.equal(await key({}, 'app:web', {}, { ...context, exports: [] }), web1);
  assert.notEqual(await key({ 'phx/partials/tail.sh.hbs': ' # x' }, 'app:web'), web1);
  assert.notEqual(await key({ 'phx/apps/web.sh.hbs': `${web} ` }, 'app:web'), web1);
  assert.notEqual(await key({}, 'app:web', { model: 'm' }), web1);
  assert.notEqual(await key({}, 'app:web', {}, { ...context, guest: peer(8) }), web1);
  assert.notEqual(await key({}, 'app:hub', {}, { ...context, exports: [] }), await key({}, 'app:hub'));
});
