/** Files that a service must be told of: told again when phx was cut off between the writing and the telling. */

import { digest } from '../../src/core/digest.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { donePath } from '../../src/proxmox/workspace.ts';
import { keepFile } from './files.ts';

/** Writes the file where it differs, and tells the service unless it was told of just this text. */
export async function keepApplied(
  context: TaskContext<Facts>,
  step: string,
  { path, text }: { readonly path: string; readonly text: string },
  tell: () => Promise<void>,
): Promise<void> {
  const wrote = await keepFile(context, path, text);
  const mark = `${digest(text)}\n`;
  if (!wrote && (await context.readFile(donePath(step))) === mark) return;
  await tell();
  await context.writeFile(donePath(step), mark, { scratch: true });
}
