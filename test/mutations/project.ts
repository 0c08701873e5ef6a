/** The sample's project as texts in memory, any of them replaced: loaded, rendered and made into tasks as the program does. */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { projectText } from '../../src/cli/plugin-input.ts';
import { createRenderer } from '../../src/cli/render.ts';
import type { Fleet } from '../../src/config/fleet.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { repository, tasksOf } from '../bench.ts';
import { tempFolder } from '../temp.ts';

/** Path from the project's root → text. */
export type Texts = ReadonlyMap<string, string>;

/** Files of one folder of the project, and all below it. */
export function textsBelow(folder: string): Texts {
  const names = readdirSync(join(repository, folder), { recursive: true, withFileTypes: true });
  const paths = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.sort().map((path) => [relative(repository, path), readFileSync(path, 'utf8')]));
}

export const config: Texts = new Map(
  [...textsBelow('config')].filter(([path]) => path.endsWith('.json5') && !path.includes('/env/')),
);
export const templates: Texts = textsBelow('templates');

export interface Project {
  readonly fleet: Fleet;
  readonly tasks: readonly PhxTask[];
}

/** With this file as `text`; throws what the program would tell. */
export async function projectWith(file?: string, text = ''): Promise<Project> {
  const changed = new Map(config);
  if (file !== undefined && config.has(file)) changed.set(file, text);
  const { fleet } = await loadConfig({
    root: repository,
    readFile: (path) => changed.get(relative(repository, path)),
    listDir: (path) => namesIn(changed, relative(repository, path)),
  });
  if (file === undefined || !templates.has(file)) return { fleet, tasks: await tasksOf(fleet) };
  return { fleet, tasks: await tasksOf(fleet, [], await templatesWith(file, text)) };
}

function namesIn(texts: Texts, folder: string): string[] | undefined {
  const below = [...texts.keys()].filter((path) => path.startsWith(`${folder}/`));
  const names = new Set(below.map((path) => path.slice(folder.length + 1).replace(/\/.*/, '')));
  return names.size === 0 ? undefined : [...names];
}

async function templatesWith(file: string, text: string) {
  const root = tempFolder();
  for (const [path, own] of templates) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), path === file ? text : own);
  }
  const { render, document } = await createRenderer([join(root, 'templates')], join(root, '.cache'));
  return { render, document, text: projectText(root) };
}
