/** One task's run: stamped before and after, tried again while a lock is in the way, its ending told. Knows no Proxmox. */

import { createContext, type RunScope } from './context.ts';
import { BlockedError, CommandError, GateError, LostError, lastLines, PhxError, problemOf } from './error.ts';
import type { Problem, Ran, Reason } from './event.ts';
import type { Fingerprint } from './fingerprint.ts';
import { askProbes, resultOf } from './judge.ts';
import type { Stamp, StampError } from './stamp.ts';
import type { Aftermath, Task, TaskContext } from './task.ts';

/** What a failed command may mean. */
export interface Diagnosis {
  /** A lock that will go away: the task is tried again. */
  readonly transient?: boolean;
  readonly cause?: string;
  readonly hint?: string;
  readonly command?: string;
}

/** Why a task is run, and what it read when that was decided. */
export interface Judged {
  readonly because: readonly Reason[];
  readonly fingerprint: Fingerprint;
}

export type Ending = { readonly ms: number; readonly commands: readonly Ran[] } & (
  | { readonly state: 'done' }
  | { readonly state: 'failed'; readonly problem: Problem; readonly deadline: boolean }
  | { readonly state: 'blocked'; readonly problem: Problem; readonly gate: boolean }
);

export interface AttemptSetup<Facts> {
  readonly run: string;
  readonly scope: RunScope<Facts>;
  readonly diagnose: (error: CommandError) => Diagnosis | undefined;
  /** Told before each try, counted from 1. */
  readonly started: (attempt: number) => void;
}

const tries = 6;

/** Runs the task to its end; never rejects. */
export async function attempt<Facts>(
  task: Task<Facts>,
  judged: Judged,
  setup: AttemptSetup<Facts>,
): Promise<Ending> {
  const { run, scope } = setup;
  const { stamps, clock } = scope;
  const { fingerprint } = judged;
  const before = stamps.get(task.id);
  const at = clock();
  let count = 0;
  const cutShort = before !== undefined && before.state !== 'done';
  const context = createContext(task, scope, () => cutShort || count > 1, isForced(judged));
  const started = (attempt: number) => {
    count = attempt;
    setup.started(attempt);
  };
  const told = () => ({ ms: clock() - at, commands: context.ran });
  try {
    stamps.put(runningStamp(task.id, run, at, fingerprint, before));
    const unseen = await tryRepeatedly(task, context, { ...setup, started });
    const recorded = { ...before?.outputs, ...unseen };
    const outputs = askProbes(task.outputs, await context.refresh(task.touches), recorded);
    const result = resultOf(task.outputs, outputs, fingerprint);
    stamps.put({ task: task.id, state: 'done', fingerprint, outputs, result, run, at, ms: clock() - at });
    return { state: 'done', ...told() };
  } catch (error) {
    const gate = error instanceof GateError;
    const refused = gate || error instanceof BlockedError;
    const failed = !refused && !scope.abort.aborted;
    const aftermath = failed ? await recoverFrom(error, () => task.recover?.(context, error)) : undefined;
    const problem = withAftermath(explain(error, setup.diagnose), aftermath);
    const running = stamps.get(task.id);
    const asBefore = aftermath?.takenBack === 'well' && before?.state === 'done';
    if ((refused || asBefore) && before) tolerate(() => stamps.put(before));
    // An aborted task stays `running` in the record: the next run says that it was interrupted.
    else if (running && !scope.abort.aborted) {
      tolerate(() =>
        stamps.put({ ...running, state: 'failed', ms: clock() - at, error: evidenceOf(error, count) }),
      );
    }
    if (refused) return { state: 'blocked', problem, gate, ...told() };
    const deadline = error instanceof PhxError && error.exit === 'deadline' && !aftermath?.takenBack;
    return { state: 'failed', problem, deadline, ...told() };
  }
}

async function tryRepeatedly<Facts>(
  task: Task<Facts>,
  context: TaskContext<Facts>,
  { scope, diagnose, started }: AttemptSetup<Facts>,
): ReturnType<Task<Facts>['run']> {
  for (let count = 1; ; count++) {
    started(count);
    try {
      return await task.run(context);
    } catch (error) {
      const transient =
        error instanceof LostError || (error instanceof CommandError && diagnose(error)?.transient === true);
      if (!transient || count === tries || scope.abort.aborted) throw error;
      await scope.time.sleep(250 * 2 ** count, scope.abort);
      await context.refresh(task.touches);
    }
  }
}

/** What a task says of its failure; that it could not put it right must not hide the failure. */
async function recoverFrom(
  error: unknown,
  recover: () => Promise<Aftermath | undefined> | undefined,
): Promise<Aftermath | undefined> {
  try {
    return await recover();
  } catch (further) {
    if (further === error) return undefined;
    const { title, facts } = problemOf(further);
    return { facts: [['then', title], ...facts], takenBack: false };
  }
}

function isForced({ because }: Judged): boolean {
  return because.some(({ why }) => why === 'forced');
}

function withAftermath(problem: Problem, aftermath: Aftermath | undefined): Problem {
  if (!aftermath) return problem;
  const { hint = aftermath.hint, command = aftermath.command } = problem;
  return {
    ...{ title: problem.title, facts: [...problem.facts, ...aftermath.facts] },
    ...(hint === undefined ? {} : { hint }),
    ...(command === undefined ? {} : { command }),
  };
}

function evidenceOf(error: unknown, attempt: number): StampError {
  const { title } = problemOf(error);
  if (!(error instanceof CommandError)) return { title, attempt };
  const { exit, stderr, stdout } = error.outcome;
  return { title, attempt, exit, lines: lastLines(stderr || stdout, 8) };
}

function explain(error: unknown, diagnose: AttemptSetup<never>['diagnose']): Problem {
  const problem = problemOf(error);
  const diagnosis = error instanceof CommandError ? diagnose(error) : undefined;
  if (!diagnosis) return problem;
  return {
    ...problem,
    facts: diagnosis.cause ? [...problem.facts, ['cause', diagnosis.cause]] : problem.facts,
    ...(diagnosis.hint ? { hint: diagnosis.hint } : {}),
    ...(diagnosis.command ? { command: diagnosis.command } : {}),
  };
}

function runningStamp(
  task: string,
  run: string,
  at: number,
  fingerprint: Fingerprint,
  before: Stamp | undefined,
): Stamp {
  const former = before?.state === 'done' ? before.fingerprint : before?.former;
  const { outputs, result } = before ?? { outputs: {}, result: '' };
  return {
    task,
    state: 'running',
    fingerprint,
    outputs,
    result,
    run,
    at,
    ms: 0,
    ...(former ? { former } : {}),
  };
}

/** A failure to record a failure must not hide the failure. */
function tolerate(action: () => void): void {
  try {
    action();
  } catch {
    return;
  }
}
