/**
 * Reads the API of one Proxmox VE node over HTTPS: it can GET and nothing else. It knows how an answer is wrapped, and no
 * path.
 */

import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { LookingAgent, type Shown, type Sleep } from './connection.ts';
import { type ApiPlace, refused, silent, stranger, unreadableAnswer, untrusted } from './problems.ts';

export interface ApiSetup extends ApiPlace {
  /** `user@realm!name=uuid`; it leaves in a header, and in nothing else. */
  readonly token: { reveal(): string };
  /** SHA-256 of the certificate, `AB:CD:…`; without it somebody whom this machine trusts has to vouch for it. */
  readonly fingerprint?: string;
  readonly sleep: Sleep;
}

/** Milliseconds from the connection on. Proxmox itself gives up what it hands on after 30 seconds, and says so (F22). */
const toAnswer = 35_000;

/** Bytes; the resources of thousands of guests are a fraction of it. */
const longest = 32 * 1024 * 1024;

export class ApiClient {
  readonly #setup: ApiSetup;
  readonly #agent: LookingAgent;
  /** What the certificate had against it: told as it is, and not as a connection that failed. */
  #suspicion: Error | undefined;

  constructor(setup: ApiSetup) {
    this.#setup = setup;
    this.#agent = new LookingAgent((shown) => {
      this.#suspicion = this.#look(shown);
      return this.#suspicion;
    }, setup.sleep);
  }

  get place(): ApiPlace {
    return this.#setup;
  }

  /** What stands under `data` of the answer. `path` begins with `/`, as `pvesh` takes it. Rejects with a PhxError. */
  async get(path: string, query: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const words = new URLSearchParams(query).toString();
    const asked = `/api2/json${path}${words === '' ? '' : `?${words}`}`;
    const { status, said, body } = await this.#ask(asked);
    if (status === 200) return this.#dataOf(body, asked);
    throw refused(this.#setup, { status, said: this.#masked(said || messageOf(body)), path: asked });
  }

  close(): void {
    this.#agent.destroy();
  }

  #look({ fingerprint: shown, untrusted: why }: Shown): Error | undefined {
    const { fingerprint } = this.#setup;
    if (fingerprint === undefined) return why === undefined ? undefined : untrusted(this.#setup, why, shown);
    const wanted = fingerprint.toUpperCase();
    return shown.toUpperCase() === wanted ? undefined : stranger(this.#setup, wanted, shown);
  }

  async #ask(path: string): Promise<{ status: number; said: string; body: string }> {
    const ended = new AbortController();
    const late = new AbortController();
    const begin = () =>
      this.#setup.sleep(toAnswer, ended.signal).then(
        () => late.abort(new Error(`no answer within ${toAnswer / 1000} seconds`)),
        () => {},
      );
    try {
      const answer = await this.#send(path, late.signal, () => void begin());
      const body = await textOf(answer);
      return { status: answer.statusCode ?? 0, said: answer.statusMessage ?? '', body };
    } catch (error) {
      if (this.#suspicion !== undefined) throw this.#suspicion;
      const why: unknown = late.signal.aborted ? late.signal.reason : error;
      throw silent(this.#setup, this.#masked(why instanceof Error ? reasonOf(why) : String(why)));
    } finally {
      ended.abort();
    }
  }

  #send(path: string, signal: AbortSignal, connected: () => void): Promise<IncomingMessage> {
    const { url, token } = this.#setup;
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
      const asking = request({
        ...{ method: 'GET', agent: this.#agent, path, signal },
        ...{ host: hostname.replace(/^\[|\]$/g, ''), port: port || 443 },
        headers: { accept: 'application/json', authorization: `PVEAPIToken=${token.reveal()}` },
      });
      asking.once('socket', connected).once('response', resolve).once('error', reject).end();
    });
  }

  #dataOf(body: string, path: string): unknown {
    let answer: unknown;
    try {
      answer = JSON.parse(body);
    } catch {
      throw unreadableAnswer(this.#setup, path, 'it is no JSON');
    }
    if (answer !== null && typeof answer === 'object' && 'data' in answer) return answer.data;
    throw unreadableAnswer(this.#setup, path, 'there is no data in it');
  }

  /** Whatever the other end says, it does not say the token. */
  #masked(said: string): string {
    const token = this.#setup.token.reveal();
    const value = token.slice(token.indexOf('=') + 1);
    return said.replaceAll(token, '<secret>').replaceAll(value, '<secret>');
  }
}

/** Newer versions say it in the answer, too. */
function messageOf(body: string): string {
  try {
    const { message } = JSON.parse(body) as { readonly message?: unknown };
    return typeof message === 'string' ? message.trim() : '';
  } catch {
    return '';
  }
}

/** Several addresses that all failed are one error without words. */
function reasonOf(error: Error & { readonly code?: unknown }): string {
  return error.message || String(error.code ?? error.name);
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > longest) throw new Error('the answer has no end');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}
