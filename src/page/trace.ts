/** A past run as Chrome's trace events, for chrome://tracing, Perfetto and whatever else reads them. Pure. */

import { lanesOf } from './lanes.ts';
import type { ReportPage } from './report-page.ts';

/** The text of the file; times in microseconds, as the format wants them. A process for each target, a thread for each lane. */
export function traceText({ tasks, typed }: ReportPage): string {
  const targets = [...new Set(tasks.map(({ target }) => target))];
  const events = targets.flatMap((target, at) => {
    const own = tasks.filter((task) => task.target === target);
    const lanes = lanesOf(own);
    const pid = at + 1;
    return [
      { name: 'process_name', ph: 'M', pid, tid: 0, args: { name: target } },
      ...own.flatMap(({ step, state, start, ms, waited, on, tries, commands }, nth) => {
        const tid = lanes[nth] ?? 0;
        const span = (name: string, cat: string, from: number, length: number, args: object) => ({
          ...{ name, cat, ph: 'X', ts: from * 1000, dur: length * 1000, pid, tid, args },
        });
        return [
          span(step, 'task', start, ms, { state, waited, on, tries }),
          ...commands.map((command) =>
            span(command.words, 'command', command.start, command.ms ?? 0, { exit: command.exit }),
          ),
        ];
      }),
    ];
  });
  return `${JSON.stringify({ displayTimeUnit: 'ms', otherData: { typed }, traceEvents: events })}\n`;
}
