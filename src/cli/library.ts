/**
 * What `phoenix-orchestrator` means in a phoenixfile: the program that runs it, installed beside the project or not. Two copies
 * in one process would each have their own idea of a task.
 */

import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { packageName } from './project-copy.ts';

/** The library of the running program: beside its compiled code, or its source. */
function libraryFile(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const built = join(here, 'index.js');
  return existsSync(built) ? built : join(here, '..', 'index.ts');
}

/**
 * Puts a package of that name beside the compiled phoenixfile, where node looks first, which hands on the running program's
 * library. So the compiled text, whose digest stands in the records, is the same wherever phx is installed.
 */
export function linkLibrary(folder: string, write: (path: string, text: string) => void): void {
  const place = join(folder, 'node_modules', packageName);
  const file = join(place, 'index.js');
  const text = `export * from ${JSON.stringify(pathToFileURL(libraryFile()).href)};\n`;
  if (textOf(file) === text) return;
  mkdirSync(place, { recursive: true, mode: 0o700 });
  // Without a package of its own the folder would belong to the project's, which may bear the very name.
  write(join(folder, 'package.json'), `${JSON.stringify({ private: true, type: 'module' })}\n`);
  const exported = { name: packageName, private: true, type: 'module', exports: './index.js' };
  write(join(place, 'package.json'), `${JSON.stringify(exported)}\n`);
  write(file, text);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
