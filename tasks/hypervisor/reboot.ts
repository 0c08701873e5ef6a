/**
 * Step `reboot`: the one gate that everything waits at which counts only from the next boot on. What waits is noted on
 * the node with the boot id of that moment, so that a later run knows whether the boot has happened.
 */

import type { PhxTask } from '../../src/config/project.ts';
import { GateError, LostError, PhxError, UnreachableError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { type RebootNote as Note, notesOf } from '../../src/proxmox/reboot-notes.ts';
import { rebootFile } from '../../src/proxmox/workspace.ts';
import { rebootTask } from '../guest/names.ts';
import { fileScope, lookAt } from './files.ts';

const minutes = 60_000;

/** A task whose effect may wait for a boot. */
export interface Contributor {
  readonly task: string;
  /** What can be seen of it before the boot (a module that still holds a card); undefined: it has happened. */
  readonly pending: (facts: Facts) => string | undefined;
}

/** A task of which only its own note tells that a boot is due. */
export function noted(task: string): Contributor {
  return { task, pending: () => undefined };
}

/** The scope of the notes; a contributor touches it. */
export const rebootScope = fileScope(rebootFile);

/** Notes that what this task changed counts only from the next boot on. */
export async function noteReboot(context: TaskContext<Facts>, why: string): Promise<void> {
  const { bootId } = context.facts().host.node;
  const others = notesOf(await lookAt(context, rebootFile)).filter((note) => note.task !== context.task);
  await writeNotes(context, [...others, { boot: bootId, task: context.task, why }]);
}

export function rebootStep(contributors: readonly Contributor[]): PhxTask {
  return {
    id: rebootTask,
    target: 'hypervisor',
    title: 'reboot gate',
    revision: '2',
    config: {},
    dependencies: contributors.map(({ task }) => ({ task, kind: 'result' })),
    outputs: { waiting: (facts) => waitingFor(facts, contributors).map(({ why }) => why) },
    exclusive: true,
    pools: ['reboot'],
    touches: ['host', 'guests', rebootScope],
    run: async (context) => {
      await lookAt(context, rebootFile);
      const waiting = waitingFor(context.facts(), contributors);
      if (waiting.length === 0) await forget(context);
      else await bootOnce(context, contributors, waiting);
      return undefined;
    },
  };
}

async function bootOnce(
  context: TaskContext<Facts>,
  contributors: readonly Contributor[],
  waiting: readonly Note[],
): Promise<void> {
  const { bootId } = context.facts().host.node;
  const inVain = waiting.filter(({ boot }) => boot !== bootId);
  if (inVain.length > 0) throw stillWaiting(inVain);
  await writeNotes(context, waiting);
  if (context.reboot === 'no') throw gate(waiting);
  context.log(`rebooting: ${waiting.map(({ why }) => why).join('; ')}`);
  context.commit();
  try {
    await context.run(['systemctl', 'reboot'], { undo: 'nothing' });
  } catch (error) {
    // A node that goes down takes the connection along.
    if (!(error instanceof LostError)) throw error;
  }
  if (context.reboot === 'leave') throw leaving();
  await waitForBoot(context, bootId);
  const still = waitingFor(context.facts(), contributors);
  if (still.length > 0) throw stillWaiting(still);
  await forget(context);
}

async function waitForBoot(context: TaskContext<Facts>, before: string): Promise<void> {
  await context.until({
    what: 'the node to come back',
    deadline: 15 * minutes,
    interval: 5000,
    look: async () => {
      try {
        const { bootId } = (await context.refresh(['host', 'guests'])).host.node;
        return bootId === before ? { seen: `boot id ${bootId}, as before` } : { answer: bootId };
      } catch (error) {
        if (!(error instanceof UnreachableError)) throw error;
        return { seen: error.message };
      }
    },
  });
}

/** What was noted in this boot, and what can be seen to wait; the latter with the boot in which it was noted first. */
function waitingFor(facts: Facts, contributors: readonly Contributor[]): Note[] {
  const { bootId } = facts.host.node;
  const notes = notesOf(facts.files.get(rebootFile));
  const seen = contributors.flatMap(({ task, pending }): Note[] => {
    const why = pending(facts);
    if (why === undefined) return [];
    return [{ boot: notes.find((note) => note.task === task)?.boot ?? bootId, task, why }];
  });
  const noted = notes.filter(({ boot, task }) => boot === bootId && seen.every((note) => note.task !== task));
  return [...seen, ...noted];
}

async function writeNotes(context: TaskContext<Facts>, notes: readonly Note[]): Promise<void> {
  const text = notes.map(({ boot, task, why }) => `${boot} ${task} ${why}\n`).join('');
  if ((await lookAt(context, rebootFile)) === text) return;
  await context.writeFile(rebootFile, text, { scratch: true });
  await context.refresh([rebootScope]);
}

async function forget(context: TaskContext<Facts>): Promise<void> {
  if ((await lookAt(context, rebootFile)) === undefined) return;
  await context.removeFile(rebootFile, { scratch: true });
  await context.refresh([rebootScope]);
}

function gate(waiting: readonly Note[]): GateError {
  return new GateError({
    title: 'The node has to be rebooted before this can go on',
    facts: waiting.map(({ why }) => ['why', why] as const),
    hint: 'Reboot it when it suits you, or say --reboot; then run the same command again: it goes on from here.',
    command: 'systemctl reboot',
  });
}

function leaving(): GateError {
  return new GateError({
    title: 'The node reboots now, and phx with it',
    hint: 'Once it is back, run the same command again: it goes on from here.',
  });
}

function stillWaiting(notes: readonly Note[]): PhxError {
  return new PhxError('failed', {
    title: 'The node was rebooted, but something did not change with it',
    facts: notes.map(({ task, why }) => [task, why] as const),
    hint: 'Look at what the boot said of it: journalctl -b. To let phx ask for a boot again, remove the note.',
    command: `rm ${rebootFile}`,
  });
}
