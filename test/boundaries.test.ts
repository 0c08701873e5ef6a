/** The house rules that a machine can check: who imports whom, who may touch the process, how a file opens. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

interface Import {
  readonly from: string;
  /** A file of ours as its path, a package as its name, a module of node as `node:…`. */
  readonly to: string;
  readonly types: boolean;
}

const files = ['src', 'tasks'].flatMap(filesBelow).sort();
const texts = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
const imports = files.flatMap((file) => importsOf(file, texts.get(file) ?? ''));

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(path) : path.endsWith('.ts') ? [path] : [];
  });
}

function importsOf(from: string, text: string): Import[] {
  const statement = /^(?:import|export)\s+(type\s)?(?:[^;'"]*?\sfrom\s+)?'([^']+)';/gm;
  const late = /\bimport\('([^']+)'\)/g;
  const to = (name: string) => (name.startsWith('.') ? normalize(join(dirname(from), name)) : name);
  return [
    ...[...text.matchAll(statement)].map(([, types, name = '']) => ({
      from,
      to: to(name),
      types: types !== undefined,
    })),
    ...[...text.matchAll(late)].map(({ index, 1: name = '' }) => {
      const before = text.slice(text.lastIndexOf('\n', index) + 1, index);
      return { from, to: to(name), types: /^\s*(?:export )?type\b|\btypeof\s+$/.test(before) };
    }),
  ];
}

/** `src/core`, `tasks/lxc`; a file that lies directly in src is a room of its own. */
function roomOf(path: string): string {
  return path.split('/').slice(0, 2).join('/');
}

const foundation = ['src/core', 'src/proxmox'];

/** Room → rooms that it may import; of those behind `types:` only types. */
const below: Readonly<Record<string, readonly string[]>> = {
  'src/core': [],
  'src/proxmox': ['src/core'],
  'src/template': ['src/core', 'types:src/proxmox'],
  'src/config': foundation,
  'src/host': foundation,
  'src/twin': [...foundation, 'src/template'],
  'src/report': foundation,
  'src/view': foundation,
  'src/page': ['src/core', 'types:src/view'],
  // It knows HTTP, and nothing of what it serves.
  'src/serve': [],
  // What runs in a browser knows the documents that it is handed, and nothing else of ours.
  'src/browser': ['src/page', 'src/view', 'types:src/core'],
  'src/history': ['src/core'],
  'src/import': [...foundation, 'src/config'],
  'src/preflight': [...foundation, 'src/config'],
  'src/adopt': [...foundation, 'src/config'],
  'src/cli': [
    ...foundation,
    ...['src/template', 'src/config', 'src/preflight', 'src/host', 'src/twin', 'src/report', 'src/view'],
    ...['src/history', 'src/page', 'src/serve', 'src/adopt', 'src/import'],
  ],
  'tasks/guest': [...foundation, 'src/config'],
  'tasks/cluster': [...foundation, 'src/config', 'tasks/guest'],
  'tasks/hypervisor': [...foundation, 'src/config', 'tasks/guest', 'tasks/cluster'],
  'tasks/lxc': [...foundation, 'src/config', 'tasks/guest', 'tasks/cluster'],
  'tasks/vm': [...foundation, 'src/config', 'src/template', 'tasks/guest', 'tasks/cluster'],
  'src/index.ts': [
    ...foundation,
    'src/config',
    ...['guest', 'cluster', 'hypervisor', 'lxc', 'vm'].map((room) => `tasks/${room}`),
  ],
};

test('the imports that this test reads are those that esbuild resolves', async () => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [...files],
    bundle: true,
    write: false,
    metafile: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    outdir: 'never',
  });
  const resolved = Object.entries(metafile.inputs).flatMap(([from, input]) =>
    input.imports.map(({ path }) => `${from} ${path}`),
  );
  const read = imports.filter(({ types }) => !types).map(({ from, to }) => `${from} ${to}`);
  const without = (all: readonly string[], known: readonly string[]) =>
    all.filter((edge) => !known.includes(edge));
  assert.ok(resolved.length > files.length);
  assert.deepEqual(
    { missed: without(resolved, read), invented: without(read, resolved) },
    { missed: [], invented: [] },
  );
});

test('imports run downwards only', () => {
  const upwards = imports.filter(({ from, to, types }) => {
    const [mine, other] = [roomOf(from), roomOf(to)];
    if (!texts.has(to) || mine === other) return false;
    const allowed = below[mine] ?? [];
    return !allowed.includes(other) && !(types && allowed.includes(`types:${other}`));
  });
  assert.deepEqual(upwards, []);
});

test('every relative import names a file of src or tasks', () => {
  const outside = imports.filter(({ to }) => /^\.\.?\/|\.ts$/.test(to) && !texts.has(to));
  assert.deepEqual(outside, []);
});

test('no circles between files, types included', () => {
  const edges = new Map(
    files.map((file) => [file, imports.filter(({ from }) => from === file).map(({ to }) => to)]),
  );
  const settled = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at >= 0) circles.push([...path.slice(at), file].join(' → '));
    if (at >= 0 || settled.has(file)) return;
    for (const next of edges.get(file) ?? []) if (texts.has(next)) visit(next, [...path, file]);
    settled.add(file);
  };
  for (const file of files) visit(file, []);
  assert.deepEqual(circles, []);
});

/** What is for working on phx, and no part of it. */
const tools = ['@biomejs/biome', 'axe-core', 'fast-check', 'playwright-core', 'tsx', 'typescript'];

test('each third-party package is imported by one file; zod by the one room of the schema', () => {
  const users = new Map<string, Set<string>>();
  for (const { from, to, types } of imports) {
    if (types || texts.has(to) || to.startsWith('node:')) continue;
    const user = to === 'zod' && from.startsWith('src/config/schema/') ? 'src/config/schema' : from;
    users.set(to, (users.get(to) ?? new Set()).add(user));
  }
  const packages = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  // The build takes the others in: who installs phx fetches this one alone.
  assert.deepEqual(Object.keys(packages.dependencies), ['esbuild']);
  const parts = Object.keys({ ...packages.dependencies, ...packages.devDependencies }).filter(
    (name) => !tools.includes(name) && !name.startsWith('@types/'),
  );
  assert.deepEqual(
    [...users].filter(([, by]) => by.size > 1),
    [],
  );
  assert.deepEqual([...users.keys()].sort(), parts.sort());
});

/** Where a pattern stands, as `file: what`. */
function found(pattern: RegExp, allowed: (file: string) => boolean): string[] {
  return files.flatMap((file) =>
    allowed(file) ? [] : (texts.get(file)?.match(pattern) ?? []).map((what) => `${file}: ${what}`),
  );
}

const inside =
  (...rooms: readonly string[]) =>
  (file: string) =>
    rooms.some((room) => file.startsWith(room));

test('only the command line reads the environment, the folder it stands in, and exits', () => {
  assert.deepEqual(found(/\bprocess\.(env|cwd|exit|argv|exitCode|std\w+|on)\b/g, inside('src/cli/')), []);
});

test('only the command line reads the clock; a twin that is handed none has the one default', () => {
  const clock = /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bprocess\.hrtime\b/g;
  assert.deepEqual(found(clock, inside('src/cli/', 'src/twin/twin.ts', 'src/twin/seed.ts')), []);
});

test('processes are started by the host alone, and node:child_process by nobody else', () => {
  const users = imports.filter(({ to }) => to === 'node:child_process' || to === 'execa');
  assert.deepEqual(
    users.filter(({ from }) => !from.startsWith('src/host/')),
    [],
  );
});

test('core knows no Proxmox, no process and no terminal', () => {
  const core = (file: string) => !file.startsWith('src/core/');
  assert.deepEqual(
    found(/\bpct\b|\bqm\b|\bpvesm\b|\bprocess\.|node:(child_process|tty|readline)/g, core),
    [],
  );
});

test('what only builds and parses text asks nothing of the machine', () => {
  const pure = imports.filter(({ from, to }) => from.startsWith('src/proxmox/') && to.startsWith('node:'));
  assert.deepEqual(pure, []);
});

test('every file opens with a comment that says what it is', () => {
  const silent = files.filter((file) => !/^(#![^\n]*\n)?\/\*\*\s/.test(texts.get(file) ?? ''));
  assert.deepEqual(silent, []);
});
