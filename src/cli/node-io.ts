/** The real process as an `Io`: streams, clock, Ctrl-C. Reads the environment once. */

import { setMaxListeners } from 'node:events';
import { hostname } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { Io, Terminal } from './io.ts';

export function nodeIo(): Io {
  const drain = new AbortController();
  const abort = new AbortController();
  // As many as there are jobs wait for them: no sign of a leak.
  setMaxListeners(0, drain.signal, abort.signal);
  const interrupt = () => {
    if (!drain.signal.aborted) {
      process.stderr.write('\nphx: letting what runs end; press Ctrl-C again to stop it\n');
      drain.abort();
    } else abort.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', () => {
    drain.abort();
    abort.abort();
  });
  // A closed pipe (phx … | head) is an ordinary end.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  return {
    cwd: process.cwd(),
    env: process.env,
    pid: process.pid,
    hostname: hostname(),
    out: terminal(process.stdout),
    err: terminal(process.stderr),
    interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    clock: Date.now,
    sleep: async (ms, signal) => {
      await wait(ms, undefined, signal ? { signal } : {});
    },
    ask: async (question) => {
      const lines = createInterface({ input: process.stdin, output: process.stdout });
      try {
        return await lines.question(question);
      } finally {
        lines.close();
      }
    },
    lines: (prompt) => linesOf(prompt),
    stop: { drain: drain.signal, abort: abort.signal },
  };
}

async function* linesOf(prompt: string): AsyncIterable<string> {
  const typed = process.stdin.isTTY === true;
  const lines = createInterface({
    input: process.stdin,
    ...(typed ? { output: process.stdout, prompt } : {}),
  });
  // At a prompt Ctrl-C gives up the line, as in a shell.
  lines.on('SIGINT', () => {
    process.stdout.write('^C\n');
    lines.write(null, { ctrl: true, name: 'u' });
    lines.prompt();
  });
  try {
    if (typed) lines.prompt();
    for await (const line of lines) {
      yield line;
      if (typed) lines.prompt();
    }
  } finally {
    lines.close();
  }
}

function terminal(stream: NodeJS.WriteStream): Terminal {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  const isTTY = stream.isTTY === true;
  return {
    write: (text) => {
      stream.write(text);
    },
    get columns() {
      return stream.columns ?? 80;
    },
    isTTY,
    colour: !NO_COLOR && (FORCE_COLOR !== undefined ? FORCE_COLOR !== '0' : isTTY && TERM !== 'dumb'),
  };
}
