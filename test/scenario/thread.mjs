/**
 * The command line of the built program in a thread of the test's own process: `cli/main.ts` without the process around
 * it. It answers what a run of the program would have written, and how it would have ended.
 */

import { readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { clockOf, waitShorter } from '../over-ssh/ahead.mjs';

const { dist, version, port, done } = workerData;

/** A part of the program that `main.ts` loads; the build adds a digest to its name. */
const part = (name) => {
  const file = readdirSync(dist).find((one) => one.startsWith(`${name}-`) && one.endsWith('.js'));
  return import(pathToFileURL(join(dist, file ?? name)).href);
};
const [{ parse }, { explain }] = await Promise.all([part('parse'), part('explain')]);

// Nothing that runs here may end the tests: what wants to be killed is to be given a process of its own.
process.kill = () => {
  throw new Error('there is no process of its own to kill here');
};

const answer = (ended) => {
  port.postMessage(ended);
  Atomics.store(done, 0, 1);
  Atomics.notify(done, 0);
};
for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event, (error) => answer({ ended: 99, out: '', err: String(error?.stack ?? error), slept: 0 }));

parentPort.on('message', async ({ cwd, env, words, ahead, pid, machine = hostname() }) => {
  let out = '';
  let err = '';
  let slept = 0;
  const terminal = (write) => ({ write, columns: 80, isTTY: false, colour: false });
  const never = () => new AbortController().signal;
  const io = {
    ...{ cwd, env, pid, hostname: machine, interactive: false },
    clock: ahead === undefined ? Date.now : clockOf(ahead),
    out: terminal((text) => {
      out += text;
    }),
    err: terminal((text) => {
      err += text;
    }),
    sleep: (ms, signal) => {
      slept += ms;
      return ahead === undefined ? wait(ms, undefined, { signal }) : waitShorter(ahead, ms, signal);
    },
    ask: () => Promise.reject(new Error('nobody can be asked here')),
    stop: { drain: never(), abort: never() },
  };
  let ended;
  try {
    ended = await parse(io, words, version);
  } catch (error) {
    ended = explain(io, error, words);
  }
  answer({ ended, out, err, slept });
});
