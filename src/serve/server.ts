/**
 * A small web server for this machine alone: pages and documents by path, one stream of events, and actions that need a
 * token. It knows HTTP, and nothing of what it serves.
 */

import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What is answered to a path. */
export interface Answer {
  /** 200 without. */
  readonly status?: number;
  readonly type: 'text/html' | 'application/json' | 'text/plain';
  readonly body: string;
}

export interface Routes {
  /** Undefined: there is nothing at this path. */
  get(path: string): Promise<Answer | undefined>;
  /** What somebody who holds the token asks to be done; the body is parsed. */
  post(path: string, body: unknown): Promise<Answer | undefined>;
}

export interface Serving {
  readonly port: number;
  /** What an action has to bring along; undefined where none is permitted. */
  readonly token?: string;
  /** Tells everybody who listens. */
  send(event: string, data: unknown): void;
  /** How many listen. */
  readonly listeners: number;
  close(): Promise<void>;
}

export interface ServerOptions {
  /** 0: any that is free. */
  readonly port: number;
  /** Whether actions are permitted, with the token. */
  readonly actions: boolean;
}

const host = '127.0.0.1';
/** No action of ours is longer. */
const longestBody = 64 * 1024;

/** Serves until it is closed. Rejects where the port is taken. */
export async function serve(routes: Routes, { port, actions }: ServerOptions): Promise<Serving> {
  const token = actions ? randomBytes(24).toString('base64url') : undefined;
  const streams = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    answer(request, response, { routes, token, streams }).catch(() => {
      if (!response.headersSent) plain(response, 500, 'phx stumbled');
      else response.destroy();
    });
  });
  await listen(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    ...(token === undefined ? {} : { token }),
    send: (event, data) => {
      for (const stream of streams) stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    },
    get listeners() {
      return streams.size;
    },
    close: () =>
      new Promise((resolve) => {
        for (const stream of streams) stream.end();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Context {
  readonly routes: Routes;
  readonly token: string | undefined;
  readonly streams: Set<ServerResponse>;
}

async function answer(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  const { routes, token, streams } = context;
  // A page of somebody else whose name was made to lead here has another name: it gets nothing.
  if (!isOwn(request.headers.host)) return plain(response, 403, 'phx serves 127.0.0.1 alone');
  const { pathname } = new URL(request.url ?? '/', `http://${host}`);
  const path = decoded(pathname);
  if (path === undefined) return plain(response, 400, 'that is no path');
  if (request.method === 'GET' || request.method === 'HEAD') {
    if (path === '/events') return follow(response, streams);
    return send(response, await routes.get(path));
  }
  if (request.method !== 'POST') return plain(response, 405, 'GET and POST alone');
  if (token === undefined)
    return plain(response, 403, 'This phx serve only shows: start it with --allow-run.');
  const given = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
  if (!isSame(given, token))
    return plain(response, 401, 'The token is missing, or is that of another phx serve.');
  const body = await bodyOf(request);
  if (body === undefined) return plain(response, 400, 'that is no JSON, or too much of it');
  send(response, await routes.post(path, body));
}

function isOwn(name: string | undefined): boolean {
  return /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(name ?? '');
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > longestBody) return undefined;
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    return undefined;
  }
}

function follow(response: ServerResponse, streams: Set<ServerResponse>): void {
  response.writeHead(200, { ...common, 'content-type': 'text/event-stream' });
  response.write('retry: 1000\n\n');
  streams.add(response);
  response.on('close', () => streams.delete(response));
}

const common = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

const nothing: Answer = { status: 404, type: 'text/plain', body: 'there is nothing here\n' };

function send(response: ServerResponse, found: Answer | undefined): void {
  const { status = 200, type, body } = found ?? nothing;
  response.writeHead(status, { ...common, 'content-type': `${type}; charset=utf-8` });
  response.end(body);
}

function plain(response: ServerResponse, status: number, text: string): void {
  send(response, { status, type: 'text/plain', body: `${text}\n` });
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
}
