/**
 * The twins behind a real sshd: each command that comes through it is answered by the twin of the project that its
 * connection names. A process of its own; it is told a folder, in which it listens, and the process of the sshd.
 */

import { createServer, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { hardwareOf } from '../../src/cli/twin-host.ts';
import { loadConfig } from '../../src/config/load.ts';
import { openTwin, type Twin } from '../../src/twin/twin.ts';
import { sessionsOf } from '../sshd.ts';
import { Scripts } from './scripts.ts';

const [folder = '', sshd = ''] = process.argv.slice(2);

/** How many times faster than ours the time of the twins passes: phx waits for them in ours. Commands take none of it. */
const speed = 10;
const began = Date.now();
const clock = () => began + (Date.now() - began) * speed;

const twins = new Map<string, Promise<Scripts>>();

async function open(stateFile: string): Promise<Scripts> {
  const cacheDir = dirname(dirname(stateFile));
  const { fleet } = await loadConfig({ root: dirname(cacheDir), cacheDir });
  const twin: Twin = openTwin({
    ...{ stateFile, hardware: hardwareOf(fleet), clock },
    // What would kill phx on its own machine is, from the node's side, that it is gone.
    killRun: () => {
      for (const session of sessionsOf(Number(sshd))) process.kill(session, 'SIGKILL');
    },
  });
  return new Scripts(twin);
}

function twinAt(stateFile: string): Promise<Scripts> {
  const known = twins.get(stateFile) ?? open(stateFile);
  twins.set(stateFile, known);
  return known;
}

/** The variables that a command is run with; the node's own are none of ours. */
const variable = /^(-i|[A-Z_]+=.*)$/s;

async function answer(socket: Socket, texts: readonly string[]): Promise<void> {
  const [stateFile = '', , ...rest] = texts;
  const stdin = rest.pop() ?? '';
  const begins = rest.findIndex((word) => !variable.test(word));
  const aborting = new AbortController();
  socket.on('close', () => aborting.abort());
  const send = (kind: string, text: string) => {
    const bytes = Buffer.from(text);
    const head = Buffer.alloc(5);
    head.write(kind);
    head.writeUInt32BE(bytes.length, 1);
    if (!socket.destroyed) socket.write(Buffer.concat([head, bytes]));
  };
  const twin = await twinAt(stateFile);
  const ended = await twin.run({ argv: rest.slice(begins), stdin, signal: aborting.signal });
  send('o', ended.stdout);
  send('e', ended.stderr);
  send('x', String(ended.exit));
  socket.end();
}

const server = createServer((socket) => {
  let bytes = Buffer.alloc(0);
  let begun = false;
  socket.on('error', () => socket.destroy());
  socket.on('data', (piece) => {
    bytes = Buffer.concat([bytes, piece]);
    const texts = textsIn(bytes);
    const words = Number(texts[1]);
    if (begun || texts.length < 2 || texts.length < words + 3) return;
    begun = true;
    answer(socket, texts).catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
      socket.destroy();
    });
  });
});

function textsIn(bytes: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const size = bytes.readUInt32BE(at);
    if (at + 4 + size > bytes.length) break;
    texts.push(bytes.subarray(at + 4, at + 4 + size).toString());
    at += 4 + size;
  }
  return texts;
}

// Whoever started it is gone when its output can no longer be read.
process.stdin.on('end', () => process.exit()).resume();
server.listen(join(folder, 'socket'), () => process.stdout.write('listening\n'));
