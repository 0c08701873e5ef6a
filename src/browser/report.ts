/** The page of a past run: how it came out, its timeline, and beside it all that is known of a task. */

import type { ReportPage } from '../page/report-page.ts';
import { element, readData, readLive } from './data.ts';
import { listen, navigation } from './live.ts';
import { closeButton } from './panel.ts';
import { details } from './report/details.ts';
import { head } from './report/head.ts';
import { drawTimeline } from './report/timeline.ts';

const page = readData<ReportPage>();
const live = readLive();
const { chart, bars, tick } = drawTimeline(page);
const port = element('div', { class: 'port', role: 'region', 'aria-label': 'timeline', tabindex: -1 }, chart);
const panel = element('aside', { 'aria-label': 'task', hidden: true });
let picked: number | undefined;
let zoom = 1;

function pick(at: number | undefined): void {
  if (picked !== undefined) bars[picked]?.removeAttribute('aria-current');
  picked = at;
  panel.hidden = at === undefined;
  const bar = at === undefined ? undefined : bars[at];
  if (at !== undefined && bar) {
    bar.setAttribute('aria-current', 'true');
    panel.replaceChildren(
      closeButton(() => pick(undefined)),
      ...details(page, at, pick),
    );
    panel.scrollTo(0, 0);
    walkTo(bar);
  }
  tick();
}

function walkTo(bar: HTMLElement): void {
  for (const other of chart.querySelectorAll('.span[tabindex="0"]')) other.setAttribute('tabindex', '-1');
  bar.setAttribute('tabindex', '0');
  bar.focus({ preventScroll: true });
  bar.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

function zoomTo(next: number): void {
  zoom = Math.min(64, Math.max(1, next));
  chart.style.setProperty('--zoom', String(zoom));
  tick();
  if (picked !== undefined) bars[picked]?.scrollIntoView({ block: 'nearest', inline: 'center' });
}

const search = element('input', {
  ...{ type: 'search', placeholder: 'Search tasks  /', 'aria-label': 'search tasks', autocomplete: 'off' },
});
const status = element('p', { role: 'status' });
const chain = element('button', { type: 'button', 'aria-pressed': 'false' }, 'Longest chain');

function found(): number[] {
  const sought = search.value.trim().toLowerCase();
  return sought === ''
    ? []
    : page.tasks.flatMap(({ id }, at) => (id.toLowerCase().includes(sought) ? [at] : []));
}

function sift(): void {
  const hits = new Set(found());
  for (const [at, bar] of bars.entries()) bar.toggleAttribute('data-found', hits.has(at));
  chart.toggleAttribute('data-sifted', search.value.trim() !== '');
  status.replaceChildren(search.value.trim() === '' ? '' : `${hits.size} of ${page.tasks.length} tasks`);
}

search.addEventListener('input', sift);
search.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter') return;
  const hits = found();
  const next = hits.find((at) => at > (picked ?? -1)) ?? hits[0];
  if (next !== undefined) pick(next);
});
chain.addEventListener('click', () => {
  const on = chain.getAttribute('aria-pressed') !== 'true';
  chain.setAttribute('aria-pressed', String(on));
  chart.toggleAttribute('data-chain', on);
});
chart.addEventListener('click', ({ target }) => {
  const at = target instanceof Element ? target.closest<HTMLElement>('.span')?.dataset.at : undefined;
  if (at !== undefined) pick(Number(at));
});

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') {
    search.value = '';
    sift();
    pick(undefined);
  }
  if (event.target === search || event.ctrlKey || event.metaKey || event.altKey) return;
  const at = event.target instanceof HTMLButtonElement ? bars.indexOf(event.target) : -1;
  const neighbour = at < 0 ? undefined : { ArrowRight: bars[at + 1], ArrowLeft: bars[at - 1] }[event.key];
  if (event.key === '/') search.focus();
  else if (event.key === '+' || event.key === '=') zoomTo(zoom * 2);
  else if (event.key === '-') zoomTo(zoom / 2);
  else if (event.key === 'f') zoomTo(1);
  else if (neighbour) walkTo(neighbour);
  else return;
  event.preventDefault();
});

const zooms = (
  [
    ['−', 'smaller (-)', () => zoomTo(zoom / 2)],
    ['+', 'larger (+)', () => zoomTo(zoom * 2)],
    ['Fit', undefined, () => zoomTo(1)],
  ] as const
).map(([text, label, act]) => {
  const button = element('button', { type: 'button', 'aria-label': label }, text);
  button.addEventListener('click', act);
  return button;
});
document.body.append(
  element(
    'header',
    {},
    ...(live ? [navigation(live)] : []),
    ...head(page, pick),
    element(
      'div',
      { class: 'bar', role: 'toolbar', 'aria-label': 'search and zoom' },
      search,
      ...(page.chain.length > 0 ? [chain] : []),
      element('div', { class: 'zoom' }, ...zooms),
      status,
    ),
  ),
  element(
    'main',
    {},
    page.tasks.length > 0 ? port : element('p', { class: 'empty' }, 'This run did nothing: all was fresh.'),
    panel,
  ),
);
globalThis.addEventListener('resize', tick);
tick();
// Of a run that is at work there is more to show whenever something ended.
if (live && page.ending === 'at work') listen({ changed: () => location.reload(), connected: () => {} });
