/**
 * Connections to the API of one node: encrypted, and nothing is sent before the certificate was looked at. It knows no
 * Proxmox and no token.
 */

import { Agent, type RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';

/** Answers what is wrong with whoever is at the other end; undefined lets the connection pass. */
export type Look = (certificate: Shown) => Error | undefined;

/** The certificate that was shown. */
export interface Shown {
  /** SHA-256, as `AB:CD:…`. */
  readonly fingerprint: string;
  /** Why nobody vouches for it, or for this address; undefined where somebody does. */
  readonly untrusted: string | undefined;
}

/** Ends early, by rejecting, when the signal is aborted. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

/** Milliseconds until a connection has to stand. */
const longest = 10_000;

type Taken = (error: Error | null, socket: Duplex) => void;

/** Few connections, kept for the next question. */
export class LookingAgent extends Agent {
  readonly #look: Look;
  readonly #sleep: Sleep;

  constructor(look: Look, sleep: Sleep) {
    super({ keepAlive: true, maxSockets: 4 });
    this.#look = look;
    this.#sleep = sleep;
  }

  /** The socket is handed over, and with it all that is to be sent, only when the certificate is the right one. */
  override createConnection({ host, port }: RequestOptions, taken?: Taken): undefined {
    const name = host ?? 'localhost';
    const socket = connect({
      ...{ host: name, port: Number(port), ALPNProtocols: ['http/1.1'] },
      ...(isIP(name) ? {} : { servername: name }),
      // Who vouches for it is looked at below, where a known fingerprint is enough.
      rejectUnauthorized: false,
    });
    const ended = new AbortController();
    const done = (error: Error | undefined) => {
      ended.abort();
      socket.removeListener('error', done);
      if (error) socket.destroy();
      taken?.(error ?? null, socket);
    };
    socket.once('error', done);
    this.#sleep(longest, ended.signal).then(
      () => done(new Error(`no connection within ${longest / 1000} seconds`)),
      () => {},
    );
    socket.once('secureConnect', () => done(this.#look(shownBy(socket))));
  }
}

function shownBy(socket: TLSSocket): Shown {
  const why: unknown = socket.authorizationError;
  return {
    fingerprint: socket.getPeerCertificate().fingerprint256 ?? '',
    untrusted: socket.authorized ? undefined : String(why instanceof Error ? why.message : why),
  };
}
