/** The page of the runs of the past, newest first; each leads to its timeline. */

import type { RunsPage } from '../page/live.ts';
import { element, readData, readLive } from './data.ts';
import { listen, navigation } from './live.ts';
import { lengthWords, whenWords } from './words.ts';

const { name, runs } = readData<RunsPage>();
const live = readLive();
const status = element('p', { role: 'status' });
const heads = ['run', 'when', 'took', 'ended', 'tasks', 'who'];
const rows = runs.map(({ run, typed, began, ms, ending, done, failed, who = '' }) => {
  const state = ending === 'ok' ? 'done' : ending === 'at work' ? 'unfinished' : 'failed';
  return element(
    'tr',
    {},
    element('th', { scope: 'row' }, element('a', { href: `/runs/${encodeURIComponent(run)}` }, typed)),
    element('td', {}, whenWords(began)),
    element('td', { class: 'number' }, lengthWords(ms)),
    element('td', {}, element('span', { class: 'ending', 'data-state': state }, ending)),
    element('td', {}, `${done} done${failed > 0 ? `, ${failed} failed` : ''}`),
    element('td', {}, who),
  );
});
document.body.append(
  element('header', {}, ...(live ? [navigation(live)] : []), element('h1', {}, `${name}: runs`), status),
  element(
    'main',
    { class: 'runs' },
    runs.length === 0
      ? element('p', {}, 'No run has done anything yet.')
      : element(
          'table',
          {},
          element(
            'thead',
            {},
            element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head))),
          ),
          element('tbody', {}, ...rows),
        ),
  ),
);
if (live) {
  listen({
    changed: () => location.reload(),
    running: () => status.replaceChildren('a run is at work'),
    connected: (yes) => status.replaceChildren(yes ? '' : 'phx serve has ended'),
  });
}
