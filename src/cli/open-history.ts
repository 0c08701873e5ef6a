/** Opens the history of a project where its phoenixfile has it: in the files of this machine, or in the database of a team. */

import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Phoenix } from '../config/project.ts';
import { isSecretRef, maskSecrets, Secret } from '../config/secrets.ts';
import { PhxError } from '../core/error.ts';
import { type Owner, readOwner } from '../core/lock.ts';
import { addressOf, secretsOf } from '../history/address.ts';
import { HistoryUnreachable } from '../history/connection.ts';
import { FileHistory, type FileSetup } from '../history/files.ts';
import { PostgresHistory, type PostgresSetup } from '../history/postgres.ts';
import { ReadingHistory } from '../history/reading.ts';
import type { HistoryStore } from '../history/store.ts';
import type { GlobalOptions, Io } from './io.ts';
import { isAlive, lockPath } from './run-lock.ts';
import { journalFolder } from './runs.ts';
import { fetchSecret } from './secret-box.ts';

/** What of a project its history is opened from. */
export interface HistoryPlace {
  readonly cacheDir: string;
  readonly phoenix: Pick<Phoenix, 'name' | 'history'>;
}

/** For commands that only look: where the database cannot be reached, the files tell what they know, and that is said. */
export function historyToRead(io: Io, place: HistoryPlace, options: GlobalOptions): HistoryStore {
  const files = new FileHistory(filesOf(io, place));
  if (!isShared(place, options)) return files;
  const open = async () => PostgresHistory.open(await setupOf(io, place), { looks: true });
  return new ReadingHistory(open, files, ({ problem: { title, facts } }) => {
    const told = facts.map(([name, value]) => `${name} ${value}`).join(', ');
    io.err.write(`${title} (${told}): only what this machine knows is told\n`);
  });
}

/** For commands that change it. */
export async function historyToWrite(
  io: Io,
  place: HistoryPlace,
  options: GlobalOptions,
): Promise<FileHistory | PostgresHistory> {
  if (!isShared(place, options)) return new FileHistory(filesOf(io, place));
  return PostgresHistory.open(await setupOf(io, place), { looks: false });
}

/** For a run on this host: nobody else, on whichever machine, is at work there from now on. */
export async function takeHistory(
  history: FileHistory | PostgresHistory,
  host: () => Promise<string>,
  owner: Owner,
): Promise<void> {
  if (history instanceof PostgresHistory)
    await history.takeTurn(await host(), { owner, who: whoIs(owner.host) });
}

function isShared({ phoenix }: HistoryPlace, { history }: GlobalOptions): boolean {
  if (history !== undefined && history !== 'local') {
    throw new PhxError('usage', {
      title: `--history ${history}`,
      hint: 'It is local: the journals of this machine alone. Where the team has its history is said in phoenixfile.ts.',
    });
  }
  return history === undefined && phoenix.history !== undefined;
}

function filesOf(io: Io, { cacheDir, phoenix }: HistoryPlace): FileSetup {
  return {
    folder: journalFolder(cacheDir),
    isAtWork: (run) => {
      const owner = readOwner(lockPath(cacheDir));
      return owner?.run === run && isAlive(io, owner);
    },
    // Once there is a database, what is noted here is to be sent there one day.
    ...(phoenix.history === undefined ? {} : { who: whoIs(io.hostname) }),
  };
}

async function setupOf(io: Io, place: HistoryPlace): Promise<PostgresSetup> {
  const { name, history = '' } = place.phoenix;
  const text = isSecretRef(history) ? await secretAddress(io, history) : history;
  const address = addressOf(text, io.env.PGUSER ?? userInfo().username);
  if (!address) {
    throw new PhxError('config', {
      title: 'The history of this project is at no address of a PostgreSQL database',
      facts: isSecretRef(history) ? [['reference', history.secret]] : [],
      hint: 'It is written like postgres://user:password@db.example.net/phx.',
    });
  }
  const secrets = isSecretRef(history) ? secretsOf(text).map((part) => new Secret(part)) : [];
  return {
    ...{ address, project: name },
    mask: (said) => maskSecrets(said, secrets),
    files: { ...filesOf(io, place), who: whoIs(io.hostname) },
    notes: join(place.cacheDir, 'history'),
    sleep: (ms) => io.sleep(ms, io.stop.drain),
  };
}

async function secretAddress(io: Io, reference: { readonly secret: string }): Promise<string> {
  try {
    return (await fetchSecret(io, reference)).reveal();
  } catch (error) {
    if (!(error instanceof PhxError)) throw error;
    throw new HistoryUnreachable('failed', {
      title: 'The address of the history database is not known here',
      facts: [['why', error.problem.title]],
      hint: `Nothing was changed: ${error.problem.hint ?? 'say where it is'} To go on without it: --history local.`,
    });
  }
}

/** `anna@laptop`. */
function whoIs(machine: string): string {
  return `${userInfo().username}@${machine}`;
}
