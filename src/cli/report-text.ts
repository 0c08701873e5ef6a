/** The summary of a past run that one person would send to another. Pure. */

import { slowerThanUsual, waitsOf, waitWords } from '../page/findings.ts';
import type { ReportPage } from '../page/report-page.ts';
import { count, duration } from '../report/words.ts';

const most = 5;

export function reportText(page: ReportPage): string {
  const { typed, name, host, who, ms, ending, tasks, chain, began } = page;
  const of = (state: string) => tasks.filter((task) => task.state === state);
  const counts = ['done', 'failed', 'unfinished'].flatMap((state) =>
    of(state).length > 0 ? [`${of(state).length} ${state}`] : [],
  );
  const slower = slowerThanUsual(page);
  const repeated = tasks.filter(({ tries = 1 }) => tries > 1);
  const waits = waitsOf(page);
  return [
    `${typed}: ${sentence(ending)}, ${counts.length > 0 ? counts.join(', ') : 'no task did anything'}, ${duration(ms)}`,
    `  ${name} on ${host}${who === undefined ? '' : `, by ${who}`}, ${new Date(began).toISOString().slice(0, 16).replace('T', ' ')} UTC, run ${page.run}`,
    ...list('failed', of('failed'), ({ id, title = '' }) => `${id}: ${title}`),
    ...list('unfinished', of('unfinished'), ({ id }) => id),
    ...list('tried again', repeated, ({ id, tries = 1 }) => `${id}: ${tries} times`),
    ...list(
      'slower than usual',
      slower,
      ({ id, ms: took, usual = 0 }) => `${id}: ${duration(took)}, usually ${duration(usual)}`,
    ),
    ...list('waited', waits, ([on, waited]) => `${duration(waited)} ${waitWords(on)}`),
    ...(chain.length > 0
      ? ['', `what it took this long for: ${duration(chainTime(page))} of ${duration(ms)}`]
      : []),
    ...steps(page),
    '',
  ].join('\n');
}

function sentence(ending: string): string {
  if (ending === 'ok') return 'came to a good end';
  if (ending === 'at work') return 'is still at work';
  return ending === 'died' ? 'died before its end' : `ended: ${ending}`;
}

/** Time of the chain that was work, in milliseconds. */
function chainTime({ chain, tasks }: ReportPage): number {
  return chain.reduce((sum, at) => sum + (tasks[at]?.ms ?? 0), 0);
}

/** The longest links of the chain, in its order. */
function steps({ chain, tasks }: ReportPage): string[] {
  const links = chain.flatMap((at) => tasks[at] ?? []);
  const longest = new Set([...links].sort((a, b) => b.ms - a.ms).slice(0, most));
  const shown = links.filter((link) => longest.has(link));
  const rest = links.length - shown.length;
  return [
    ...shown.map(({ id, ms }) => `  ${duration(ms).padStart(8)}  ${id}`),
    ...(rest > 0 ? [`  ${'and'.padStart(8)}  ${count(rest, 'shorter task')}`] : []),
  ];
}

function list<Item>(title: string, items: readonly Item[], words: (item: Item) => string): string[] {
  if (items.length === 0) return [];
  const shown = items.slice(0, most).map((item) => `  ${words(item)}`);
  const rest = items.length - shown.length;
  return ['', title, ...shown, ...(rest > 0 ? [`  and ${rest} more`] : [])];
}
