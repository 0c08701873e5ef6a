/** The timeline of a run: a row for each target, its tasks side by side in time, what overlaps in lanes below each other. */

import { lanesOf } from '../../page/lanes.ts';
import type { ReportPage, ReportTask } from '../../page/report-page.ts';
import { element } from '../data.ts';
import { lengthWords } from '../words.ts';

const laneHeight = 24;
/** A tick at least every so many pixels. */
const tickWidth = 90;

export interface Timeline {
  readonly chart: HTMLElement;
  /** The bar of each task. */
  readonly bars: readonly HTMLButtonElement[];
  /** Draws the marks of time for the width that the chart has now. */
  tick(): void;
}

export function drawTimeline(page: ReportPage): Timeline {
  const whole = Math.max(1, page.ms, ...page.tasks.map(({ start, ms }) => start + ms));
  const chain = new Set(page.chain);
  const bars = page.tasks.map((task, at) => bar(task, at, whole, chain.has(at)));
  const targets = [...new Set(page.tasks.map(({ target }) => target))];
  const rows = targets.map((target) => {
    const own = page.tasks.flatMap((task, at) => (task.target === target ? [at] : []));
    const lanes = lanesOf(own.flatMap((at) => page.tasks[at] ?? []));
    const track = element('div', { class: 'track' });
    track.style.height = `${(Math.max(0, ...lanes) + 1) * laneHeight + 4}px`;
    for (const [nth, at] of own.entries()) {
      const button = bars[at];
      if (button === undefined) continue;
      const top = `${(lanes[nth] ?? 0) * laneHeight + 2}px`;
      button.style.top = top;
      const wait = waitBefore(page.tasks[at], whole);
      if (wait) {
        wait.style.top = top;
        track.append(wait);
      }
      track.append(button);
    }
    return element(
      'div',
      { class: 'row', role: 'group', 'aria-label': target },
      element('div', { class: 'target' }, target),
      track,
    );
  });
  const axis = element('div', { class: 'axis', 'aria-hidden': 'true' });
  const chart = element(
    'div',
    { class: 'chart' },
    element('div', { class: 'row head' }, element('div', { class: 'target' }), axis),
    ...rows,
  );
  return { chart, bars, tick: () => axis.replaceChildren(...ticks(whole, axis.clientWidth)) };
}

function bar(
  { id, step, state, start, ms }: ReportTask,
  at: number,
  whole: number,
  inChain: boolean,
): HTMLButtonElement {
  const button = element(
    'button',
    {
      ...{ type: 'button', class: 'span', 'data-at': at, 'data-state': state, 'data-chain': inChain },
      ...{ tabindex: at === 0 ? 0 : -1, 'aria-label': `${id}, ${state}, ${lengthWords(ms)}` },
      title: `${id}  ${lengthWords(ms)}`,
    },
    element('span', { class: 'step', 'aria-hidden': 'true' }, step),
  );
  place(button, start, ms, whole);
  return button;
}

/** What went by between the last end that it waited for and its own start. */
function waitBefore(task: ReportTask | undefined, whole: number): HTMLElement | undefined {
  const { start = 0, waited = 0 } = task ?? {};
  if (waited / whole < 0.002) return undefined;
  const wait = element('div', { class: 'wait' });
  place(wait, Math.max(0, start - waited), Math.min(start, waited), whole);
  return wait;
}

function place(made: HTMLElement, start: number, ms: number, whole: number): void {
  made.style.left = `${(start / whole) * 100}%`;
  made.style.width = `${(ms / whole) * 100}%`;
}

function ticks(whole: number, width: number): HTMLElement[] {
  const wished = (whole * tickWidth) / Math.max(1, width);
  const steps = [
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000,
    600_000,
  ];
  const step = steps.find((ms) => ms >= wished) ?? Math.ceil(wished / 1_800_000) * 1_800_000;
  const marks: HTMLElement[] = [];
  for (let at = 0; at <= whole; at += step) {
    const mark = element('span', {}, at === 0 ? '0' : lengthWords(at).replace('.0 s', ' s'));
    mark.style.left = `${(at / whole) * 100}%`;
    marks.push(mark);
  }
  return marks;
}
