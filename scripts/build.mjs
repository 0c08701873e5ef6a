/** Builds dist/: the program and the library as ESM chunks, so that what is rarely needed is loaded late. */

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

/** The pages: a file of src/browser each. */
const pages = ['graph', 'report', 'runs', 'problem'];

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
  // Bundled CommonJS packages ask for node's own modules by require, and for their own name.
  banner: {
    js: [
      "import { createRequire as phxRequire } from 'node:module';",
      "import { fileURLToPath as phxPath } from 'node:url';",
      'const require = phxRequire(import.meta.url);',
      'const __filename = phxPath(import.meta.url);',
    ].join(' '),
  },
  logLevel: 'warning',
});
chmodSync('dist/phx.js', 0o755);

// What runs in a browser, each as one script that is written into its page.
await build({
  entryPoints: pages.map((name) => `src/browser/${name}.ts`),
  outdir: 'dist/page',
  bundle: true,
  minify: true,
  format: 'iife',
  platform: 'browser',
  target: 'es2022',
  logLevel: 'warning',
});
for (const name of pages) {
  const styles = ['style', name].map((own) => readFileSync(`src/browser/${own}.css`, 'utf8'));
  writeFileSync(`dist/page/${name}.css`, styles.join('\n'));
}

// The types of the library, for a project's own phoenixfile.ts.
const tsc = join('node_modules', 'typescript', 'bin', 'tsc');
if (existsSync(tsc)) {
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.types.json'], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
