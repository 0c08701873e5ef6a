/**
 * History in a PostgreSQL database that a team shares, with this machine's own files before it: what did not arrive there yet is
 * told by the files, and sent up by the next run.
 */

import { dropEnded, FileJournal, readJournal, runsIn } from '../core/file-journal.ts';
import type { JournalEntry } from '../core/journal.ts';
import { LockedError } from '../core/lock.ts';
import { Connection, type ConnectionSetup, HistoryUnreachable } from './connection.ts';
import type { FileSetup } from './files.ts';
import { migrate, newestVersion, refuseNewer, versionOf } from './migrations.ts';
import { numberedOf } from './numbered.ts';
import { Records } from './records.ts';
import { Sent } from './sent.ts';
import { pastOf, type Shared, SharedJournal } from './shared-journal.ts';
import type { HistoryStore, Past, RunJournal, RunStart } from './store.ts';
import { isAtWork, lastWriter, takeTurn, type Writer } from './turn.ts';
import { Uplink } from './uplink.ts';

export interface PostgresSetup extends ConnectionSetup {
  readonly project: string;
  /** The journals of this machine. */
  readonly files: FileSetup & { readonly who: string };
  /** Folder for notes of what was sent up. */
  readonly notes: string;
  /** Ends early, by rejecting, when a person wants an end. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** So many entries are sent up at once. */
const portion = 500;

export class PostgresHistory implements HistoryStore {
  readonly #setup: PostgresSetup;
  readonly #connection: Connection;
  readonly #records: Records;
  #sent: Sent | undefined;
  /** The turn that has to be taken again with each new connection. */
  #turn: { readonly host: string; readonly writer: Writer } | undefined;

  private constructor(setup: PostgresSetup) {
    this.#setup = setup;
    this.#connection = new Connection(setup);
    this.#records = new Records(this.#connection.query, setup.project);
  }

  /** Who only looks leaves the database as it is; anybody else brings its schema up to date. */
  static async open(setup: PostgresSetup, { looks }: { readonly looks: boolean }): Promise<PostgresHistory> {
    const history = new PostgresHistory(setup);
    const connection = history.#connection;
    await connection.open();
    try {
      if (looks) requireSchema(await versionOf(connection.query), connection.place);
      else await migrate(connection);
      const [row] = await connection.query<{ id: string }>('select id from phx.identity');
      history.#sent = new Sent(setup.notes, row?.id ?? '');
      return history;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** For a run that changes this host; throws who is at work there. Then what this machine still owes is sent up. */
  async takeTurn(host: string, writer: Writer): Promise<void> {
    await takeTurn(this.#connection.query, this.#setup.project, host, writer);
    this.#turn = { host, writer };
    await this.#sendUp();
  }

  async runs(): Promise<readonly string[]> {
    return [...new Set([...(await this.#records.runs()), ...this.#owed()])].sort();
  }

  async read(run: string): Promise<readonly JournalEntry[] | undefined> {
    return this.#owed().includes(run) ? this.#local(run).map(({ entry }) => entry) : this.#records.read(run);
  }

  async isAtWork(run: string): Promise<boolean> {
    const { project, files } = this.#setup;
    return files.isAtWork(run) || isAtWork(this.#connection.query, project, run);
  }

  async begin(start: RunStart, notice: (text: string) => void): Promise<RunJournal> {
    const { files, sleep } = this.#setup;
    const head = { run: start.run, host: start.host, who: files.who, began: start.at };
    let arrived = false;
    const uplink = new Uplink({
      sleep,
      notice,
      send: async (entries) => {
        await this.#reconnect();
        await this.#records.add(head, entries);
        arrived = true;
      },
    });
    return new SharedJournal(start, files, await this.#shared(start.host), uplink, async (left) => {
      if (left > 0) {
        notice(
          `${left} entries of the history stay here: the next run that reaches the database sends them up`,
        );
      } else if (arrived) {
        this.#sent?.add(start.run);
        // What is too old there goes with a later run, then.
        await this.#records.keepNewest().catch(() => {});
      }
    });
  }

  async past(host: string): Promise<Past> {
    return pastOf(new FileJournal(this.#setup.files.folder, '', host), await this.#shared(host));
  }

  async durations(host: string): Promise<ReadonlyMap<string, number>> {
    return this.#records.durations(host);
  }

  async dropEnded(): Promise<number> {
    dropEnded(this.#setup.files.folder);
    await this.#records.dropEnded();
    return (await this.runs()).length;
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #shared(host: string): Promise<Shared> {
    const unsettled = [...(await this.#records.unsettled()).values()].filter((one) => one.host === host);
    return {
      intents: unsettled.flatMap(({ intents }) => intents),
      done: await this.#records.lastDone(host),
    };
  }

  async #reconnect(): Promise<void> {
    const connection = this.#connection;
    if (connection.isOpen) return;
    await connection.open();
    if (!this.#turn) return;
    const { project } = this.#setup;
    const { host, writer } = this.#turn;
    try {
      await takeTurn(connection.query, project, host, writer);
    } catch (error) {
      const last = await lastWriter(connection.query, project, host);
      await connection.close();
      // The server may not have noticed yet that our former connection is gone.
      if (error instanceof LockedError && last?.run === writer.owner.run)
        throw new HistoryUnreachable('failed', { title: 'The turn is still held by the lost connection' });
      throw error;
    }
  }

  /** Runs of this machine that are not known to stand in the database as they are here. */
  #owed(): string[] {
    return runsIn(this.#setup.files.folder).filter((run) => !this.#sent?.has(run));
  }

  #local(run: string) {
    return (readJournal(this.#setup.files.folder, run) ?? []).map(numberedOf);
  }

  /** The caller holds this machine's run lock: nobody here writes to these journals any more. */
  async #sendUp(): Promise<void> {
    const { files } = this.#setup;
    for (const run of this.#owed()) {
      const entries = this.#local(run);
      const begin = entries.map(({ entry }) => entry).find((entry) => entry.entry === 'begin');
      const began = begin?.at ?? entries[0]?.entry.at ?? 0;
      const head = { run, host: begin?.host ?? '', who: begin?.who ?? files.who, began };
      for (let at = 0; at < entries.length; at += portion)
        await this.#records.add(head, entries.slice(at, at + portion));
      this.#sent?.add(run);
    }
    this.#sent?.keep(runsIn(files.folder));
  }
}

/** Refuses a newer schema; an older one tells nothing to who may not change it. */
function requireSchema(version: number, place: string): void {
  refuseNewer(version, place);
  if (version === newestVersion) return;
  throw new HistoryUnreachable('failed', {
    title: 'The history database is not set up',
    facts: [
      ['database', place],
      ['why', version === 0 ? 'no run has written to it' : `its schema is of an older phx (${version})`],
    ],
    hint: 'The next run does it.',
  });
}
