/** The cards of a graph: one a target, with a button a task; what is picked, found or lit is said by attributes. */

import type { GraphPage, GraphPageTask } from '../../page/graph-page.ts';
import type { NodeVerdict } from '../../view/document.ts';
import { element } from '../data.ts';
import { bandsOf, type Card } from './model.ts';

/** Marks that differ in shape, so that no colour is needed. */
export const marks: Readonly<Record<NodeVerdict, string>> = {
  fresh: '✓',
  stale: '●',
  outdated: '~',
  blocked: '!',
  unknown: '?',
};

/** So many steps stand below each other; a card with more has further columns. */
const tallest = 14;

export interface Cards {
  /** All of them, to be put somewhere. */
  readonly world: HTMLElement;
  /** The button of each task. */
  readonly buttons: readonly HTMLButtonElement[];
}

export function drawCards(page: GraphPage): Cards {
  const buttons = page.tasks.map(taskButton);
  const bands = bandsOf(page).map((band) =>
    element('div', { class: 'band' }, ...band.map((card) => drawCard(page, card, buttons))),
  );
  return { world: element('div', { class: 'world' }, ...bands), buttons };
}

function taskButton({ id, step, verdict, title }: GraphPageTask, at: number): HTMLButtonElement {
  return element(
    'button',
    {
      ...{ type: 'button', class: 'task', 'data-verdict': verdict, 'data-at': at, title },
      // One of them is a stop of the Tab key; from there the arrows lead on.
      ...{ tabindex: at === 0 ? 0 : -1, 'aria-label': `${id}, ${verdict}` },
    },
    element('span', { class: 'mark', 'aria-hidden': 'true' }, marks[verdict]),
    element('span', { class: 'step' }, step),
  );
}

function drawCard(
  { tasks, names }: GraphPage,
  { target, tasks: own }: Card,
  buttons: readonly HTMLButtonElement[],
) {
  const columns = Math.ceil(own.length / tallest);
  const list = element('ul', {}, ...own.map((at) => element('li', {}, buttons[at] ?? '')));
  list.style.setProperty('--rows', String(Math.ceil(own.length / columns)));
  // From afar its marks stand in rows: of the same length for all guests, longer for what has many.
  list.style.setProperty('--marks', String(own.length <= 12 ? 6 : own.length <= 36 ? 12 : 24));
  const name = names[target];
  const worst = (['blocked', 'stale', 'outdated', 'unknown'] as const).find((verdict) =>
    own.some((at) => tasks[at]?.verdict === verdict),
  );
  return element(
    'section',
    { class: 'card', 'aria-label': target, 'data-verdict': worst ?? 'fresh', 'data-target': target },
    element(
      'h2',
      {},
      element(
        'span',
        {},
        target,
        ...(name === undefined ? [] : [element('span', { class: 'name' }, ` ${name}`)]),
      ),
      element('span', { class: 'count' }, countOf(own, tasks)),
    ),
    list,
  );
}

function countOf(own: readonly number[], tasks: readonly GraphPageTask[]): string {
  const notFresh = own.filter((at) => tasks[at]?.verdict !== 'fresh').length;
  return notFresh === 0 ? `${own.length}` : `${notFresh} of ${own.length}`;
}
