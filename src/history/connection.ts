/**
 * A connection to PostgreSQL: asks, and tells a lost connection from a refusal, in words without any secret. The one file
 * that knows the client, which is loaded with the first connection.
 */

import type { Client as PgClient } from 'pg';
import { PhxError, whyOf } from '../core/error.ts';
import type { Address } from './address.ts';

/** Asks one thing and answers its rows. */
export type Query = <Row>(sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

/** The database cannot be asked now; later it may be. */
export class HistoryUnreachable extends PhxError {
  override readonly name = 'HistoryUnreachable';
}

export interface ConnectionSetup {
  readonly address: Address;
  /** A text in which no secret is left standing. */
  readonly mask: (text: string) => string;
}

/** In milliseconds: what a server that is well never needs. */
const deadlines = { connect: 10_000, ask: 30_000 };

/**
 * Whose machine is gone without a word is not to hold its locks for hours, and a server without a word is not to be waited
 * for; in seconds, of PostgreSQL's own parameters.
 */
const keepalive = [
  'set tcp_keepalives_idle = 10',
  'set tcp_keepalives_interval = 5',
  'set tcp_keepalives_count = 3',
];

export class Connection {
  readonly place: string;
  readonly #setup: ConnectionSetup;
  #client: PgClient | undefined;

  constructor(setup: ConnectionSetup) {
    this.#setup = setup;
    this.place = setup.address.place;
  }

  /** Whether there is a connection, as far as is known. */
  get isOpen(): boolean {
    return this.#client !== undefined;
  }

  async open(): Promise<void> {
    if (this.#client) return;
    const client = await this.#newClient();
    // A connection that ends while nobody asks is noticed at the next question.
    client.on('error', () => this.#drop(client));
    client.on('end', () => this.#drop(client));
    try {
      await client.connect();
      this.#client = client;
      await this.query(keepalive.join('; '));
    } catch (error) {
      this.#drop(client);
      throw error instanceof PhxError ? error : this.#explain(error, 'connect');
    }
  }

  /** Throws `HistoryUnreachable` where the connection is not there, or was lost meanwhile. */
  readonly query: Query = async <Row>(sql: string, values?: readonly unknown[]) => {
    const client = this.#client;
    if (!client) throw this.#unreachable('the connection was lost');
    try {
      const { rows } = await client.query(sql, values === undefined ? undefined : [...values]);
      return rows as Row[];
    } catch (error) {
      const explained = this.#explain(error, 'ask');
      if (explained instanceof HistoryUnreachable) this.#drop(client);
      throw explained;
    }
  };

  /** All of it, or nothing. */
  async transaction<T>(act: (query: Query) => Promise<T>): Promise<T> {
    await this.query('begin');
    try {
      const answer = await act(this.query);
      await this.query('commit');
      return answer;
    } catch (error) {
      if (this.isOpen) await this.query('rollback').catch(() => {});
      throw error;
    }
  }

  /** Locks that it holds are free afterwards. */
  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => {});
  }

  /** Undoes whatever is left of it, without waiting for a server that may say nothing any more. */
  #drop(client: PgClient): void {
    if (this.#client === client) this.#client = undefined;
    client.connection.stream.destroy();
  }

  async #newClient(): Promise<PgClient> {
    const loaded = await import('pg');
    // A CommonJS package has its names under `default` once it is bundled.
    const { Client } = 'Client' in loaded ? loaded : (loaded as { default: typeof loaded }).default;
    try {
      return new Client({
        connectionString: this.#setup.address.url,
        application_name: 'phx',
        connectionTimeoutMillis: deadlines.connect,
        query_timeout: deadlines.ask,
        keepAlive: true,
      });
    } catch (error) {
      throw this.#explain(error, 'connect');
    }
  }

  #explain(error: unknown, doing: 'connect' | 'ask'): PhxError {
    const why = this.#setup.mask(whyOf(error)) || 'it did not say why';
    const { code, severity } = error as { readonly code?: string; readonly severity?: string };
    // Only what the server itself says has a severity. It is shutting down or starting (57P), or has no room for one more (53300).
    if (severity === undefined && isAboutCertificate(code)) return this.#stranger(why);
    if (severity === undefined || /^(57P0[1235]|08...|53300)$/.test(code ?? ''))
      return this.#unreachable(why);
    return new PhxError('failed', {
      title: `The history database refused ${doing === 'connect' ? 'us' : 'what it was asked'}`,
      facts: [
        ['database', this.place],
        ['why', why],
      ],
      hint: 'What it holds is only history. To keep that of this run here: --history local.',
    });
  }

  #stranger(why: string): HistoryUnreachable {
    return new HistoryUnreachable('failed', {
      title: 'The history database does not prove that it is the right one',
      facts: [
        ['database', this.place],
        ['why', why],
      ],
      hint: 'Nothing was changed, and no password was sent. sslrootcert in its address names the certificate of who vouches for it, and the name in the address has to be one that its certificate is for. With --history local the run is noted here alone.',
    });
  }

  #unreachable(why: string): HistoryUnreachable {
    return new HistoryUnreachable('failed', {
      title: 'The history database cannot be reached',
      facts: [
        ['database', this.place],
        ['why', why],
      ],
      hint: 'Nothing was changed. With --history local the run is noted here alone, and sent up by the next one that reaches it.',
    });
  }
}

/** What OpenSSL, or Node.js with the name of the server, has against a certificate. */
function isAboutCertificate(code = ''): boolean {
  return /^(?!ERR_SSL_).*CERT|^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)$/.test(
    code,
  );
}
