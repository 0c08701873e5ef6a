/** The cards of a graph: one a target, with a button a task; what is picked, found or lit is said by attributes. */

import type { GraphPage, GraphPageTask } from '../../page/graph-page.ts';
import { verdictMarks } from '../../view/document.ts';
import { element } from '../data.ts';
import { bandsOf, type Card } from './model.ts';

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

function taskButton(task: GraphPageTask, at: number): HTMLButtonElement {
  const button = element(
    'button',
    // One of them is a stop of the Tab key; from there the arrows lead on.
    { type: 'button', class: 'task', 'data-at': at, title: task.title, tabindex: at === 0 ? 0 : -1 },
    element('span', { class: 'mark', 'aria-hidden': 'true' }),
    element('span', { class: 'step' }, task.step),
  );
  showVerdict(button, task);
  return button;
}

/** Shows how a task stands; while it runs that is said instead. */
export function showVerdict(
  button: HTMLButtonElement,
  { id, verdict }: GraphPageTask,
  running = false,
): void {
  button.dataset.verdict = verdict;
  button.toggleAttribute('data-running', running);
  button.setAttribute('aria-label', `${id}, ${running ? 'running' : verdict}`);
  button.querySelector('.mark')?.replaceChildren(running ? '›' : verdictMarks[verdict]);
}

/** Counts anew what in each card is not fresh. */
export function showCounts(world: HTMLElement, { tasks }: GraphPage): void {
  for (const card of world.querySelectorAll<HTMLElement>('.card')) {
    const own = tasks.flatMap(({ target }, at) => (target === card.dataset.target ? [at] : []));
    card.querySelector('.count')?.replaceChildren(countOf(own, tasks));
  }
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
  return element(
    'section',
    { class: 'card', 'aria-label': target, 'data-target': target },
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
