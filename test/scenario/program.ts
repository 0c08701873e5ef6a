/**
 * Ways to run the built program in a folder: as a process, as a person does, or in a thread of this process, where it
 * starts in no time. Both run what lies in dist/.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { type ExitName, exitCodes } from '../../src/core/error.ts';
import { overSsh } from './over-ssh.ts';

/** The folder of this project. */
export const repository = fileURLToPath(new URL('../..', import.meta.url));
const dist = join(repository, 'dist');
export const program = join(dist, 'phx.js');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** How long a run may take, in milliseconds: it does in seconds, but another may have the machine. */
const longest = overSsh ? 600_000 : 120_000;

/** What one run of the program is given. */
export interface Start {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly words: readonly string[];
  /** File that tells nodes behind ssh how far ahead their time is, by what was waited for; a thread only. */
  readonly ahead?: string | undefined;
  /** Name of the machine that it takes itself to be on; a thread only. */
  readonly machine?: string | undefined;
  /** Text on standard input; a process only. */
  readonly input?: string;
}

export function runInProcess({ cwd, env, words, input = '' }: Start): Ended {
  const ended = spawnSync(process.execPath, [program, ...words], {
    ...{ cwd, env, encoding: 'utf8', input, timeout: longest },
  });
  return { code: ended.status, out: ended.stdout, err: ended.stderr };
}

interface Thread {
  readonly worker: Worker;
  readonly port: MessageChannel['port1'];
  readonly done: Int32Array;
}

/** What the thread says of a run. */
interface Answer {
  readonly ended: ExitName | number;
  readonly out: string;
  readonly err: string;
  /** Milliseconds that phx let pass in the time of people, while the node's own time costs nothing. */
  readonly slept: number;
}

let thread: Thread | undefined;

function begin(): Thread {
  const { port1, port2 } = new MessageChannel();
  const done = new Int32Array(new SharedArrayBuffer(4));
  const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
  const worker = new Worker(new URL('./thread.mjs', import.meta.url), {
    execArgv: [],
    workerData: { dist, version, port: port2, done },
    transferList: [port2],
  });
  // Nobody waits for it when the tests are over.
  worker.unref();
  port1.unref();
  return { worker, port: port1, done };
}

/** One after the other: this waits until the thread has answered. */
export function runInThread({ cwd, env, words, ahead, machine }: Start): Ended {
  thread ??= begin();
  const { worker, port, done } = thread;
  Atomics.store(done, 0, 0);
  worker.postMessage({ cwd, env, words, ahead, machine, pid: process.pid });
  // The word of the answer before may wake it once more.
  while (Atomics.load(done, 0) === 0)
    assert.notEqual(Atomics.wait(done, 0, 0, longest), 'timed-out', `no end: phx ${words.join(' ')}`);
  const { ended, out, err, slept } = (receiveMessageOnPort(port) as { message: Answer }).message;
  const real = overSsh || words.includes('--twin-latency');
  assert.ok(real || slept === 0, `waited ${slept} ms for the simulated node: phx ${words.join(' ')}`);
  return { code: typeof ended === 'number' ? ended : exitCodes[ended], out, err };
}
