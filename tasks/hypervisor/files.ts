/**
 * Files of the node that steps keep as they should be: written only when the text differs, atomically, with a mark, and
 * with one copy of what a person had there. It knows no particular file.
 */

import { PhxError } from '../../src/core/error.ts';
import type { Probe, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { stagePath } from '../../src/proxmox/workspace.ts';
import { fileScope, isManaged, keepCopy, lookAt } from '../guest/managed.ts';

export { fileScope, keepCopy, lookAt, managedMark } from '../guest/managed.ts';

export function fileProbe(path: string): Probe<Facts> {
  return (facts) => facts.files.get(path);
}

/**
 * Writes the file unless it already says this; a person's own text is kept beside. Answers whether what rests on the file
 * has to be told: it wrote, or an earlier try may have written it and not come to the reload.
 */
export async function keepFile(
  context: TaskContext<Facts>,
  path: string,
  text: string,
  settings: { readonly mode?: number } = {},
): Promise<boolean> {
  const present = await lookAt(context, path);
  if (present === text) return context.unsettled();
  await keepCopy(context, path, present);
  await context.writeFile(path, text, settings);
  await context.refresh([fileScope(path)]);
  return true;
}

/** Removes a file that phx wrote; one without its mark is a person's and stays. Answers whether it is gone now. */
export async function dropFile(context: TaskContext<Facts>, path: string): Promise<boolean> {
  const present = await lookAt(context, path);
  if (present === undefined) return context.unsettled();
  if (!isManaged(present)) return false;
  await context.removeFile(path);
  await context.refresh([fileScope(path)]);
  return true;
}

/**
 * Lets the node's own tool look at a text before it goes live: `check` is handed the path of a staged copy and answers
 * what is wrong with it. Throws with the tool's words; nothing live was changed then.
 */
export async function checkStaged(
  context: TaskContext<Facts>,
  name: string,
  text: string,
  check: (path: string) => Promise<string | undefined>,
): Promise<void> {
  const path = stagePath(name);
  await context.writeFile(path, text, { mode: 0o600, scratch: true });
  const wrong = await check(path);
  await context.removeFile(path, { scratch: true });
  if (wrong === undefined) return;
  throw new PhxError('failed', {
    title: `${name} would not be understood`,
    facts: [['said', wrong.trim()]],
    hint: 'Nothing live was changed. Mend the configuration it was made from.',
    command: 'phx config hypervisor',
  });
}

/** What a checking tool said when it was not content; a tool that is not installed has nothing to say. */
export async function complaintOf(
  context: TaskContext<Facts>,
  argv: readonly string[],
): Promise<string | undefined> {
  const { exit, stdout, stderr } = await context.ask(argv);
  return exit === 0 || exit === 127 ? undefined : stderr || stdout || `${argv[0]} ended with ${exit}`;
}
