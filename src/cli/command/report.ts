/** `phx report`: the timeline of a past run as a page, its summary as text. It opens no host and changes nothing on one. */

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ExitName, PhxError } from '../../core/error.ts';
import { pastRun } from '../../core/history.ts';
import type { HistoryStore } from '../../history/store.ts';
import { reportOf } from '../../page/report.ts';
import type { ReportPage } from '../../page/report-page.ts';
import { endOfLog } from '../command-log.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { assetsOf, pageText } from '../page-assets.ts';
import { reportText } from '../report-text.ts';
import { readRun, typedWords } from '../runs.ts';
import { writeText } from '../write-text.ts';
import { openHistory, told } from './history.ts';

export interface ReportOptions extends GlobalOptions {
  readonly output?: string;
  /** A file for Chrome's trace events. */
  readonly trace?: string;
  readonly json?: boolean;
}

/** Without a run the last one. */
export async function report(io: Io, run: string | undefined, options: ReportOptions): Promise<ExitName> {
  const { store, cacheDir, name } = await openHistory(io, options);
  try {
    const page = await reportPage(store, { run, cacheDir, name });
    if (options.json) {
      io.out.write(`${JSON.stringify(page, undefined, 2)}\n`);
      return 'ok';
    }
    io.out.write(reportText(page));
    if (options.trace !== undefined) {
      const { traceText } = await import('../../page/trace.ts');
      writeText(io, options.trace, traceText(page));
      if (options.output === undefined) return 'ok';
    }
    const data = pageText({ title: `${page.typed}: ${page.run}`, data: page, ...assetsOf('report') });
    writeText(io, options.output ?? ownFile(cacheDir, page.run), data);
    return 'ok';
  } finally {
    await store.close();
  }
}

function ownFile(cacheDir: string, run: string): string {
  const folder = join(cacheDir, 'report');
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  return join(folder, `${run}.html`);
}

interface Wanted {
  /** Without: the last one. */
  readonly run: string | undefined;
  readonly cacheDir: string;
  readonly name: string;
}

/** What the report of a run shows. */
export async function reportPage(store: HistoryStore, { run, cacheDir, name }: Wanted): Promise<ReportPage> {
  const runs = await store.runs();
  const wanted = run ?? runs.at(-1);
  if (wanted === undefined) {
    throw new PhxError('usage', {
      title: 'No run has done anything yet',
      hint: 'There is a report of what was run.',
      command: 'phx run all',
    });
  }
  const past = await told(store, wanted);
  const earlier = [];
  for (const before of runs.filter((other) => other < wanted)) {
    const other = pastRun(before, await readRun(store, before));
    if (other.host === past.host) earlier.push(other);
  }
  return reportOf({
    ...{ name, typed: typedWords(past.words), ending: past.ending, run: past, earlier },
    said: (task) => endOfLog(join(cacheDir, 'log', wanted), task),
  });
}
