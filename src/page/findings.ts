/** What is worth saying of a past run: the summary and the page say the same. Pure; it runs in a browser too. */

import type { ReportPage, ReportTask } from './report-page.ts';

/** What took at least half as long again as usual, and was not over in a moment; worst first. */
export function slowerThanUsual({ tasks }: ReportPage): readonly ReportTask[] {
  const excess = ({ ms, usual = ms }: ReportTask) => ms - usual;
  return tasks
    .filter((task) => excess(task) > 1000 && task.ms > 1.5 * (task.usual ?? task.ms))
    .sort((a, b) => excess(b) - excess(a));
}

/** What was waited for, and for how long in all, in milliseconds; longest first. */
export function waitsOf({ tasks }: ReportPage): readonly (readonly [on: string, ms: number])[] {
  const waits = new Map<string, number>();
  for (const { on, waited = 0 } of tasks) if (on !== undefined) waits.set(on, (waits.get(on) ?? 0) + waited);
  return [...waits].filter(([, ms]) => ms > 0).sort((a, b) => b[1] - a[1]);
}

/** What was waited for, as a phrase after a length of time. */
export function waitWords(on: string): string {
  if (on === 'jobs') return 'for a free job (-j)';
  return on === 'alone' ? 'for what runs alone' : `for the pool ${on}`;
}
