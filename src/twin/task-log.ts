/** The log of Proxmox's tasks: what the changing verbs of pct and qm began, and how it ended (B79, node-reads). */

import { type Call, Interrupted, Refusal, type Work } from './call.ts';
import type { TaskEntry, TwinState } from './state.ts';

/** Older ones are forgotten: Proxmox keeps thousands, and nobody asks the twin for more. */
const kept = 40;

/** A task of this moment, not yet in the log. `id`: of the guest, or whatever it is about. */
export function newTask({ state, now }: Call, type: string, id: string): TaskEntry {
  const start = now();
  const number = 1 + (state.tasks?.at(-1)?.pid ?? 4000);
  return { type, id, pid: number, pstart: Math.floor(start / 10) % 0xffffffff, start };
}

export function upidOf({ hardware }: TwinState, { type, id, pid, pstart, start }: TaskEntry): string {
  const hex = (value: number) => value.toString(16).toUpperCase().padStart(8, '0');
  return `UPID:${hardware.node}:${hex(pid)}:${hex(pstart)}:${hex(Math.floor(start / 1000))}:${type}:${id}:root@pam:`;
}

export function logTask(call: Call, task: TaskEntry, status: string): void {
  const ended = { ...task, end: call.now(), status };
  call.state.tasks = [...(call.state.tasks ?? []), ended].slice(-kept);
}

/**
 * Notes the work as a task. What is refused before any time has passed was no task yet, unless `always`: then its caller
 * had begun one before it looked.
 */
export function* asTask(call: Call, task: TaskEntry, work: Work | undefined, always = false): Work {
  let begun = always;
  try {
    let step = work?.next();
    while (work && step && !step.done) {
      begun = true;
      try {
        yield step.value;
      } catch (error) {
        step = work.throw(error as Error);
        continue;
      }
      step = work.next();
    }
  } catch (error) {
    // In these words a worker speaks, and not what checks before it.
    const worker = error instanceof Refusal && error.message.startsWith('unable to ');
    if (error instanceof Refusal && (begun || worker))
      logTask(call, task, error.message.trimEnd().split('\n').at(-1) ?? '');
    if (error instanceof Interrupted) logTask(call, task, 'received interrupt');
    throw error;
  }
  logTask(call, task, 'OK');
}
