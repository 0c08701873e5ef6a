/** Parts of the panel beside a picture, as all pages have it. */

import { element } from './data.ts';
import { lengthWords } from './words.ts';

export function heading(text: string): HTMLElement {
  return element('h3', {}, text);
}

/** A part that can be folded; folded where it is long, nothing where it is empty. */
export function section(title: string, count: number, content: () => HTMLElement): HTMLElement[] {
  if (count === 0) return [];
  return [
    element('details', { open: count <= 12 }, element('summary', {}, `${title} (${count})`), content()),
  ];
}

/** A name that leads to a task. */
export function linkTo(text: string, click: () => void): HTMLElement {
  const button = element('button', { type: 'button', class: 'link' }, text);
  button.addEventListener('click', click);
  return button;
}

export interface ShownCommand {
  readonly words: string;
  readonly exit?: number;
  readonly ms?: number;
}

export function commandList(commands: readonly ShownCommand[]): HTMLElement[] {
  return section('commands', commands.length, () =>
    element(
      'ol',
      { class: 'commands' },
      ...commands.map((command) =>
        element(
          'li',
          { 'data-ended': command.exit === 0 ? 'well' : 'badly' },
          element('code', {}, command.words),
          element('span', { class: 'ended' }, endedWords(command)),
        ),
      ),
    ),
  );
}

export function outputOf(said: readonly string[]): HTMLElement[] {
  return section('output', said.length, () =>
    element('pre', { tabindex: 0, role: 'region', 'aria-label': 'output' }, said.join('\n')),
  );
}

export function closeButton(close: () => void): HTMLElement {
  const button = element('button', { type: 'button', class: 'close', 'aria-label': 'close (Escape)' }, '×');
  button.addEventListener('click', close);
  return button;
}

function endedWords({ exit, ms = 0 }: ShownCommand): string {
  if (exit === undefined) return 'never ended';
  return `${exit === 0 ? '' : `exit ${exit}, `}${lengthWords(ms)}`;
}
