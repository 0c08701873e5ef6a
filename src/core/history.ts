/** A past run as its journal tells of it: what was asked for, what each task did, how it ended. Pure. */

import type { ExitName } from './error.ts';
import type { Course } from './event.ts';
import type { JournalEntry } from './journal.ts';

/** A command of a past run; without an exit the run died before it had ended. */
export interface PastCommand {
  readonly at: number;
  readonly argv: readonly string[];
  readonly exit?: number;
  /** Milliseconds. */
  readonly ms?: number;
}

export interface PastTask {
  readonly task: string;
  /** `unfinished`: the run came to its end, or died, before the task did. */
  readonly state: 'done' | 'failed' | 'unfinished';
  /** What it failed of, in one line. */
  readonly title?: string;
  /** How long it took, in milliseconds. */
  readonly ms?: number;
  /** When it came to its end, epoch milliseconds. */
  readonly ended?: number;
  readonly course?: Course;
  readonly commands: readonly PastCommand[];
  /** Paths on the host that it wrote or removed. */
  readonly files: readonly string[];
}

export interface PastRun {
  readonly run: string;
  readonly words: readonly string[];
  /** Identity of the host. */
  readonly host: string;
  /** `user@machine`, where several people share the history. */
  readonly who?: string;
  /** Epoch milliseconds. */
  readonly began: number;
  /** Of its last entry. */
  readonly last: number;
  /** How it ended; absent of a run that still goes on, or died. */
  readonly exit?: ExitName;
  readonly tasks: readonly PastTask[];
}

interface Making {
  state: PastTask['state'];
  title?: string;
  ms?: number;
  ended?: number;
  course?: Course;
  commands: PastCommand[];
  files: Set<string>;
}

/** `run` names it where the beginning of its journal was lost. */
export function pastRun(run: string, entries: readonly JournalEntry[]): PastRun {
  const begin = entries.find((entry) => entry.entry === 'begin');
  const ended = entries.find((entry) => entry.entry === 'ended');
  const tasks = new Map<string, Making>();
  for (const entry of entries) if ('task' in entry) tell(makingOf(tasks, entry.task), entry);
  return {
    run,
    words: begin?.words ?? [],
    host: begin?.host ?? '',
    ...(begin?.who === undefined ? {} : { who: begin.who }),
    began: begin?.at ?? entries[0]?.at ?? 0,
    last: entries.at(-1)?.at ?? 0,
    ...(ended ? { exit: ended.exit } : {}),
    tasks: [...tasks].map(([task, made]) => ({ task, ...made, files: [...made.files] })),
  };
}

function makingOf(tasks: Map<string, Making>, task: string): Making {
  const known = tasks.get(task) ?? { state: 'unfinished', commands: [], files: new Set() };
  tasks.set(task, known);
  return known;
}

function tell(task: Making, entry: Extract<JournalEntry, { readonly task: string }>): void {
  if (entry.entry === 'intent') task.commands.push({ at: entry.at, argv: entry.argv });
  else if (entry.entry === 'wrote') task.files.add(entry.path);
  else if (entry.entry === 'task') {
    task.state = entry.state;
    if (entry.title !== undefined) task.title = entry.title;
    if (entry.ms !== undefined) task.ms = entry.ms;
    if (entry.course !== undefined) task.course = entry.course;
    task.ended = entry.at;
  } else if (entry.entry === 'outcome') {
    // Commands of one task run one after the other: the outcome is that of the last one that has none.
    const last = task.commands.findLastIndex(({ exit }) => exit === undefined);
    const begun = task.commands[last];
    if (begun) task.commands[last] = { ...begun, exit: entry.exit, ms: entry.ms };
  }
}
