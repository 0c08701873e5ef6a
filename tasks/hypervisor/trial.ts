/**
 * Changes that may cut the very connection they come through (network, firewall): applied on trial. A timer on the node
 * puts the former state back unless a fresh connection confirms in time. It knows no particular file.
 */

import { CommandError, LostError, PhxError, printArgv, problemOf } from '../../src/core/error.ts';
import type { Problem } from '../../src/core/event.ts';
import type { TaskContext, Undo } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { restoreFolder } from '../../src/proxmox/workspace.ts';
import { fileScope, keepCopy, lookAt } from './files.ts';

export interface Trial {
  /** `network` or `firewall`: the timer is phx-restore-<name>. */
  readonly name: string;
  /** After so many seconds without confirmation the former state comes back. */
  readonly seconds: number;
  /** Path → wanted text; null: the file goes. */
  readonly files: ReadonlyMap<string, string | null>;
  /** Makes the files count, now and when the former ones are put back. */
  readonly reload: readonly string[];
  /** Makes the former ones count again, where that is not `reload`. */
  readonly restore?: readonly string[];
  /** Waits until the files count, where `reload` does not; before that a new connection proves nothing. */
  readonly settled?: () => Promise<void>;
  /** What must hold besides the connection; answers what does not. */
  readonly check?: () => Promise<string | undefined>;
}

const unitOf = (name: string) => `phx-restore-${name}`;

/** Ends a trial that an interrupted run left open: its former state comes back. To be called before looking at the files. */
export async function settleTrial(context: TaskContext<Facts>, name: string): Promise<void> {
  const { stdout } = await context.ask(['systemctl', 'is-active', `${unitOf(name)}.timer`]);
  if (stdout.trim() !== 'active') return;
  context.log(`an interrupted run left the ${name} on trial: the former state is put back first`);
  await putBack(context, name);
}

/** Applies the change; throws when it could not be confirmed, and then the former state is back. */
export async function applyOnTrial(context: TaskContext<Facts>, trial: Trial): Promise<void> {
  const saved = await saveFormer(context, trial);
  try {
    for (const [path, text] of trial.files) await change(context, path, text);
    await surely(context, trial.reload, 'again');
    await trial.settled?.();
    await context.reach();
    const wrong = await trial.check?.();
    if (wrong !== undefined) throw new PhxError('failed', { title: wrong });
  } catch (error) {
    await putBack(context, trial.name);
    await context.refresh([...trial.files.keys()].map(fileScope));
    throw notConfirmed(trial.name, problemOf(error), error);
  }
  const inTime = await confirm(context, trial.name);
  for (const path of saved) await context.removeFile(path, { scratch: true });
  const { files } = await context.refresh([...trial.files.keys()].map(fileScope));
  const gone = [...trial.files].some(([path, text]) => (files.get(path) ?? null) !== text);
  if (!inTime || gone)
    throw notConfirmed(
      trial.name,
      { title: 'the time was up before it was confirmed', facts: [] },
      undefined,
    );
}

const patient = { deadline: 120_000 };

/** For what may be done twice: where the connection was cut nobody knows how it ended, and it is sent again over a new one. */
async function surely(context: TaskContext<Facts>, argv: readonly string[], undo: Undo): Promise<void> {
  try {
    await context.run(argv, { ...patient, undo });
  } catch (error) {
    if (!(error instanceof LostError)) throw error;
    await context.run(argv, { ...patient, undo });
  }
}

/**
 * Ends the timer. False when its time was up: then the former state is back, and nothing is at work on it any more. A timer
 * that has fired is there until its service has ended, and can be stopped as if it had not.
 */
async function confirm(context: TaskContext<Facts>, name: string): Promise<boolean> {
  const stop = ['systemctl', 'stop', `${unitOf(name)}.timer`];
  if (!(await unlessGone(() => context.run(stop, { undo: 'nothing' })))) return false;
  const { stdout } = await context.ask(['systemctl', 'is-active', `${unitOf(name)}.service`]);
  if (stdout.trim() !== 'activating') return true;
  await putBack(context, name);
  return false;
}

/** What systemctl exits with where there is no such unit: a transient one goes when its time is up and its work done. */
const noUnit = 5;

/** Whether there was still something to act upon. */
async function unlessGone(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    if (error instanceof CommandError && error.outcome.exit === noUnit) return false;
    throw error;
  }
}

/** Keeps the former files, and starts the timer that will put them back. Answers where they are kept. */
async function saveFormer(context: TaskContext<Facts>, trial: Trial): Promise<string[]> {
  const saved: string[] = [];
  const back: (readonly string[])[] = [];
  for (const path of trial.files.keys()) {
    const present = await lookAt(context, path);
    if (present === undefined) back.push(['rm', '-f', path]);
    else {
      const copy = `${restoreFolder(trial.name)}/${saved.length}`;
      await context.writeFile(copy, present, { scratch: true });
      saved.push(copy);
      back.push(['cp', '-f', copy, path]);
    }
  }
  // One program is all that a timer can start: the commands become a script here, each word quoted where it has to be.
  const script = [...back, trial.restore ?? trial.reload].map(printArgv).join('; ');
  // oneshot: whoever starts the service by hand waits until all is back.
  const when = [`--on-active=${trial.seconds}s`, '--timer-property=AccuracySec=1s'];
  const timer = [...when, '--service-type=oneshot', '--collect'];
  await context.run(['systemd-run', `--unit=${unitOf(trial.name)}`, ...timer, 'sh', '-c', script], {
    undo: 'nothing',
  });
  return saved;
}

async function change(context: TaskContext<Facts>, path: string, text: string | null): Promise<void> {
  const present = await lookAt(context, path);
  if ((present ?? null) === text) return;
  await keepCopy(context, path, present);
  if (text === null) await context.removeFile(path);
  else await context.writeFile(path, text);
}

/** Waits for what the timer has begun, and begins it where it has not. */
async function putBack(context: TaskContext<Facts>, name: string): Promise<void> {
  const start = ['systemctl', 'start', `${unitOf(name)}.service`];
  await unlessGone(() => surely(context, start, 'nothing'));
  await context.ask(['systemctl', 'stop', `${unitOf(name)}.timer`]);
}

function notConfirmed(name: string, problem: Problem, cause: unknown): PhxError {
  return new PhxError(
    'failed',
    {
      title: `The new ${name} was taken back: it could not be confirmed`,
      facts: [['why', problem.title], ...problem.facts],
      hint: 'The former state is back. Mend the configuration, then run again.',
      command: 'phx config hypervisor',
    },
    cause,
  );
}
