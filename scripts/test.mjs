/**
 * Builds, then runs every test below test/ (or those named), with node's own runner. Tests in test/real/ need the real
 * tool that they are named after: what cannot be had is left out by name, and with CI=true it is a failure. Tests that end
 * in -schema need the option schemas of Proxmox VE in the folder that PHX_PVE names, and are left out by name without it.
 */

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { provideTools, toolEnvironment } from './tools.mjs';

const env = { ...process.env, ...toolEnvironment() };
const run = (command, args) => spawnSync(command, args, { stdio: 'inherit', env }).status ?? 1;

function testsBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return testsBelow(path);
    return entry.name.endsWith('.test.ts') ? [path] : [];
  });
}

const toolOf = (path) => (/\/real\//.test(path) ? basename(path, '.test.ts') : undefined);

const named = process.argv.slice(2);
const found = (named.length > 0 ? named : ['test']).flatMap((path) =>
  path.endsWith('.ts') ? [path] : testsBelow(path),
);
const wanted = [...new Set(found.map(toolOf).filter((tool) => tool !== undefined))];
const missing = wanted.length > 0 ? provideTools(wanted) : [];
if (missing.length > 0 && process.env.CI === 'true') {
  console.error(`real tools are missing: ${missing.join(', ')}`);
  process.exit(1);
}
for (const tool of missing)
  console.log(`left out: test/real/${tool}.test.ts (there is no ${tool} on this machine)`);
const needsSchemas = (path) => path.endsWith('-schema.test.ts') && !process.env.PHX_PVE;
for (const path of found.filter(needsSchemas))
  console.log(`left out: ${path} (PHX_PVE names no folder with the schemas of Proxmox VE)`);
const tests = found.filter((path) => !missing.includes(toolOf(path)) && !needsSchemas(path));
if (tests.length === 0) {
  console.error('no tests found');
  process.exit(1);
}
const built = run(process.execPath, ['scripts/build.mjs']);
process.exit(built || run(process.execPath, ['--import', 'tsx', '--test', '--test-reporter=spec', ...tests]));
