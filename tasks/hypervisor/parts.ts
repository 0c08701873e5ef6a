/**
 * Shared files that are put together from parts: one task keeps each part, waiting on the node, and one assembles,
 * checks and reloads. So an edited share, export or rule runs its own task and the assembling one. It knows no file.
 */

import { PhxError } from '../../src/core/error.ts';
import type { Dependency, Probe, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { partPath, partsFolder } from '../../src/proxmox/workspace.ts';
import { fileProbe, fileScope, keepFile } from './files.ts';

/** What an item's task needs besides its own text. */
export function partOf(file: string, name: string) {
  const path = partPath(file, name);
  return {
    scope: fileScope(path),
    probe: fileProbe(path) satisfies Probe<Facts>,
    keep: (context: TaskContext<Facts>, text: string) => keepFile(context, path, text),
  };
}

/** The edges of the task that assembles: it runs when a part is another one. */
export function partEdges(tasks: readonly string[]): Dependency<Facts>[] {
  return tasks.map((task) => ({ task, kind: 'result' }));
}

/** The parts as they stand on the node, in this order. */
export async function readParts(
  context: TaskContext<Facts>,
  file: string,
  names: readonly string[],
): Promise<string[]> {
  const paths = names.map((name) => partPath(file, name));
  const { files } = await context.refresh(paths.map(fileScope));
  return paths.map((path) => {
    const text = files.get(path);
    if (text !== undefined) return text;
    throw new PhxError('failed', {
      title: `A part of ${file} is gone`,
      facts: [['file', path]],
      hint: 'Its own task writes it: run again.',
    });
  });
}

/** Takes away the parts that the configuration does not name any more. */
export async function dropOtherParts(
  context: TaskContext<Facts>,
  file: string,
  names: readonly string[],
): Promise<void> {
  const folder = partsFolder(file);
  const { exit, stdout } = await context.ask(['ls', '-1', folder]);
  if (exit !== 0) return;
  const wanted = new Set(names.map((name) => partPath(file, name)));
  for (const name of stdout.split('\n')) {
    const path = `${folder}/${name}`;
    if (name !== '' && !wanted.has(path)) await context.removeFile(path);
  }
}
