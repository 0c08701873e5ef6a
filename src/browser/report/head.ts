/** The head of the report: how the run came out, what it took its time for, and what to look for in the timeline. */

import { slowerThanUsual, waitsOf, waitWords } from '../../page/findings.ts';
import type { ReportPage, ReportTask } from '../../page/report-page.ts';
import { element } from '../data.ts';
import { linkTo } from '../panel.ts';
import { lengthWords, whenWords } from '../words.ts';

const most = 5;

export function head(page: ReportPage, pick: (at: number) => void): HTMLElement[] {
  const { typed, host, name, who, began, run, tasks } = page;
  const link = (task: ReportTask) => linkTo(task.id, () => pick(tasks.indexOf(task)));
  const failed = tasks.filter(({ state }) => state === 'failed');
  const repeated = tasks.filter(({ tries = 1 }) => tries > 1);
  return [
    element('h1', {}, typed),
    element(
      'p',
      {},
      `${name} on ${host}${who === undefined ? '' : `, by ${who}`}, ${whenWords(began)}, `,
      element('code', {}, run),
    ),
    element('dl', { class: 'figures' }, ...figures(page)),
    ...list('failed', failed, (task) => [link(task), ` ${task.title ?? ''}`]),
    ...list('tried again', repeated, (task) => [link(task), ` ${task.tries} times`]),
    ...list('slower than usual', slowerThanUsual(page), (task) => [
      link(task),
      ` ${lengthWords(task.ms)}, usually ${lengthWords(task.usual ?? 0)}`,
    ]),
    ...list('waited', waitsOf(page), ([on, ms]) => [`${lengthWords(ms)} ${waitWords(on)}`]),
  ];
}

function figures({ ending, ms, tasks, chain }: ReportPage): HTMLElement[] {
  const work = tasks.reduce((sum, task) => sum + task.ms, 0);
  const longest = chain.reduce((sum, at) => sum + (tasks[at]?.ms ?? 0), 0);
  const of = (state: string) => tasks.filter((task) => task.state === state).length;
  const state = ending === 'ok' ? 'done' : ending === 'at work' ? 'unfinished' : 'failed';
  return [
    figure('ended', ending, state),
    figure('took', lengthWords(ms)),
    figure(
      'tasks',
      [
        `${of('done')} done`,
        ...(['failed', 'unfinished'] as const).flatMap((each) =>
          of(each) > 0 ? [`${of(each)} ${each}`] : [],
        ),
      ].join(', '),
    ),
    figure('work in all', lengthWords(work)),
    ...(ms > 0 && work > 0 ? [figure('side by side', `${(work / ms).toFixed(1)} on average`)] : []),
    ...(chain.length > 0 ? [figure('longest chain', `${lengthWords(longest)} in ${chain.length}`)] : []),
  ];
}

function figure(term: string, text: string, state?: string): HTMLElement {
  return element('div', { 'data-state': state }, element('dt', {}, term), element('dd', {}, text));
}

function list<Item>(
  title: string,
  items: readonly Item[],
  content: (item: Item) => (Node | string)[],
): HTMLElement[] {
  if (items.length === 0) return [];
  const shown = items.slice(0, most).map((item) => element('li', {}, ...content(item)));
  const rest = items.length - shown.length;
  return [
    element(
      'div',
      { class: 'findings' },
      element('h2', {}, title),
      element('ul', {}, ...shown, ...(rest > 0 ? [element('li', {}, `and ${rest} more`)] : [])),
    ),
  ];
}
