/** `phx history`: the runs of the past, and what each of them did. It opens no host and changes nothing. */

import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type ExitName, PhxError } from '../../core/error.ts';
import { pastRun } from '../../core/history.ts';
import type { HistoryStore } from '../../history/store.ts';
import { paint } from '../../report/words.ts';
import { type Ending, historyText, runText, type Told } from '../history-text.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { findProject } from '../open.ts';
import { historyToRead } from '../open-history.ts';
import { loadPhoenixfile } from '../phoenixfile.ts';
import { readRun } from '../runs.ts';

export interface HistoryOptions extends GlobalOptions {
  readonly lines: number;
  readonly json?: boolean;
}

/** The last runs that did something, newest first. */
export async function history(io: Io, { lines, json, ...options }: HistoryOptions): Promise<ExitName> {
  const { store } = await openHistory(io, options);
  try {
    const names = [...(await store.runs())].reverse().slice(0, lines);
    const runs: Told[] = [];
    for (const run of names) runs.push(await told(store, run));
    io.out.write(json ? `${JSON.stringify(runs, null, 2)}\n` : historyText(runs, paint(io.out.colour)));
    return 'ok';
  } finally {
    await store.close();
  }
}

/** One run: what each of its tasks did. */
export async function historyShow(
  io: Io,
  run: string,
  { json, ...options }: GlobalOptions & { readonly json?: boolean },
): Promise<ExitName> {
  const { store, cacheDir } = await openHistory(io, options);
  try {
    const past = await told(store, run);
    const logs = join(cacheDir, 'log', run);
    const shown = existsSync(logs) ? relative(dirname(cacheDir), logs) : undefined;
    io.out.write(json ? `${JSON.stringify(past, null, 2)}\n` : runText(past, shown, paint(io.out.colour)));
    return 'ok';
  } finally {
    await store.close();
  }
}

/** The past is told although the project has errors: without a phoenixfile that can be loaded, that of this machine. */
export async function openHistory(io: Io, options: GlobalOptions) {
  const { file, cacheDir } = await findProject(io, options);
  const phoenix = await loadPhoenixfile(file, cacheDir).then(
    (loaded) => loaded.phoenix,
    (error: unknown) => {
      if (!(error instanceof PhxError)) throw error;
      return { name: '' };
    },
  );
  return { store: historyToRead(io, { cacheDir, phoenix }, options), cacheDir, name: phoenix.name };
}

/** A past run, and how it came out. */
export async function told(store: HistoryStore, run: string): Promise<Told> {
  const past = pastRun(run, await readRun(store, run));
  return { ...past, ending: past.exit ?? (await endingOf(store, run)) };
}

/** A journal without an end: its run holds the lock still, or is no more. */
async function endingOf(store: HistoryStore, run: string): Promise<Ending> {
  return (await store.isAtWork(run)) ? 'at work' : 'died';
}
