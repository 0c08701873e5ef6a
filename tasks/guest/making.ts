/**
 * What is noted on the node before a guest is made there, and taken away once it stands: whoever finds it half made later
 * reads there that phx began it, also on a machine that knows nothing of the run that died.
 */

import { BlockedError, CommandError, UnreachableError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { readMark } from '../../src/proxmox/mark.ts';
import { type NodeTask, parseTaskIndex, taskIndexFiles } from '../../src/proxmox/task-index.ts';
import { makingPath } from '../../src/proxmox/workspace.ts';

/** `argv`: what makes it. `known`: Proxmox's tasks about it, or about its source, of before. `newest`: of all tasks of before. */
interface Note {
  readonly argv: readonly string[];
  readonly known: readonly string[];
  readonly newest: string | null;
}

/** Sends a create or a clone, noted for as long as nobody knows how it ended. */
export async function runNoted(
  id: number,
  argv: readonly string[],
  context: TaskContext<Facts>,
  settings: Parameters<TaskContext<Facts>['run']>[1],
): Promise<void> {
  const tasks = await tasksOf(context);
  const known = tasks.filter((task) => isAbout(task, argv, id)).map(({ upid }) => upid);
  const note: Note = { argv, known, newest: tasks.at(-1)?.upid ?? null };
  const text = `${JSON.stringify(note)}\n`;
  await context.writeFile(makingPath(id), text, { scratch: true, mode: 0o600 });
  try {
    await context.run(argv, settings);
  } catch (error) {
    // What Proxmox refused, or took back itself, was begun by nobody; of what was cut off it is not known.
    if (error instanceof CommandError && !wasCut(error)) await forgetMaking(id, context);
    throw error;
  }
}

/** It stands: from now on its own mark says whose it is. */
export async function forgetMaking(id: number, context: TaskContext<Facts>): Promise<void> {
  if ((await context.readFile(makingPath(id))) === undefined) return;
  await context.removeFile(makingPath(id), { scratch: true });
}

/** A clone for another node is noted where its source is. A node that is away keeps its note. */
export async function forgetMakingElsewhere(id: number, context: TaskContext<Facts>): Promise<void> {
  try {
    await forgetMaking(id, context.elsewhere());
  } catch (error) {
    if (!(error instanceof BlockedError || error instanceof UnreachableError)) throw error;
  }
}

/** A signal may have ended it: its exit code is then 128 and the number of that. */
function wasCut({ outcome: { ended, exit } }: CommandError): boolean {
  return ended !== undefined || (exit > 128 && exit <= 192);
}

/**
 * The command of this project that began what stands half made here; undefined where that is not certain. The note alone
 * says only what was meant: Proxmox's own list has to tell that it was begun after the note, and that nobody has made or
 * destroyed this id since. A clone is listed under its source (B110). Lists that were begun anew meanwhile tell nothing.
 */
export async function begunHere(
  id: number,
  project: string,
  context: TaskContext<Facts>,
): Promise<readonly string[] | undefined> {
  const note = parseNote(await context.readFile(makingPath(id)));
  if (!note) return undefined;
  const { argv, known, newest } = note;
  const description = argv[argv.indexOf('--description') + 1] ?? '';
  if (readMark(description, id)?.project !== project) return undefined;
  const tasks = await tasksOf(context);
  const since = tasks.filter((task) => isAbout(task, argv, id) && !known.includes(task.upid));
  const own = since.filter((task) => task.id === String(id));
  const [first] = since;
  const isWhole = newest === null ? tasks[0] === first : tasks.some(({ upid }) => upid === newest);
  const begun = argv[1] === 'clone' ? own.length === 0 : own.length === 1 && own[0]?.type.endsWith('create');
  return first && isWhole && begun ? argv : undefined;
}

async function tasksOf(context: TaskContext<Facts>): Promise<NodeTask[]> {
  return parseTaskIndex(...(await Promise.all(taskIndexFiles.map((path) => context.readFile(path)))));
}

/** Whether a task made or destroyed this guest, or cloned its source: `pct clone <source> <id>`, `pct create <id>`. */
function isAbout({ type, id: about }: NodeTask, argv: readonly string[], id: number): boolean {
  if (about === String(id)) return /^(vz|qm)(create|restore|destroy)$/.test(type);
  return argv[1] === 'clone' && about === argv[2] && /^(vz|qm)clone$/.test(type);
}

function parseNote(text: string | undefined): Note | undefined {
  try {
    const { argv, known, newest } = JSON.parse(text ?? '') as Partial<Note>;
    const whole = Array.isArray(argv) && Array.isArray(known) && newest !== undefined;
    return whole ? { argv, known, newest } : undefined;
  } catch {
    // Torn, or there is none.
    return undefined;
  }
}
