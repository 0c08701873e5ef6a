/**
 * A real sshd behind which every command is handed to whoever answers for the node: in the place of `env`, by which phx
 * begins each, stands a program that asks a socket. It knows no twin.
 */

import { chmodSync, copyFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command, Outcome } from '../../src/core/host.ts';
import { type Sshd, startSshd } from '../sshd.ts';
import { tempFolder } from '../temp.ts';

export interface Front {
  readonly sshd: Sshd;
  /** Where the socket is. */
  readonly folder: string;
}

export async function startFront(): Promise<Front> {
  const folder = tempFolder();
  for (const [from, name] of [
    ['client.pl', 'env'],
    ['shell', 'shell'],
  ] as const) {
    copyFileSync(fileURLToPath(new URL(from, import.meta.url)), join(folder, name));
    chmodSync(join(folder, name), 0o755);
  }
  const environment = { PATH: `${folder}:/usr/bin:/bin` };
  return { folder, sshd: await startSshd(environment, [`ForceCommand ${join(folder, 'shell')}`]) };
}

/** What a connection says of itself. */
export interface Caller {
  /** File of the twin's state. */
  readonly twin: string;
  /** Of a cluster, which node is meant. */
  readonly node: string;
  /** Who asks, where that matters. */
  readonly person: string;
}

/** A command as it came. */
export type Answer = (
  command: Command,
  caller: Caller,
) => Promise<Pick<Outcome, 'exit' | 'stdout' | 'stderr'>>;

/** Takes what comes through the sshd of that folder. */
export function listen(folder: string, answer: Answer): Promise<Server> {
  const server = createServer((socket) => {
    let bytes = Buffer.alloc(0);
    let begun = false;
    socket.on('error', () => socket.destroy());
    socket.on('data', (piece) => {
      bytes = Buffer.concat([bytes, piece]);
      const texts = textsIn(bytes);
      if (begun || texts.length < 2 || texts.length < Number(texts[1]) + 3) return;
      begun = true;
      reply(socket, texts, answer).catch((error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
        socket.destroy();
      });
    });
  });
  return new Promise((resolve) => server.listen(join(folder, 'socket'), () => resolve(server)));
}

/** The variables that a command is run with; the node's own are none of ours. */
const variable = /^(-i|[A-Z_]+=.*)$/s;

async function reply(socket: Socket, texts: readonly string[], answer: Answer): Promise<void> {
  const [said = '', , ...rest] = texts;
  const [twin = '', node = '', person = ''] = said.split('\n');
  const stdin = rest.pop() ?? '';
  const begins = rest.findIndex((word) => !variable.test(word));
  const aborting = new AbortController();
  socket.on('close', () => aborting.abort());
  const ended = await answer(
    { argv: rest.slice(begins), stdin, signal: aborting.signal },
    { twin, node, person },
  );
  for (const [kind, text] of [
    ['o', ended.stdout],
    ['e', ended.stderr],
    ['x', String(ended.exit)],
  ] as const)
    send(socket, kind, text);
  socket.end();
}

function send(socket: Socket, kind: string, text: string): void {
  const bytes = Buffer.from(text);
  const head = Buffer.alloc(5);
  head.write(kind);
  head.writeUInt32BE(bytes.length, 1);
  if (!socket.destroyed) socket.write(Buffer.concat([head, bytes]));
}

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
