/** A file of the node that a step keeps as it should be. Writes only when the text differs. */

import type { Probe, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';

/** First line of every file that phx writes whole. */
export const managedMark = '# Managed by phx: changes made here are put back at the next run.';

/** The scope that makes a sweep read this file. */
export function fileScope(path: string): string {
  return `file:${path}`;
}

export function fileProbe(path: string): Probe<Facts> {
  return (facts) => facts.files.get(path);
}

/** Writes the file unless it already says this; answers whether it wrote. */
export async function keepFile(context: TaskContext<Facts>, path: string, text: string): Promise<boolean> {
  const present = (await context.refresh([fileScope(path)])).files.get(path);
  if (present === text) return false;
  await context.writeFile(path, text);
  await context.refresh([fileScope(path)]);
  return true;
}
