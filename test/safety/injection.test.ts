/**
 * Texts of the configuration that mean something elsewhere: refused with their place, or inert in every command, file and
 * script. A sample of them by the seed that is printed (PHX_SEED repeats it), all with PHX_FAULTS=all.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ConfigError } from '../../src/config/problem.ts';
import { merged } from '../../src/config/schema/index.ts';
import { parseConf } from '../../src/proxmox/conf.ts';
import { checkParams, render } from '../../src/template/catalog.ts';
import { Bench, repository, tasksOf } from '../bench.ts';
import { everything, seed, tell } from '../faults/seed.ts';
import { richVm } from '../property/rich-vm.ts';
import { tempFolder } from '../temp.ts';
import { catalog, context, needed } from '../template/variants.ts';
import { wholeNode } from '../whole-node.ts';
import { Heard } from './heard.ts';
import { leavesOf } from './leaves.ts';
import { canary, nasty } from './nasty.ts';

const all = Object.entries(nasty);
const tried = everything ? all : all.filter((_, at) => (at + seed) % 7 === 0);
let refused = 0;
let inert = 0;
/** Texts, and fields with them, whose test failed. */
let effective = 0;

async function counted(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    effective += 1;
    throw error;
  }
}

/** Fields that take texts of any kind, with where these go: nothing else may. */
const anything: Readonly<Record<string, readonly string[]>> = {
  'a word of an argv that no shell reads': [
    'checks.*.exec.*',
    'tests.*.exec.*',
    'checks.*.args.*',
    'tests.*.args.*',
  ],
  'YAML, printed by its library': [
    ...['cloudInit.apt.conf', 'cloudInit.apt.primary.*.arches.*', 'cloudInit.apt.sources.*.key'],
    ...['cloudInit.write_files.*.content', 'cloudInit.bootcmd.*.*', 'cloudInit.runcmd.*.*'],
    ...['cloudInit.mounts.*.*', 'cloudInit.power_state.condition.*', 'cloudInit.final_message'],
  ],
  'parameters of a template, checked by its metadata and quoted by its engine': [
    ...[
      'layers.*.params.~',
      'layers.*.params.*',
      'app.params.~',
      'app.params.*',
      'pins.*.~',
      'exports.~',
      'exports.*',
    ],
  ],
  'compared only': ['ignore.*', 'image'],
  'checked by exportProblems before': ['nfs.exports.*.clients.*', 'nfs.exports.*.options.*'],
  'a comment of the conf, encoded': ['description'],
};

test('a text of several lines is taken where the table says why, and nowhere else', () => {
  const known = Object.values(anything).flat();
  for (const schema of Object.values(merged)) {
    const leaves = leavesOf(schema);
    assert.ok(leaves.length > 50);
    const loose = leaves.filter(({ accepts }) => accepts(nasty['line break'] ?? ''));
    const paths = new Set(loose.map(({ path }) => path));
    assert.deepEqual(
      [...paths].filter((path) => !known.some((one) => path === one || path.endsWith(`.${one}`))),
      [],
    );
  }
});

test('no field whose text becomes a word of its own takes an option', () => {
  const words =
    /^(packages\.\*|users\.~|access\.(users|groups|roles|tokens)\.~|zfs\.(pools|datasets)\.~|storage\.~)$/;
  const node = leavesOf(merged.hypervisor).filter(({ path }) => words.test(path));
  assert.ok(node.length >= 8, String(node.length));
  for (const { path, accepts } of node)
    for (const text of ['-x', '--x', '--x@pve', '-x@pve!y', '-x/y'])
      assert.equal(accepts(text), false, `${path} ${text}`);
});

test('a NUL character is refused with its place, wherever it stands', async () => {
  for (const path of [
    'guests.952.description',
    'guests.952.health.checks',
    'hypervisor.access.groups.watchers.comment',
  ]) {
    const value = path.endsWith('checks') ? [{ exec: ['true', 'a\0b'] }] : 'a\0b';
    await assert.rejects(wholeNode([`${path}=${JSON.stringify(value)}`]), (error) => {
      assert.ok(error instanceof ConfigError);
      const told = error.problems.find(({ message }) => /NUL|single line/.test(message));
      assert.match(told?.file ?? '', /^--set /);
      return true;
    });
  }
});

/** Free texts of the node and of guest 952: each with a value, all at once. */
const nodeFields = [
  ...['upgrade', 'backups.nightly.comment', 'access.groups.watchers.comment'].map(
    (path) => `hypervisor.${path}`,
  ),
  ...['access.users."monitor@pve".comment', 'access.tokens."monitor@pve!grafana".comment'].map(
    (path) => `hypervisor.${path}`,
  ),
  ...['firewall.node.rules.metrics.comment', 'firewall.groups.web.http.comment', 'vfio.cmdline.0'].map(
    (path) => `hypervisor.${path}`,
  ),
  ...['hypervisor.samba.shares.backups.validUsers.0', 'hypervisor.certificates.renew.calendar'],
  ...[
    'guests.952.description',
    'guests.952.entrypoint',
    'guests.952.env.NOTE',
    'guests.952.health.checks.0.unit',
  ],
];
const vmFields = [
  ...['description', 'args', 'smbios1.manufacturer', 'smbios1.serial', 'cloudInit.final_message'],
  ...['cloudInit.power_state.message', 'cloudInit.apt.proxy', 'firewall.rules.ssh.comment', 'disk.serial'],
].map((path) => `guests.8001.${path}`);

function assignment(path: string, text: string): string {
  const [, list, rest = ''] = /^(.*?)\.0((?:\..*)?)$/.exec(path) ?? [];
  if (list === undefined) {
    const more = path.endsWith('power_state.message') ? { mode: 'reboot', message: text } : undefined;
    return more
      ? `${path.replace(/\.message$/, '')}=${JSON.stringify(more)}`
      : `${path}=${JSON.stringify(text)}`;
  }
  return `${list}=${JSON.stringify([rest === '' ? text : { [rest.slice(1)]: text }])}`;
}

/** Lines that say something by themselves, of a conf, an ini file, a list. */
const active = new RegExp(`^\\s*(?:\\[?${canary}|touch ${canary}|lxc\\.|--?${canary})`);
/** Options whose value is a text that nobody takes apart. */
const freeText = /^--(?:description|comment|args|entrypoint|env|smbios1|notes-template)$/;

async function build(
  load: (set: readonly string[]) => ReturnType<typeof wholeNode>,
  targets: readonly string[],
  fields: readonly string[],
  name: string,
  text: string,
) {
  const fits: string[] = [];
  for (const path of fields) {
    try {
      await load([assignment(path, text)]);
      fits.push(path);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      assert.ok(
        error.problems.some(({ severity, line }) => severity === 'error' && line > 0),
        `${path} ${name}`,
      );
      refused += 1;
    }
  }
  const fleet = await load(fits.map((path) => assignment(path, text)));
  const bench = Bench.fresh(fleet, { pve: '9.2' });
  const heard = new Heard(bench);
  const secrets = { digest: (reference: string) => reference, reveal: () => 'known' };
  const argvs: (readonly string[])[] = [];
  const host = {
    ...heard.host,
    run: (command: Parameters<typeof heard.host.run>[0]) => {
      argvs.push(command.argv);
      return heard.host.run(command);
    },
  };
  await bench.run(await tasksOf(fleet), targets, { host, terms: { secrets } });
  for (const argv of argvs.filter(([program]) => program !== 'sh')) {
    argv.forEach((word, at) => {
      if (!word.includes(canary)) return;
      const before = argv[at - 1] ?? '';
      if (/^-/.test(word)) assert.match(before, /^--[a-z]/, `${name}: ${argv.join(' ')}`);
      if (word.includes(`,${canary}=`)) assert.match(before, freeText, `${name}: ${argv.join(' ')}`);
    });
  }
  const { files, guests } = bench.twin.state();
  const trees = Object.values(guests).flatMap(({ tree }) => Object.entries(tree.files));
  for (const [path, { text: content }] of [...Object.entries(files), ...trees]) {
    // YAML is read by its library elsewhere; notes of phx itself are read whole.
    if (/\.ya?ml$|^\/var\/lib\/phx\//.test(path) || !content.includes(canary)) continue;
    const lines = content.split(/[\n\r\u2028\u2029]/).filter((line) => active.test(line));
    assert.deepEqual(lines, [], `${name}: ${path}`);
  }
  for (const [id, { conf, kind }] of Object.entries(guests)) {
    const { keys, snapshots } = parseConf(conf, kind ?? 'ct');
    assert.equal(
      [...keys.keys(), ...snapshots.keys()].some((key) => key.includes(canary)),
      false,
      `${name}: ${id}`,
    );
  }
  inert += fits.length;
}

for (const [name, text] of tried) {
  test(`the node and a container, ${name} in each free text`, () =>
    counted(() => build(wholeNode, ['hypervisor', 'ctid:952'], nodeFields, name, text)));
  test(`a VM, ${name} in each free text`, () =>
    counted(() => build(richVm, ['vmid:8001'], vmFields, name, text)));
}

test('every parameter of every template is refused, or inert in a real shell', async () => {
  const folder = tempFolder();
  for (const template of catalog.templates.values()) {
    for (const [param, spec] of Object.entries(template.params)) {
      if (!['string', 'strings', 'map'].includes(spec.type)) continue;
      for (const [name, text] of tried) {
        const value = spec.type === 'string' ? text : spec.type === 'strings' ? [text] : { NAME: text };
        const params = { ...(needed[template.name] ?? {}), [param]: value };
        if (checkParams(template, params).length > 0) {
          refused += 1;
          continue;
        }
        const rendered = await render(catalog, template, params, context).catch((error: Error) => error);
        if (rendered instanceof Error) {
          assert.match(
            rendered.message,
            new RegExp(`"?${param}"?|plain word|NUL`),
            `${template.name} ${param} ${name}`,
          );
          refused += 1;
          continue;
        }
        const words = `${template.name} ${param}: ${name}`;
        await counted(async () => {
          for (const body of [rendered.body, rendered.uninstall ?? '']) inertIn(body, folder, words);
        });
        inert += 1;
      }
    }
  }
});

test('the shell that shows it does see what is not quoted', () => {
  for (const body of [`x=$(touch ${canary})`, `say a; touch ${canary}`, `say "\`touch ${canary}\`"`])
    assert.throws(() => inertIn(body, tempFolder(), body), /called/);
  inertIn(`say '$(touch ${canary})'`, tempFolder(), 'quoted');
});

/** Programs that scripts call: each ends well and does nothing. A function is found before any program. */
const stubs = 'command_not_found_handle() { return 0; }';

/** With a PATH that has nothing, no program of the machine is run: what is quoted badly shows as a call of touch. */
function inertIn(body: string, folder: string, words: string): void {
  if (body === '' || !body.includes(canary)) return;
  const parsed = spawnSync('bash', ['-n'], { input: body, encoding: 'utf8' });
  assert.equal(parsed.status, 0, `${words}: ${parsed.stderr}`);
  // Each command by itself: the words of all lines are expanded, whatever a script would decide.
  const calls = `${stubs}\ntouch() { printf 'called %s\\n' "$*" >&2; }\n${lines(body)}`;
  const ran = spawnSync('/bin/bash', ['--norc', '-c', calls], {
    ...{ encoding: 'utf8', cwd: folder, timeout: 5000, env: { PATH: '/nonexistent' } },
  });
  assert.doesNotMatch(ran.stderr, new RegExp(`^called ${canary}`, 'm'), `${words}: ${ran.stderr}`);
  assert.equal(existsSync(join(folder, canary)), false, words);
}

/** The assignments and the words that a script hands on, without what waits, ends or repeats. */
function lines(body: string): string {
  const noop = [
    'put_file',
    'say',
    'fail',
    'retry',
    'wait_for',
    'fetch',
    'apt_install',
    'sleep',
    'exit',
    'cd',
    'exec',
    'wait',
  ];
  const after = body.slice(Math.max(0, body.lastIndexOf('\n}\n')));
  return `${noop.map((name) => `${name}() { :; }`).join('\n')}\n${after}`;
}

/** Values that stand in a script without quotes of their own: the engine takes plain words there alone (`bare`). */
test('every value in a shell template goes through a quoting helper, or is held to be a plain word', async () => {
  const found: string[] = [];
  for (const folder of ['features', 'apps', 'partials']) {
    for (const file of readdirSync(join(repository, 'templates', folder)).filter((name) =>
      name.endsWith('.sh.hbs'),
    )) {
      const text = readFileSync(join(repository, 'templates', folder, file), 'utf8').replace(
        /\{\{~?!--[\s\S]*?--~?\}\}/g,
        '',
      );
      for (const [, inner = ''] of text.matchAll(/\{\{\{?~?\s*([^}]*?)\s*~?\}?\}\}/g))
        if (!/^(?:sh|json|option) |^[#/>!]|^else\b/.test(inner)) found.push(inner);
      assert.doesNotMatch(text, /\{\{\{/, `${file}: three braces`);
    }
  }
  assert.deepEqual([...new Set(found)].filter((name) => !plain.has(name)).sort(), []);
  for (const text of all.map(([, text]) => text)) {
    const { bare } = await import('../../src/template/quote.ts');
    if (/^[A-Za-z0-9_/]/.test(text) && !/[^A-Za-z0-9_/.:@,+-]/.test(text)) continue;
    assert.throws(() => bare(text));
  }
});

/** Ports, sizes, durations, paths, versions: of each the metadata or the schema says its form. */
const plain = new Set<string>([
  // Formats of the metadata: paths, durations, sizes, words of an enum, names.
  ...['../tls_cert', '../tls_key', 'tls_cert', 'tls_key', 'ca_root', 'name'],
  ...['log_level', 'max_body', 'read_timeout', 'scrape_interval'],
  // Booleans and numbers.
  ...['acme', 'ca_wait', 'wait'],
  // What other guests export: of the site, in files of nginx and Prometheus.
  ...['peer.address', 'peer.hostname', 'peer.id'],
  ...[
    'peer.exports.path',
    'peer.exports.port',
    'peer.exports.scheme',
    'peer.exports.site',
    'peer.exports.upstream',
  ],
]);

after(() => {
  const injections = refused + inert + effective;
  tell('injections', { injections, effective }, [`refused ${refused}`, `inert ${inert}`]);
});
