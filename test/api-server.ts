/** The API of simulated nodes: a real https server on loopback in this very process, which answers what their `pvesh` does. */

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Host } from '../src/core/host.ts';
import { makeCertificate } from './certificate.ts';

/** A token of these servers alone. */
export const token = `monitor@pve!phx=${randomUUID()}`;

/** From documentation: what pveproxy does with questions, as far as phx asks any. */
export interface Api {
  readonly url: string;
  readonly fingerprint: string;
  /** For node's own list of trusted ones. */
  readonly certificate: string;
  /** Whatever was asked, and with which token. */
  readonly asked: readonly { readonly method: string; readonly path: string; readonly token: string }[];
  /** Ends it; those who are asking get no answer. */
  stop(): Promise<void>;
}

/** Path → the privileges that the token has there and below. */
export type Rights = Readonly<Record<string, readonly string[]>>;

const auditor: Rights = { '/': ['Sys.Audit', 'VM.Audit', 'Datastore.Audit'] };

/** What a node answers by `pvesh`. */
export function nodeAnswers(node: Host, rights: Rights = auditor): Answer {
  return async (path, query, answer) => {
    const may = (right: string, at: string) =>
      Object.entries(rights).some(([from, own]) => `${at}/`.startsWith(from) && own.includes(right));
    if (path === '/access/permissions') {
      const at = query.get('path') ?? '';
      const own = ['Sys.Audit', 'VM.Audit'].filter((right) => may(right, at)).map((right) => [right, 1]);
      return say(answer, 200, { [at]: Object.fromEntries(own) });
    }
    if (path === '/cluster/status' && !may('Sys.Audit', '/'))
      return refuse(answer, 403, 'Permission check failed (/, Sys.Audit)');
    const options = [...query].flatMap(([name, value]) => [`--${name}`, value]);
    const { exit, stdout, stderr } = await node
      .run({ argv: ['pvesh', 'get', path, ...options, '--output-format', 'json'] })
      .catch(() => ({ exit: 1, stdout: '', stderr: 'No route to host' }));
    if (stderr.includes('No route to host')) return refuse(answer, 595, 'No route to host');
    if (exit !== 0) return refuse(answer, 500, stderr.split('\n')[0] ?? '');
    const rows: unknown = JSON.parse(stdout);
    // Guests that the token may not see are left out.
    const seen = Array.isArray(rows)
      ? rows.filter(
          (row) => row.vmid === undefined || path.endsWith('/tasks') || may('VM.Audit', `/vms/${row.vmid}`),
        )
      : rows;
    return say(answer, 200, seen);
  };
}

export type Answer = (path: string, query: URLSearchParams, answer: ServerResponse) => unknown;

export function say(answer: ServerResponse, status: number, data: unknown): void {
  answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ data }));
}

export function refuse(answer: ServerResponse, status: number, words: string): void {
  answer.writeHead(status, words).end(JSON.stringify({ data: null }));
}

export async function startApi(respond: Answer): Promise<Api> {
  const { key, cert, fingerprint } = makeCertificate('throw-away certificate of a test');
  const asked: { method: string; path: string; token: string }[] = [];
  const server = createServer({ key, cert }, (question: IncomingMessage, answer) => {
    const { pathname, searchParams } = new URL(question.url ?? '/', 'https://localhost');
    const given = /^PVEAPIToken=(.*)$/.exec(question.headers.authorization ?? '')?.[1] ?? '';
    const path = pathname.replace(/^\/api2\/json/, '');
    asked.push({ method: question.method ?? '', path, token: given });
    if (given === '') refuse(answer, 401, 'No ticket');
    else if (given !== token) refuse(answer, 401, 'invalid token value!');
    else void respond(path, searchParams, answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Nobody waits for it when the tests are over.
  server.unref();
  const address = server.address();
  return {
    url: `https://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    ...{ fingerprint, asked, certificate: cert },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
