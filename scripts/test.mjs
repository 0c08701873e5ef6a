/**
 * Builds, then runs every test below test/ (or those named), with node's own runner. Tests in test/real/ need the real
 * tool that they are named after, those in test/over-ssh/ sshd, in test/browser/ Chromium: what cannot be had is left out by name, and with CI=true it
 * is a failure. Tests that end in -schema need the option schemas of Proxmox VE in the folder that PHX_PVE names, and are left
 * out by name without it.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { alsoNeeds, programOf, provideTools, toolEnvironment, whyNot } from './tools.mjs';

// Asked for at each start: where libraries lie is known only once the tools are there.
const run = (command, args) =>
  spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...toolEnvironment() } }).status ?? 1;

function testsBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return testsBelow(path);
    return entry.name.endsWith('.test.ts') ? [path] : [];
  });
}

/**
 * Tests that change nothing but their own temporary folders share a process with others of their folder: starting one for
 * each file, and warming it up, takes longer than what most of them do. Folders with much to do get a process a core.
 */
const shared = [
  ...['adopt', 'browser', 'cli', 'config', 'conformance', 'core', 'history', 'import', 'page', 'preflight'],
  ...['proxmox', 'real', 'report', 'tasks', 'template', 'twin', 'view'],
];
const dealt = ['property', 'scenario'];
/** Each of these takes long enough for a process of its own. */
const alone = ['cloud-init', 'debian-root', 'shellcheck'];

/** Entry → the test files that it runs. The runner takes entries by their names: what is long first. */
function inFewProcesses(paths) {
  const groups = new Map();
  const put = (name, path) => groups.set(name, [...(groups.get(name) ?? []), path]);
  for (const path of paths) {
    const folder = basename(dirname(path));
    if (dealt.includes(folder)) continue;
    const name = basename(path, '.test.ts');
    if (folder === 'real' && alone.includes(name)) put(`0-${name}`, path);
    else if (shared.includes(folder)) put(`2-${folder}`, path);
    else put(`3-${folder}-${name}`, path);
  }
  for (const folder of dealt) {
    const own = paths.filter((path) => basename(dirname(path)) === folder);
    for (const [at, share] of deal(own).entries())
      for (const path of share) put(`1-${folder}-${at + 1}`, path);
  }
  return [...groups].map(([name, members]) => {
    // A test that was named alone is told of by its own path.
    if (paths.length === 1) return members[0];
    const imports = members.map((path) => `import '../../${path}';\n`);
    const entry = join('.cache', 'tests', `${name}.test.mjs`);
    mkdirSync(dirname(entry), { recursive: true });
    writeFileSync(entry, imports.join(''));
    return entry;
  });
}

/** As many shares as there are cores, of about the same size. */
function deal(paths) {
  const shares = Array.from({ length: availableParallelism() }, () => ({ size: 0, paths: [] }));
  const files = paths.map((path) => ({ path, size: statSync(path).size })).sort((a, b) => b.size - a.size);
  for (const { path, size } of files) {
    const [least] = [...shares].sort((a, b) => a.size - b.size);
    least.size += size;
    least.paths.push(path);
  }
  return shares.map((share) => share.paths).filter((share) => share.length > 0);
}

/** The programs that a test needs. */
function toolsOf(path) {
  const overSsh = process.env.PHX_OVER === 'ssh' && /\/scenario\//.test(path);
  if (overSsh || /\/over-ssh\//.test(path)) return ['sshd', ...alsoNeeds.sshd];
  if (/\/browser\//.test(path)) return ['chromium'];
  if (!/\/real\//.test(path)) return [];
  const name = basename(path, '.test.ts');
  return [programOf[name] ?? name, ...(alsoNeeds[name] ?? [])];
}

const named = process.argv.slice(2);
const found = (named.length > 0 ? named : ['test']).flatMap((path) =>
  path.endsWith('.ts') ? [path] : testsBelow(path),
);
const wanted = [...new Set(found.flatMap(toolsOf))];
const missing = wanted.length > 0 ? provideTools(wanted) : [];
if (missing.length > 0 && process.env.CI === 'true') {
  console.error(`real tools are missing: ${missing.map(whyNot).join('; ')}`);
  process.exit(1);
}
const needsSchemas = (path) => path.endsWith('-schema.test.ts') && !process.env.PHX_PVE;
const lacking = (path) => toolsOf(path).filter((tool) => missing.includes(tool));
const out = found.filter((path) => lacking(path).length > 0 || needsSchemas(path));
for (const path of out) {
  const why = needsSchemas(path)
    ? 'PHX_PVE names no folder with the schemas of Proxmox VE'
    : lacking(path).map(whyNot).join('; ');
  console.log(`left out: ${path} (${why})`);
}
const tests = found.filter((path) => !out.includes(path));
if (tests.length === 0) {
  console.error('no tests found');
  process.exit(1);
}
const built = run(process.execPath, ['scripts/build.mjs']);
process.exit(
  built ||
    run(process.execPath, [
      ...['--import', 'tsx', '--test', '--test-reporter=spec'],
      // Left to itself, the runner leaves a core idle: on two cores it would run one file at a time.
      `--test-concurrency=${availableParallelism()}`,
      ...inFewProcesses(tests),
    ]),
);
