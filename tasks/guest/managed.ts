/** Files that phx writes whole on a node: the mark they bear, and the one copy of what a person had there. */

import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { backupOf, workspace } from '../../src/proxmox/workspace.ts';

/** First line of every file that phx writes whole. */
export const managedMark = '# Managed by phx: changes made here are put back at the next run.';
const marked = /(^|\s)[#;]\s?managed by phx\b/im;

/** Whether phx wrote it, and nobody wrote it anew since. */
export function isManaged(text: string): boolean {
  return marked.test(text);
}

/** The scope that makes a sweep read this file. */
export function fileScope(path: string): string {
  return `file:${path}`;
}

/** The text of a file as it stands now. */
export async function lookAt(context: TaskContext<Facts>, path: string): Promise<string | undefined> {
  return (await context.refresh([fileScope(path)])).files.get(path);
}

/** Keeps what a person had in a file, once: before phx writes it, or takes it away. */
export async function keepCopy(
  context: TaskContext<Facts>,
  path: string,
  present: string | undefined,
): Promise<void> {
  if (present === undefined || present === '' || isManaged(present) || path.startsWith(`${workspace}/`))
    return;
  const copy = backupOf(path);
  // The first one is what a person had: later texts without a mark may be ours, written anew by Proxmox.
  if ((await context.readFile(copy)) !== undefined) return;
  await context.writeFile(copy, present, { mode: 0o600 });
  context.log(`what stood in ${path} is kept in ${copy}`);
}
