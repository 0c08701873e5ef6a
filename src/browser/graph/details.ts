/** The panel beside the graph: all that is known of the picked task. */

import type { GraphPage, GraphPageTask, PastTask } from '../../page/graph-page.ts';
import { verdictMarks, verdictWords } from '../../view/document.ts';
import { element } from '../data.ts';
import { commandList, heading, linkTo, outputOf, section } from '../panel.ts';
import { lengthWords, whenWords } from '../words.ts';

export interface DetailsActions {
  pick(at: number): void;
  /** Lights what an edit of this input would reach. */
  light(at: number, key: string): void;
  /** Asks for a run of a target or task, where that is permitted. */
  run?(target: string): void;
}

/** The content of the panel for a task. */
export function details(
  page: GraphPage,
  holdsUp: readonly number[],
  at: number,
  actions: DetailsActions,
): Node[] {
  const task = page.tasks[at];
  if (task === undefined) return [];
  const links = (indices: readonly (readonly [at: number, note: string])[]) =>
    element(
      'ul',
      { class: 'links' },
      ...indices.map(([other, note]) =>
        element(
          'li',
          {},
          linkTo(page.tasks[other]?.id ?? '', () => actions.pick(other)),
          note === '' ? '' : ` ${note}`,
        ),
      ),
    );
  return [
    element('h2', {}, task.id),
    element('p', { class: 'title' }, task.title),
    ...(actions.run ? [runButtons(task, actions.run)] : []),
    element(
      'p',
      { class: 'verdict', 'data-verdict': task.verdict },
      `${verdictMarks[task.verdict]} ${verdictWords[task.verdict]}`,
    ),
    ...(task.because.length > 0
      ? [element('ul', { class: 'because' }, ...task.because.map((line) => element('li', {}, line)))]
      : []),
    ...section('waits for', task.waits.length, () =>
      links(task.waits.map(({ task: other, kind }) => [other, kind === 'result' ? '' : `(${kind})`])),
    ),
    ...section('holds up', holdsUp.length, () => links(holdsUp.map((other) => [other, '']))),
    ...section('reads', Object.keys(task.reads).length, () =>
      table(task.reads, (key) => {
        const button = element(
          'button',
          { type: 'button', class: 'key', title: `light up what an edit of ${key} would reach` },
          key,
        );
        button.addEventListener('click', () => actions.light(at, key));
        return button;
      }),
    ),
    ...section('leaves', Object.keys(task.leaves).length, () => table(task.leaves, (key) => key)),
    ...(task.last ? lastRun(task.last) : [heading('last run'), element('p', {}, 'It never ran.')]),
  ];
}

function runButtons({ id, target }: GraphPageTask, run: (target: string) => void): HTMLElement {
  const button = (what: string) => {
    const made = element('button', { type: 'button' }, `Run ${what}`);
    made.addEventListener('click', () => run(what));
    return made;
  };
  return element('p', { class: 'actions' }, button(target), ' ', button(id));
}

function table(entries: Readonly<Record<string, string>>, name: (key: string) => Node | string): HTMLElement {
  const rows = Object.entries(entries).map(([key, value]) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, name(key)),
      element('td', {}, element('code', {}, value)),
    ),
  );
  return element('table', {}, element('tbody', {}, ...rows));
}

function lastRun({ run, state, at, ms, error, commands, said }: PastTask): HTMLElement[] {
  return [
    heading('last run'),
    element(
      'p',
      {},
      `${state} ${whenWords(at)}, ${lengthWords(ms)}`,
      element('br'),
      element('code', {}, run),
    ),
    ...(error === undefined ? [] : [element('p', { class: 'error' }, error)]),
    ...commandList(commands),
    ...outputOf(said),
  ];
}
