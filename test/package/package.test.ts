/** What is published: all that runs and nothing else; installed for a project it does all of its work, and has its types. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repository } from '../scenario/program.ts';
import { tempFolder } from '../temp.ts';

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

const manifest = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly bin: { readonly phx: string };
};
const place = tempFolder();
const packed = pack();
const paths = packed.files.map(({ path }) => path);

function run(cwd: string, program: string, ...args: string[]) {
  const env = { PATH: process.env.PATH, HOME: place, NO_COLOR: '1', npm_config_cache: join(place, 'npm') };
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 120_000,
  });
  return { code: status, out: stdout, err: stderr };
}

/** `--ignore-scripts`: dist/ was built before the tests. */
function pack(): Packed {
  const { code, out, err } = run(
    repository,
    'npm',
    ...['pack', '--ignore-scripts', '--json', '--offline', '--pack-destination', place],
  );
  assert.equal(code, 0, err);
  const [only] = JSON.parse(out) as Packed[];
  return only ?? assert.fail('nothing was packed');
}

/** As `npm install <tarball>` leaves a folder; the dependencies are links to those of this project. */
function installed(): string {
  const project = tempFolder();
  const modules = join(project, 'node_modules');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  assert.equal(run(modules, 'tar', 'xzf', join(place, packed.filename)).code, 0);
  cpSync(join(modules, 'package'), join(modules, 'phoenix-orchestrator'), { recursive: true });
  // What esbuild is made of depends on the machine.
  for (const name of [...Object.keys(manifest.dependencies), '@esbuild'])
    symlinkSync(join(repository, 'node_modules', name), join(modules, name), 'dir');
  symlinkSync(join('..', 'phoenix-orchestrator', manifest.bin.phx), join(modules, '.bin', 'phx'));
  return project;
}

test('everything that was built is inside, with templates, types and the files of a new project', () => {
  for (const folder of ['dist', 'templates', 'starter', 'docs']) {
    const own = readdirSync(join(repository, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(repository.length).replace(/^\//, ''));
    assert.ok(own.length > 0, folder);
    for (const path of own) assert.ok(paths.includes(path), `${path} is not published`);
  }
  for (const path of [
    'dist/phx.js',
    'dist/index.js',
    'dist/page/graph.js',
    'dist/page/report.css',
    'LICENSE',
  ])
    assert.ok(paths.includes(path), path);
});

test('nothing else is: no test, no source, no configuration of the sample, no cache', () => {
  const allowed =
    /^(dist|docs|examples|starter|templates)\/|^(package\.json|LICENSE|README\.md|CHANGELOG\.md)$/;
  assert.deepEqual(
    paths.filter((path) => !allowed.test(path) || /(^|\/)(\.cache|node_modules)\/|\.test\./.test(path)),
    [],
  );
  // Two megabytes are quickly fetched, also on a node with a thin line.
  assert.ok(packed.size < 2.5e6, `${packed.size} bytes`);
});

test('installed in an empty folder it begins a project, builds it, draws it, and finds it from any folder', () => {
  const project = installed();
  const phx = (cwd: string, ...words: string[]) =>
    run(cwd, join(project, 'node_modules', '.bin', 'phx'), ...words);
  const made = phx(project, 'init', '--name', 'lab');
  assert.equal(made.code, 0, made.err);
  assert.ok(made.out.includes('$ npx phx run all'), made.out);
  const guests = join(project, 'config', 'guests');
  // A layer that comes with phx, too.
  const web = join(guests, '100-web.json5');
  writeFileSync(web, readFileSync(web, 'utf8').replace('layers: [', "layers: ['base_setup', "));
  const built = phx(guests, 'run', 'all', '-q');
  assert.equal(built.code, 0, built.out + built.err);
  assert.match(built.out, /^\d+ done/);
  assert.match(phx(guests, 'run', 'all', '-q').out, /^\d+ fresh/);
  for (const [format, begin] of [
    ['html', '<!doctype html>'],
    ['svg', '<?xml'],
  ]) {
    const file = join(project, `graph.${format}`);
    assert.equal(phx(project, 'graph', '--format', format ?? '', '-o', file).code, 0);
    assert.ok(
      readFileSync(file, 'utf8')
        .toLowerCase()
        .startsWith(begin ?? ''),
      format,
    );
  }
  assert.equal(phx(project, 'report', '-o', 'report.html').code, 0);
  assert.ok(existsSync(join(project, 'report.html')));
});

test('a phoenixfile is checked by the types that come along', () => {
  const project = installed();
  const compilerOptions = { module: 'nodenext', strict: true, noEmit: true, types: [], skipLibCheck: false };
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['phoenixfile.ts'] }),
  );
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  const check = (text: string) => {
    writeFileSync(join(project, 'phoenixfile.ts'), text);
    const tsc = join(repository, 'node_modules', 'typescript', 'bin', 'tsc');
    return run(project, process.execPath, tsc, '-p', 'tsconfig.json');
  };
  const starter = readFileSync(join(repository, 'starter', 'phoenixfile.ts'), 'utf8');
  const good = check(starter);
  assert.equal(good.code, 0, good.out);
  for (const file of ['phoenixfile.ts', 'caddy.ts'])
    cpSync(join(repository, 'examples', 'plugin', file), join(project, file));
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: { ...compilerOptions, allowImportingTsExtensions: true },
      files: ['phoenixfile.ts'],
    }),
  );
  const plugin = check(readFileSync(join(project, 'phoenixfile.ts'), 'utf8'));
  assert.equal(plugin.code, 0, plugin.out);
  const bad = check(starter.replace('jobs: 4', "jobs: 'four'"));
  assert.notEqual(bad.code, 0);
  assert.match(bad.out, /phoenixfile\.ts\(\d+,\d+\): error TS2322: Type 'string'/);
});
