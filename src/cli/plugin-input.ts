/** What plugins are given beside the fleet: templates and files of the project; and how their tasks are asked for. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PhxTask, Plugin, PluginInput } from '../config/project.ts';
import { PhxError, whyOf } from '../core/error.ts';
import { packageFolder } from './package-folder.ts';
import { createRenderer } from './render.ts';

/** What a plugin of somebody else stumbles over is told as theirs. */
export async function tasksOf(plugin: Plugin, input: PluginInput): Promise<readonly PhxTask[]> {
  if (plugin.builtin) return plugin.tasks(input);
  try {
    return await plugin.tasks(input);
  } catch (error) {
    if (error instanceof PhxError) throw error;
    throw new PhxError(
      'config',
      {
        title: `The plugin ${plugin.name} cannot say what its tasks are`,
        facts: [['why', whyOf(error)]],
        hint: 'The mistake is in the plugin, or in what it reads of the configuration. Nothing was changed.',
      },
      error,
    );
  }
}

/** The project's own templates and, behind them, those that plugins bring along and those shipped with phx. */
export function openTemplates(
  root: string,
  cacheDir: string,
  plugins: readonly Plugin[],
): ReturnType<typeof createRenderer> {
  return createRenderer([join(root, 'templates'), packageFolder('templates')], cacheDir, plugins);
}

/** Reads files that the configuration names by their path from the project's folder. */
export function projectText(root: string): (path: string) => string {
  return (path) => {
    try {
      return readFileSync(join(root, path), 'utf8');
    } catch (error) {
      throw new PhxError('config', {
        title: `A file that the configuration names cannot be read: ${path}`,
        facts: [
          ['file', join(root, path)],
          ['why', whyOf(error)],
        ],
        hint: 'Paths of files are taken from the folder of phoenixfile.ts.',
      });
    }
  };
}
