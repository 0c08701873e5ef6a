/**
 * Which tasks read something of which file, for who asks what an edit would reach. It errs on the side of more: a task that
 * turns out to read the same as before stays fresh.
 */

import { explainConfig } from '../config/explain.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { Edit, GraphPageTask } from '../page/graph-page.ts';

type Tasks = readonly Pick<GraphPageTask, 'target' | 'step' | 'reads'>[];

/** Parts of a guest's configuration that reach a task as a rendered text. */
const rendered: readonly (readonly [part: string, step: RegExp])[] = [
  ['app', /^app$/],
  ['layers', /^feature:/],
  ['cloudInit', /^cloud-init$/],
  ['health', /^health$/],
];

export async function editsOf(config: LoadedConfig, tasks: Tasks): Promise<Edit[]> {
  const readers = new Map<string, Set<number>>();
  const note = (file: string, at: number) => readers.set(file, (readers.get(file) ?? new Set()).add(at));
  for (const { target, leaves } of await explainConfig(config)) {
    for (const { path, origin } of leaves) {
      if (origin.file === '' || origin.file.startsWith('--set')) continue;
      const part = path.split('.', 1)[0] ?? '';
      for (const [at, task] of tasks.entries())
        if (task.target === target && readsPart(task, part)) note(origin.file, at);
    }
  }
  for (const [at, { step, target, reads }] of tasks.entries()) {
    for (const key of Object.keys(reads)) if (key.startsWith('file:')) note(key.slice(5), at);
    const template = templateOf(config, target, step);
    if (template !== undefined) note(template, at);
  }
  return [...readers]
    .map(([file, own]) => ({ file, tasks: [...own].sort((a, b) => a - b) }))
    .sort((a, b) => (a.file < b.file ? -1 : 1));
}

function readsPart({ target, step, reads }: Tasks[number], part: string): boolean {
  // Tasks of the node name what they read from their own part of it.
  if (target.startsWith('hypervisor')) return Object.keys(reads).some((key) => !key.includes(':'));
  if (rendered.some(([own, steps]) => own === part && steps.test(step))) return true;
  return Object.keys(reads).some((key) => key === part || key.startsWith(`${part}.`));
}

function templateOf({ fleet }: LoadedConfig, target: string, step: string): string | undefined {
  const [kind, name] = step.split(':', 2);
  if (kind === 'feature' && name) return `templates/features/${name}.sh.hbs`;
  const app = kind === 'app' ? fleet.guests[target.replace(/^.*:/, '')]?.app?.name : undefined;
  return app === undefined ? undefined : `templates/apps/${app}.sh.hbs`;
}
