/**
 * What phx gave an account besides what it already had, noted on the node: only that is taken away again when the
 * configuration names it no more. It knows no command that gives.
 */

import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { givenPath } from '../../src/proxmox/workspace.ts';

export async function readGiven(context: TaskContext<Facts>, account: string): Promise<ReadonlySet<string>> {
  const text = (await context.readFile(givenPath(account))) ?? '';
  return new Set(text.split('\n').filter((line) => line !== ''));
}

/** Writes the note unless it says just this; an empty one goes. */
export async function writeGiven(
  context: TaskContext<Facts>,
  account: string,
  given: readonly string[],
): Promise<void> {
  const path = givenPath(account);
  const present = await context.readFile(path);
  const text = [...new Set(given)].map((what) => `${what}\n`).join('');
  if ((present ?? '') === text) return;
  if (text === '') await context.removeFile(path);
  else await context.writeFile(path, text);
}
