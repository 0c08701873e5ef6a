/** The page of a graph: a card for each target in bands that rest on one another, and beside them all that is known of a task. */

import type { GraphPage } from '../page/graph-page.ts';
import type { Running } from '../page/live.ts';
import { element, readData, readLive } from './data.ts';
import { drawCards, showCounts, showVerdict } from './graph/cards.ts';
import { details } from './graph/details.ts';
import { Edges } from './graph/edges.ts';
import { onKeys } from './graph/keys.ts';
import { type Filter, holdsUp, matches, reachedFrom, readersOf } from './graph/model.ts';
import { toolbar } from './graph/toolbar.ts';
import { View } from './graph/view.ts';
import { askForRun, listen, navigation, takeToken } from './live.ts';
import { closeButton } from './panel.ts';
import { whenWords } from './words.ts';

let page = readData<GraphPage>();
const live = readLive();
const token = live ? takeToken() : undefined;
let running: Running | undefined;
const { world, buttons } = drawCards(page);
const port = element('div', { class: 'port', role: 'region', 'aria-label': 'graph', tabindex: -1 }, world);
const panel = element('aside', { 'aria-label': 'task', hidden: true });
const edges = new Edges(world, buttons);
const view = new View(port, world, redraw);

let picked: number | undefined;
let lit: ReadonlySet<number> = new Set();
let filter: Filter = { text: '', verdicts: new Set() };

const bar = toolbar(page, {
  search: (text) => sift({ ...filter, text }),
  filter: (verdicts) => sift({ ...filter, verdicts }),
  next: goToFound,
  edit: (file) => {
    const begin = page.edits.find((edit) => edit.file === file)?.tasks;
    light(begin ? reachedFrom(page, begin) : new Set(), begin?.length ?? 0, file ?? '');
  },
  zoom: (step) => {
    if (step === 'fit') view.fit();
    else view.step(step === 'in' ? 1 : -1);
  },
});

function redraw(): void {
  const isLit = (at: number) => lit.has(at);
  edges.draw(page, view.zoom, (from, to) =>
    picked === undefined ? isLit(from) && isLit(to) : from === picked || to === picked,
  );
}

/** `go`: brings it into sight and gives it the focus. */
function pick(at: number | undefined, go = true): void {
  if (picked !== undefined) buttons[picked]?.removeAttribute('aria-current');
  picked = at;
  panel.hidden = at === undefined;
  document.body.dataset.panel = at === undefined ? 'closed' : 'open';
  const button = at === undefined ? undefined : buttons[at];
  if (at !== undefined && button) {
    for (const other of world.querySelectorAll('.task[tabindex="0"]')) other.setAttribute('tabindex', '-1');
    button.setAttribute('tabindex', '0');
    button.setAttribute('aria-current', 'true');
    showDetails(at);
    panel.scrollTo(0, 0);
    if (go) button.focus({ preventScroll: true });
    button.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    location.replace(`#${encodeURIComponent(page.tasks[at]?.id ?? '')}`);
  }
  redraw();
}

function showDetails(at: number): void {
  panel.replaceChildren(
    closeButton(() => pick(undefined)),
    ...details(page, holdsUp(page)[at] ?? [], at, {
      pick,
      light: (reader, key) => {
        const begin = readersOf(page, reader, key);
        light(reachedFrom(page, begin), begin.length, key);
      },
      ...(live?.runs
        ? { run: (target) => void askForRun([target], token).then((why) => bar.say(why ?? 'asked for')) }
        : {}),
    }),
  );
}

/** Takes up a newer state of the same tasks; others are drawn from the beginning. */
function renew(next: GraphPage): void {
  const isSame =
    next.tasks.length === page.tasks.length && next.tasks.every(({ id }, at) => id === page.tasks[at]?.id);
  if (!isSame) {
    location.reload();
    return;
  }
  page = next;
  showStates();
  showCounts(world, page);
  bar.renew(page);
  head.replaceChildren(headWords(page));
  sift(filter);
  if (picked !== undefined) showDetails(picked);
}

function showStates(): void {
  for (const [at, task] of page.tasks.entries()) {
    const button = buttons[at];
    if (button) showVerdict(button, task, running?.tasks[task.id] === 'running');
  }
}

function headWords({ tasks, host, at }: GraphPage): string {
  return `${tasks.length} tasks, as they stood on ${host}, ${whenWords(at)}`;
}

/** From now on what phx serve tells is shown. */
function follow(): void {
  const state = element('p', { class: 'live', role: 'status' });
  head.after(state);
  listen({
    changed: () => {
      void fetch('/graph.json')
        .then((response) => response.json())
        .then((next: GraphPage | { readonly problem: string }) =>
          'problem' in next ? location.reload() : renew(next),
        );
    },
    running: (now) => {
      running = now.exit === undefined ? now : undefined;
      const states = Object.values(now.tasks);
      const of = (wanted: string) => states.filter((one) => one === wanted).length;
      state.replaceChildren(
        `${now.exit === undefined ? 'a run is at work' : `the run ended: ${now.exit}`}: ${of('done')} done${of('failed') > 0 ? `, ${of('failed')} failed` : ''}`,
      );
      showStates();
    },
    connected: (yes) => state.replaceChildren(yes ? 'live' : 'phx serve has ended'),
  });
}

function light(reached: ReadonlySet<number>, readers: number, what: string): void {
  lit = reached;
  world.toggleAttribute('data-lit', lit.size > 0);
  for (const [at, button] of buttons.entries()) button.toggleAttribute('data-lit', lit.has(at));
  const further = lit.size - readers;
  const words = further === 0 ? '' : `, and up to ${further} that read what they leave`;
  bar.say(lit.size === 0 ? '' : `An edit of ${what}: ${readers} read it${words}.`);
  if (lit.size > 0) buttons[Math.min(...lit)]?.scrollIntoView({ block: 'center', inline: 'nearest' });
  // The whole way is to be seen, not what hangs on one task.
  if (lit.size > 0) pick(undefined);
  else redraw();
}

function sift(next: Filter): void {
  filter = next;
  const isOn = filter.text.trim() !== '' || filter.verdicts.size > 0;
  let found = 0;
  for (const [at, task] of page.tasks.entries()) {
    const match = matches(task, filter);
    if (match) found++;
    buttons[at]?.toggleAttribute('data-found', isOn && match);
  }
  world.toggleAttribute('data-sifted', isOn);
  for (const card of world.querySelectorAll('.card'))
    card.toggleAttribute('data-found', card.querySelector('[data-found]') !== null);
  bar.say(isOn ? `${found} of ${page.tasks.length} tasks` : '');
  redraw();
}

function goToFound(backwards: boolean): void {
  const found = page.tasks.flatMap((task, at) => (matches(task, filter) ? [at] : []));
  const from = picked ?? (backwards ? page.tasks.length : -1);
  const next = backwards
    ? (found.findLast((at) => at < from) ?? found.at(-1))
    : (found.find((at) => at > from) ?? found[0]);
  if (next !== undefined) pick(next, false);
}

function clear(): void {
  bar.clear();
  sift({ text: '', verdicts: new Set() });
  light(new Set(), 0, '');
  pick(undefined);
}

world.addEventListener('click', ({ target }) => {
  const at = target instanceof Element ? target.closest<HTMLElement>('.task')?.dataset.at : undefined;
  if (at !== undefined) pick(Number(at));
});
onKeys(world, buttons, { search: bar.search, view, clear });
globalThis.addEventListener('resize', redraw);

const head = element('p', {}, headWords(page));
document.body.append(
  element('header', {}, ...(live ? [navigation(live)] : []), element('h1', {}, page.name), head, bar.bar),
  element('main', {}, port, panel),
);
const wanted = page.tasks.findIndex(({ id }) => id === decodeURIComponent(location.hash.slice(1)));
view.begin();
if (wanted >= 0) pick(wanted);
else redraw();
if (live) follow();
