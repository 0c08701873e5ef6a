/**
 * Which copy of phx a project wants: its own in node_modules, where it has one, so that the version it was written for works on
 * it whichever phx was typed. Looks at a few paths and loads nothing.
 */

import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';

/** Names of the package, as a phoenixfile imports it. */
export const packageName = 'phoenix-orchestrator';

/** What a project's own file is called. */
export const phoenixfileNames = ['phoenixfile.ts', 'phoenixfile.mts', 'phoenixfile.js', 'phoenixfile.mjs'];

/** The nearest phoenixfile at or above a folder. */
export function nearestPhoenixfile(from: string): string | undefined {
  return upwards(from, (folder) =>
    phoenixfileNames.map((name) => join(folder, name)).find((path) => existsSync(path)),
  );
}

export interface ProjectCopy {
  /** Its program. */
  readonly program: string;
  readonly version: string;
}

/** The copy that the project around a folder brings along, where that is another one than `own`, a file of the running one. */
export function projectCopy(from: string, own: string): ProjectCopy | undefined {
  const phoenixfile = nearestPhoenixfile(from);
  if (phoenixfile === undefined) return undefined;
  const installed = upwards(dirname(phoenixfile), (folder) => {
    const path = join(folder, 'node_modules', packageName);
    return existsSync(join(path, 'dist', 'phx.js')) ? path : undefined;
  });
  if (installed === undefined) return undefined;
  const root = realpathSync(installed);
  if (realpathSync(own).startsWith(`${root}${sep}`)) return undefined;
  return { program: join(root, 'dist', 'phx.js'), version: versionOf(root) };
}

/** The folder that `-C` names among the words of the command line, from where phx was started. */
export function startFolder(cwd: string, words: readonly string[]): string {
  const end = words.indexOf('--');
  const own = end < 0 ? words : words.slice(0, end);
  const at = own.findIndex((word) => /^(-C|--project(=|$))/.test(word));
  const word = own[at] ?? '';
  const named = /^(?:-C|--project)$/.test(word) ? own[at + 1] : word.replace(/^(-C|--project=)/, '');
  return resolve(cwd, named || '.');
}

function versionOf(root: string): string {
  try {
    return String(
      (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version?: string }).version,
    );
  } catch {
    return 'of an unknown version';
  }
}

function upwards(from: string, find: (folder: string) => string | undefined): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const found = find(folder);
    if (found !== undefined || dirname(folder) === folder) return found;
  }
}
