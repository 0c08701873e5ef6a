/** The report for scripts that look only when something is wrong: failures, what is blocked, and the counts. */
import { countsLine, problemBlocks } from './ending.ts';
import type { Reporter, ReportOutput } from './reporter.ts';
import { Tally } from './tally.ts';
import { paint } from './words.ts';

/** Builds the quiet reporter. */
export function quietReporter(out: ReportOutput): Reporter {
  const tally = new Tally();
  let ended = false;
  const finish = () => {
    if (!ended) for (const line of problemBlocks(tally, paint(out.colour)).slice(1)) out.write(`${line}\n`);
    ended = true;
  };
  return {
    event(event, at) {
      tally.take(event, at);
      if (event.type !== 'summary') return;
      finish();
      out.write(`${countsLine(event)}\n`);
    },
    close: finish,
  };
}
