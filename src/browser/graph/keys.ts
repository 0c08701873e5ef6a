/** The graph by keyboard: arrows go from task to task and from card to card, `/` searches, `+ - f` zoom, Escape clears. */

import type { View } from './view.ts';

export interface KeyTargets {
  readonly search: HTMLInputElement;
  readonly view: View;
  clear(): void;
}

export function onKeys(
  world: HTMLElement,
  buttons: readonly HTMLButtonElement[],
  { search, view, clear }: KeyTargets,
): void {
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') clear();
    const types = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (types || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === '/') search.focus();
    else if (event.key === 'f') view.fit();
    else if (event.key === '+' || event.key === '=') view.step(1);
    else if (event.key === '-') view.step(-1);
    else return;
    event.preventDefault();
  });
  world.addEventListener('keydown', (event) => {
    const at = event.target instanceof HTMLButtonElement ? buttons.indexOf(event.target) : -1;
    const next = at < 0 ? undefined : neighbour(buttons, at, event.key);
    if (next === undefined) return;
    event.preventDefault();
    buttons[at]?.setAttribute('tabindex', '-1');
    next.setAttribute('tabindex', '0');
    next.focus();
  });
}

function neighbour(
  buttons: readonly HTMLButtonElement[],
  at: number,
  key: string,
): HTMLButtonElement | undefined {
  if (key === 'ArrowDown') return buttons[at + 1];
  if (key === 'ArrowUp') return buttons[at - 1];
  if (key === 'Home') return buttons[0];
  if (key === 'End') return buttons.at(-1);
  const cardOf = (button: HTMLElement | undefined) => button?.closest('.card');
  const here = cardOf(buttons[at]);
  if (key === 'ArrowRight') return buttons.slice(at).find((button) => cardOf(button) !== here);
  if (key !== 'ArrowLeft') return undefined;
  const before = cardOf(buttons.slice(0, at).findLast((button) => cardOf(button) !== here));
  return buttons.find((button) => cardOf(button) === before && before !== null && before !== undefined);
}
