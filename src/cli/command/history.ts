/** `phx history`: the runs of the past, and what each of them did. It opens no host and changes nothing. */

import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { ExitName } from '../../core/error.ts';
import { runsIn } from '../../core/file-journal.ts';
import { pastRun } from '../../core/history.ts';
import { readOwner } from '../../core/lock.ts';
import { paint } from '../../report/words.ts';
import { isAlive, lockPath } from '../engine.ts';
import { type Ending, historyText, runText, type Told } from '../history-text.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { findProject } from '../open.ts';
import { journalFolder, readRun } from '../runs.ts';

export interface HistoryOptions extends GlobalOptions {
  readonly lines: number;
  readonly json?: boolean;
}

/** The last runs that did something, newest first. */
export async function history(io: Io, { lines, json, ...options }: HistoryOptions): Promise<ExitName> {
  const { cacheDir } = await findProject(io, options);
  const names = runsIn(journalFolder(cacheDir)).reverse().slice(0, lines);
  const runs = names.map((run) => told(cacheDir, run));
  io.out.write(json ? `${JSON.stringify(runs, null, 2)}\n` : historyText(runs, paint(io.out.colour)));
  return 'ok';
}

/** One run: what each of its tasks did. */
export async function historyShow(
  io: Io,
  run: string,
  { json, ...options }: GlobalOptions & { readonly json?: boolean },
): Promise<ExitName> {
  const { cacheDir } = await findProject(io, options);
  const past = told(cacheDir, run);
  const logs = join(cacheDir, 'log', run);
  const shown = existsSync(logs) ? relative(dirname(cacheDir), logs) : undefined;
  io.out.write(json ? `${JSON.stringify(past, null, 2)}\n` : runText(past, shown, paint(io.out.colour)));
  return 'ok';
}

function told(cacheDir: string, run: string): Told {
  const past = pastRun(run, readRun(journalFolder(cacheDir), run));
  return { ...past, ending: past.exit ?? endingOf(cacheDir, run) };
}

/** A journal without an end: its run holds the lock still, or is no more. */
function endingOf(cacheDir: string, run: string): Ending {
  const owner = readOwner(lockPath(cacheDir));
  return owner?.run === run && isAlive(owner) ? 'at work' : 'died';
}
