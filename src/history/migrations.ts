/**
 * The schema of the history database, version by version, and how a database is brought to the newest one. What was once
 * released is never changed: what it lacks comes with the next number.
 */

import { PhxError } from '../core/error.ts';
import type { Connection, Query } from './connection.ts';

/** The texts are `json`, not `jsonb`: a file's former text may hold a NUL, which jsonb refuses. */
const migrations: readonly { readonly version: number; readonly sql: string }[] = [
  {
    version: 1,
    sql: `
      create table phx.runs (
        project text not null,
        run text not null,
        host text not null,
        who text not null,
        began timestamptz not null,
        primary key (project, run)
      );
      create table phx.entries (
        project text not null,
        run text not null,
        sequence integer not null,
        at timestamptz not null,
        kind text not null,
        task text,
        -- The command did not end by itself.
        cut boolean not null,
        -- Of a task that came to a good end: how long it took, in milliseconds.
        took double precision,
        entry json not null,
        bytes integer not null,
        primary key (project, run, sequence),
        foreign key (project, run) references phx.runs on delete cascade
      );
      create index entries_done on phx.entries (project, task) where took is not null;
      -- Who writes to a host now, or did last: it counts for as long as the server holds the lock of that host for them.
      create table phx.writers (
        project text not null,
        host text not null,
        run text not null,
        who text not null,
        pid integer not null,
        since timestamptz not null,
        primary key (project, host)
      );
      -- By which one database is told from another.
      create table phx.identity (id uuid primary key);
      insert into phx.identity values (gen_random_uuid());
    `,
  },
];

/** The one that this phx works with. */
export const newestVersion = migrations.at(-1)?.version ?? 0;

/** What all phx agree on as the lock of the schema. */
const lockOfSchema = 0x70_68_78;

/**
 * The version of the schema that a database has; 0 where phx was never there. The catalogue is read as a table: functions
 * such as to_regclass may answer what was true before another phx has committed.
 */
export async function versionOf(query: Query): Promise<number> {
  const there = await query(
    "select from pg_catalog.pg_tables where schemaname = 'phx' and tablename = 'schema_versions'",
  );
  if (there.length === 0) return 0;
  const [row] = await query<{ version: number | null }>(
    'select max(version) as version from phx.schema_versions',
  );
  return row?.version ?? 0;
}

/** Refuses a database that a later phx has made: what it means by its tables is not known here. */
export function refuseNewer(version: number, place: string): void {
  if (version <= newestVersion) return;
  throw new PhxError('failed', {
    title: 'The history database is of a newer phx',
    facts: [
      ['database', place],
      ['its schema', String(version)],
      ['known here', `up to ${newestVersion}`],
    ],
    hint: 'Nothing was changed. Update phx, or keep the history of this run here: --history local.',
  });
}

/** Brings the schema to the newest version: in one transaction, and one phx at a time. */
export async function migrate(connection: Connection): Promise<void> {
  const { place } = connection;
  const version = await versionOf(connection.query);
  refuseNewer(version, place);
  if (version === newestVersion) return;
  await connection.transaction(async (query) => {
    await query('select pg_advisory_xact_lock($1)', [lockOfSchema]);
    const present = await versionOf(query);
    refuseNewer(present, place);
    if (present === 0) await layFoundation(query);
    for (const { version: next, sql } of migrations.filter((one) => one.version > present)) {
      await query(sql);
      await query('insert into phx.schema_versions (version) values ($1)', [next]);
    }
  });
}

async function layFoundation(query: Query): Promise<void> {
  // Asked before: who may not make schemas may still work in one that was made for them.
  const there = await query("select from pg_catalog.pg_namespace where nspname = 'phx'");
  if (there.length === 0) await query('create schema phx');
  await query(
    'create table phx.schema_versions (version integer primary key, applied timestamptz not null default now())',
  );
}
