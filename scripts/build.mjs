/** Builds dist/: the program and the library as ESM chunks, so that what is rarely needed is loaded late. */

import { chmodSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { build } from 'esbuild';

const { version } = JSON.parse(await readFile('package.json', 'utf8'));
rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints: { phx: 'src/cli/main.ts', index: 'src/index.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external: ['esbuild'],
  define: { PHX_VERSION: JSON.stringify(version) },
  // Bundled CommonJS packages ask for node's own modules by require.
  banner: {
    js: "import { createRequire as phxRequire } from 'node:module'; const require = phxRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
chmodSync('dist/phx.js', 0o755);
