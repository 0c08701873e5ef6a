/** The bar above the graph: search, filter by verdict, what to edit, zoom. It only tells what was asked for. */

import type { GraphPage } from '../../page/graph-page.ts';
import { type NodeVerdict, verdictMarks } from '../../view/document.ts';
import { element } from '../data.ts';

export interface ToolbarActions {
  search(text: string): void;
  /** Goes to the next task that was found; backwards to the one before. */
  next(backwards: boolean): void;
  filter(verdicts: ReadonlySet<NodeVerdict>): void;
  /** Lights what an edit of this file reaches; nothing: no light. */
  edit(file: string | undefined): void;
  zoom(step: 'in' | 'out' | 'fit'): void;
}

export interface Toolbar {
  readonly bar: HTMLElement;
  readonly search: HTMLInputElement;
  readonly edit: HTMLSelectElement;
  /** Counts anew what can be filtered by. */
  renew(page: GraphPage): void;
  /** Says what is lit or found. */
  say(text: string): void;
  /** Nothing sought, filtered or lit any more. */
  clear(): void;
}

export function toolbar(page: GraphPage, actions: ToolbarActions): Toolbar {
  const search = element('input', {
    ...{ type: 'search', placeholder: 'Search tasks  /', 'aria-label': 'search tasks', autocomplete: 'off' },
  });
  search.addEventListener('input', () => actions.search(search.value));
  search.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') actions.next(event.shiftKey);
  });
  const pressed = new Set<NodeVerdict>();
  const filters = element('div', { class: 'filters' });
  const renew = (now: GraphPage) =>
    filters.replaceChildren(
      ...present(now).map(([verdict, count]) =>
        filterButton(verdict, count, pressed.has(verdict), () => {
          if (!pressed.delete(verdict)) pressed.add(verdict);
          renew(now);
          filters.querySelector<HTMLElement>(`[data-verdict="${verdict}"]`)?.focus();
          actions.filter(new Set(pressed));
        }),
      ),
    );
  renew(page);
  const edit = element(
    'select',
    { 'aria-label': 'light up what an edit of a file would reach' },
    element('option', { value: '' }, 'If I edit…'),
    ...page.edits.map(({ file, tasks }) => element('option', { value: file }, `${file} (${tasks.length})`)),
  );
  edit.addEventListener('change', () => actions.edit(edit.value === '' ? undefined : edit.value));
  const zoom = (['out', 'in', 'fit'] as const).map((step) => {
    const label = { in: '+', out: '−', fit: 'Fit' }[step];
    const title = { in: 'larger (+)', out: 'smaller (−)', fit: 'all of it (f)' }[step];
    const button = element(
      'button',
      { type: 'button', title, 'aria-label': step === 'fit' ? undefined : title },
      label,
    );
    button.addEventListener('click', () => actions.zoom(step));
    return button;
  });
  const status = element('p', { role: 'status' });
  return {
    ...{ search, edit },
    bar: element(
      'div',
      { class: 'bar', role: 'toolbar', 'aria-label': 'search, filter and zoom' },
      search,
      filters,
      ...(page.edits.length > 0 ? [edit] : []),
      element('div', { class: 'zoom' }, ...zoom),
      status,
    ),
    renew,
    say: (text) => status.replaceChildren(text),
    clear: () => {
      search.value = '';
      edit.value = '';
      pressed.clear();
      for (const button of filters.children) button.setAttribute('aria-pressed', 'false');
    },
  };
}

function filterButton(
  verdict: NodeVerdict,
  count: number,
  isPressed: boolean,
  click: () => void,
): HTMLElement {
  const button = element(
    'button',
    { type: 'button', class: 'filter', 'data-verdict': verdict, 'aria-pressed': String(isPressed) },
    element('span', { class: 'mark', 'aria-hidden': 'true' }, verdictMarks[verdict]),
    ` ${verdict} ${count}`,
  );
  button.addEventListener('click', click);
  return button;
}

function present({ tasks }: GraphPage): [verdict: NodeVerdict, count: number][] {
  const all = ['blocked', 'stale', 'outdated', 'fresh', 'unknown'] as const;
  return all
    .map((verdict): [NodeVerdict, number] => [
      verdict,
      tasks.filter((task) => task.verdict === verdict).length,
    ])
    .filter(([, count]) => count > 0);
}
