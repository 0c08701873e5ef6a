/** Builds, then runs every test below test/ (or those named), with node's own runner. */

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const run = (command, args) => spawnSync(command, args, { stdio: 'inherit' }).status ?? 1;

function testsBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return testsBelow(path);
    return entry.name.endsWith('.test.ts') ? [path] : [];
  });
}

const named = process.argv.slice(2);
const tests = (named.length > 0 ? named : ['test']).flatMap((path) =>
  path.endsWith('.ts') ? [path] : testsBelow(path),
);
if (tests.length === 0) {
  console.error('no tests found');
  process.exit(1);
}
const built = run(process.execPath, ['scripts/build.mjs']);
process.exit(built || run(process.execPath, ['--import', 'tsx', '--test', '--test-reporter=spec', ...tests]));
