/** The log of Proxmox's tasks: what the changing verbs of pct and qm began, and how it ended (B79, node-reads). */

import { type Call, Interrupted, Refusal, type Work } from './call.ts';
import type { BusyTask, TaskEntry, TwinState } from './state.ts';

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

/** How long a worker takes to notice that its caller is gone: its next line of progress fails (vm-crash). */
export const noticed = 1500;

/** It is at work for so long, and others can see it among the processes; a worker whose caller is killed goes on a little. */
function noteTask({ state, now }: Call, task: TaskEntry, ms: number): void {
  state.busy = [...others(state, task), { ...task, until: now() + ms + noticed }];
}

function endTask({ state }: Call, task: TaskEntry): void {
  keepBusy(state, others(state, task));
}

function others({ busy = [] }: TwinState, { pid, start }: TaskEntry): BusyTask[] {
  return busy.filter((one) => one.pid !== pid || one.start !== start);
}

function keepBusy(state: TwinState, busy: BusyTask[]): void {
  if (busy.length > 0) state.busy = busy;
  else delete state.busy;
}

/** Tasks that are at work now, by the titles of their processes (B103). */
export function busyTitles(
  state: TwinState,
  now: number,
): { readonly pid: number; readonly title: string }[] {
  const busy = (state.busy ?? []).filter(({ until }) => until > now);
  return busy.map((task) => ({ pid: task.pid, title: `task ${upidOf(state, task)}` }));
}

/** The commands that waited for them were killed at this moment. */
export function orphanTasks({ busy = [] }: TwinState, now: number): void {
  for (const task of busy) task.until = Math.min(task.until, now + noticed);
}

/** Workers that have come to their end without a word: the log knows no more of them (B106). True when there was one. */
export function endOrphanTasks(state: TwinState, now: number): boolean {
  const { busy = [] } = state;
  const left = busy.filter(({ until }) => until > now);
  if (left.length === busy.length) return false;
  keepBusy(state, left);
  for (const { until, ...task } of busy.filter((one) => one.until <= now))
    keepTask(state, { ...task, end: until, status: 'unexpected status' });
  return true;
}

export function logTask(call: Call, task: TaskEntry, status: string): void {
  keepTask(call.state, { ...task, end: call.now(), status });
}

function keepTask(state: TwinState, ended: NonNullable<TwinState['tasks']>[number]): void {
  state.tasks = [...(state.tasks ?? []), ended].slice(-kept);
}

/** `/var/log/pve/tasks/index` and `active`, as far as phx reads them; undefined of every other path. */
export function taskFile(state: TwinState, path: string): string | undefined {
  const hex = (ms: number) =>
    Math.floor(ms / 1000)
      .toString(16)
      .toUpperCase()
      .padStart(8, '0');
  if (path === '/var/log/pve/tasks/index')
    return (state.tasks ?? [])
      .map((task) => `${upidOf(state, task)} ${hex(task.end ?? task.start)} ${task.status}\n`)
      .join('');
  if (path !== '/var/log/pve/tasks/active') return undefined;
  return (state.busy ?? []).map((task) => `${upidOf(state, task)} 0\n`).join('');
}

/**
 * Notes the work as a task. What is refused before any time has passed was no task yet, unless `always`: then its caller
 * had begun one before it looked.
 */
export function* asTask(call: Call, task: TaskEntry, work: Work | undefined, always = false): Work {
  let begun = always;
  let noted = false;
  try {
    let step = work?.next();
    while (work && step && !step.done) {
      noteTask(call, task, step.value);
      noted = true;
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
  } finally {
    // Not reached where the process of the command was killed.
    if (noted) endTask(call, task);
  }
  logTask(call, task, 'OK');
}
