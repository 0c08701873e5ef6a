/** Runs and their entries in the database of a team: what is asked and written there, of one project. */

import type { JournalEntry } from '../core/journal.ts';
import { type Retention, retention, surplus } from '../core/retention.ts';
import { type Unsettled, unsettledOf } from '../core/unsettled.ts';
import type { Query } from './connection.ts';

/** An entry with its place in the journal of its run; numbers may be missing, none is given twice. */
export interface Numbered {
  readonly sequence: number;
  readonly entry: JournalEntry;
}

export interface RunHead {
  readonly run: string;
  readonly host: string;
  readonly who: string;
  /** Epoch milliseconds. */
  readonly began: number;
}

export class Records {
  readonly #query: Query;
  readonly #project: string;

  constructor(query: Query, project: string) {
    this.#query = query;
    this.#project = project;
  }

  /** Names of runs, oldest first. */
  async runs(): Promise<string[]> {
    const rows = await this.#query<{ run: string }>(
      'select run from phx.runs where project = $1 order by run collate "C"',
      [this.#project],
    );
    return rows.map(({ run }) => run);
  }

  async read(run: string): Promise<JournalEntry[] | undefined> {
    const rows = await this.#query<{ entry: JournalEntry }>(
      'select entry from phx.entries where project = $1 and run = $2 order by sequence',
      [this.#project, run],
    );
    return rows.length === 0 ? undefined : rows.map(({ entry }) => entry);
  }

  /** Adds entries to a run; what is there already is left as it is. All of them, or none. */
  async add({ run, host, who, began }: RunHead, entries: readonly Numbered[]): Promise<void> {
    const columns = [
      entries.map(({ sequence }) => sequence),
      entries.map(({ entry }) => entry.at),
      entries.map(({ entry }) => entry.entry),
      entries.map(({ entry }) => ('task' in entry ? entry.task : null)),
      entries.map(({ entry }) => isCut(entry)),
      entries.map(({ entry }) => (entry.entry === 'task' && entry.state === 'done' ? entry.ms : null)),
      entries.map(({ entry }) => JSON.stringify(entry)),
    ];
    await this.#query(
      `with head as (
        insert into phx.runs (project, run, host, who, began)
        values ($1, $2, $3, $4, to_timestamp($5::float8 / 1000)) on conflict do nothing
      )
      insert into phx.entries (project, run, sequence, at, kind, task, cut, took, entry, bytes)
      select $1, $2, sequence, to_timestamp(at / 1000), kind, task, cut, took, entry::json, octet_length(entry)
      from unnest($6::int[], $7::float8[], $8::text[], $9::text[], $10::boolean[], $11::float8[], $12::text[])
        as given (sequence, at, kind, task, cut, took, entry)
      on conflict do nothing`,
      [this.#project, run, host, who, began, ...columns],
    );
  }

  /** Runs that left something unsettled, by their names. */
  async unsettled(): Promise<ReadonlyMap<string, Unsettled>> {
    const rows = await this.#query<{ run: string; entry: JournalEntry }>(
      `select run, entry from phx.entries
      where project = $1 and kind in ('begin', 'intent', 'outcome', 'lost', 'ended') and run in (
        select run from phx.entries where project = $1
        group by run having bool_or(cut) or not bool_or(kind = 'ended')
      )
      order by run collate "C", sequence`,
      [this.#project],
    );
    const byRun = new Map<string, JournalEntry[]>();
    for (const { run, entry } of rows) {
      const own = byRun.get(run) ?? [];
      own.push(entry);
      byRun.set(run, own);
    }
    return new Map(
      [...byRun].flatMap(([run, entries]) => {
        const unsettled = unsettledOf(entries);
        return unsettled ? [[run, unsettled] as const] : [];
      }),
    );
  }

  /** Task → when it came to a good end last on this host, in epoch milliseconds. */
  async lastDone(host: string): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#query<{ task: string; at: number }>(
      `select task, max(extract(epoch from at)::float8 * 1000) as at
      from phx.entries join phx.runs using (project, run)
      where project = $1 and host = $2 and took is not null group by task`,
      [this.#project, host],
    );
    return new Map(rows.map(({ task, at }) => [task, Math.round(at)]));
  }

  /** As `durationsOf` tells it of journals. */
  async durations(host: string): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#query<{ task: string; ms: number }>(
      `select distinct on (task) task, took as ms
      from phx.entries as ended join phx.runs using (project, run)
      where project = $1 and host = $2 and took is not null and exists (
        select from phx.entries as meant
        where meant.project = $1 and meant.run = ended.run and meant.task = ended.task
        and meant.kind in ('intent', 'wrote')
      )
      order by task, at desc`,
      [this.#project, host],
    );
    return new Map(rows.map(({ task, ms }) => [task, ms]));
  }

  /** Drops what is older than that: among runs that came to their end, and as much again among the others. */
  async keepNewest(kept: Retention = retention): Promise<void> {
    const unsettled = await this.unsettled();
    const sizes = await this.#sizes();
    const among = (wanted: boolean) => new Map([...sizes].filter(([run]) => unsettled.has(run) === wanted));
    await this.#drop([...surplus(among(false), kept), ...surplus(among(true), kept)]);
  }

  /** Drops the runs that came to their end; answers how many stay. */
  async dropEnded(): Promise<number> {
    const unsettled = await this.unsettled();
    await this.#drop((await this.runs()).filter((run) => !unsettled.has(run)));
    return unsettled.size;
  }

  async #sizes(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#query<{ run: string; bytes: number }>(
      `select run, sum(bytes)::float8 as bytes from phx.entries
      where project = $1 group by run`,
      [this.#project],
    );
    return new Map(rows.map(({ run, bytes }) => [run, bytes]));
  }

  async #drop(runs: readonly string[]): Promise<void> {
    if (runs.length === 0) return;
    await this.#query('delete from phx.runs where project = $1 and run = any($2)', [this.#project, runs]);
  }
}

/** The command did not end by itself: what it left is known by its intent. */
function isCut(entry: JournalEntry): boolean {
  return entry.entry === 'lost' || (entry.entry === 'outcome' && entry.ended !== undefined);
}
