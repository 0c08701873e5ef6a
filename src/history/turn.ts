/**
 * One writer a host, whichever workstation it is at: a lock that the server holds for as long as the connection lives, so
 * that a run without an end is known as dead when nobody holds its lock any more.
 */

import { LockedError, type Owner } from '../core/lock.ts';
import type { Query } from './connection.ts';

/** Who takes the turn. */
export interface Writer {
  /** The run lock of this machine, as it was taken. */
  readonly owner: Owner;
  /** `user@machine`. */
  readonly who: string;
}

/** Two hashes of 32 bits: the project and what is locked in it; `host …` or `run …`. */
const key = 'hashtext($1), hashtext($2)';

/** Takes it or throws who has it; gone with the connection. */
export async function takeTurn(
  query: Query,
  project: string,
  host: string,
  { owner, who }: Writer,
): Promise<void> {
  const [got] = await query<{ got: boolean }>(`select pg_try_advisory_lock(${key}) as got`, [
    project,
    `host ${host}`,
  ]);
  if (!got?.got) throw lockedBy(await holderOf(query, project, host));
  await query(`select pg_advisory_lock(${key})`, [project, `run ${owner.run}`]);
  await query(
    `insert into phx.writers (project, host, run, who, pid, since)
    values ($1, $2, $3, $4, $5, to_timestamp($6::float8 / 1000))
    on conflict (project, host) do update
    set run = excluded.run, who = excluded.who, pid = excluded.pid, since = excluded.since`,
    [project, host, owner.run, who, owner.pid, owner.since],
  );
}

/** Who wrote to the host last; undefined where nobody did. */
export async function lastWriter(query: Query, project: string, host: string): Promise<Owner | undefined> {
  const [row] = await query<{ run: string; who: string; pid: number; since: number }>(
    `select run, who, pid, extract(epoch from since)::float8 * 1000 as since
    from phx.writers where project = $1 and host = $2`,
    [project, host],
  );
  return row && { pid: row.pid, host: row.who, started: '', run: row.run, since: Math.round(row.since) };
}

/** Whether somebody's connection holds the lock of this run. */
export async function isAtWork(query: Query, project: string, run: string): Promise<boolean> {
  const [row] = await query<{ held: boolean }>(
    `select exists (
      select from pg_locks join pg_database on pg_database.oid = pg_locks.database
      where locktype = 'advisory' and granted and datname = current_database()
      and classid::bigint = hashtext($1)::bigint & 4294967295
      and objid::bigint = hashtext($2)::bigint & 4294967295
    ) as held`,
    [project, `run ${run}`],
  );
  return row?.held === true;
}

async function holderOf(query: Query, project: string, host: string): Promise<Owner> {
  const unknown: Owner = { pid: 0, host: 'somebody', started: '', run: 'that has just begun', since: 0 };
  return (await lastWriter(query, project, host)) ?? unknown;
}

function lockedBy(holder: Owner): LockedError {
  return new LockedError(holder, {
    title: 'Another run is at work on this host',
    facts: [
      ['owner', `process ${holder.pid} of ${holder.host}`],
      ['run', holder.run],
      ['since', new Date(holder.since).toISOString()],
    ],
    hint: 'The history database says so. With --wait the run begins when that one has ended. Of a machine that is gone without a word the server knows within half a minute.',
  });
}
