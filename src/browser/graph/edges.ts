/** The arrows: of the picked task, or of all that an edit reaches; drawn over the cards, and only those, since all would hide them. */

import type { GraphPage } from '../../page/graph-page.ts';
import { drawn } from '../data.ts';

/** Above so many, arrows are a thicket. */
const most = 400;

export class Edges {
  readonly drawing = drawn('svg', { class: 'edges', 'aria-hidden': 'true' });
  readonly #buttons: readonly HTMLElement[];
  readonly #world: HTMLElement;

  constructor(world: HTMLElement, buttons: readonly HTMLElement[]) {
    this.#buttons = buttons;
    this.#world = world;
    world.append(this.drawing);
  }

  /** The arrows between tasks for which this holds; `zoom`: how much larger than its own measure the world is shown. */
  draw({ tasks }: GraphPage, zoom: number, shows: (from: number, to: number) => boolean): void {
    const found: [from: number, to: number, kind: string][] = [];
    for (const [to, { waits }] of tasks.entries())
      for (const { task: from, kind } of waits) if (shows(from, to)) found.push([from, to, kind]);
    const { width, height } = this.#world.getBoundingClientRect();
    this.drawing.setAttribute('viewBox', `0 0 ${width / zoom} ${height / zoom}`);
    const paths = found.slice(0, most).map(([from, to, kind]) => {
      const d = this.#curve(from, to, zoom);
      return drawn('path', { d, 'data-kind': kind });
    });
    this.drawing.replaceChildren(arrowHead(), ...paths);
  }

  #curve(from: number, to: number, zoom: number): string {
    const [a, b] = [this.#boxOf(from, zoom), this.#boxOf(to, zoom)];
    if (a === undefined || b === undefined) return '';
    // Within a column from side to side, else from below to above.
    if (Math.abs(a.x - b.x) < 4) {
      const out = 12 + Math.min(40, Math.abs(b.y - a.y) / 8);
      return `M${a.x} ${a.middle} C${a.x - out} ${a.middle} ${b.x - out} ${b.middle} ${b.x} ${b.middle}`;
    }
    const [startX, endX] = [a.x + a.width / 2, b.x + b.width / 2];
    const [startY, endY] = b.y > a.y ? [a.y + a.height, b.y] : [a.y, b.y + b.height];
    const bend = Math.max(24, Math.abs(endY - startY) / 2) * (b.y > a.y ? 1 : -1);
    return `M${startX} ${startY} C${startX} ${startY + bend} ${endX} ${endY - bend} ${endX} ${endY}`;
  }

  #boxOf(at: number, zoom: number) {
    const box = this.#buttons[at]?.getBoundingClientRect();
    if (box === undefined || box.width === 0) return undefined;
    const world = this.#world.getBoundingClientRect();
    const [x, y] = [(box.x - world.x) / zoom, (box.y - world.y) / zoom];
    const [width, height] = [box.width / zoom, box.height / zoom];
    return { x, y, width, height, middle: y + height / 2 };
  }
}

function arrowHead(): SVGElement {
  const marker = drawn(
    'marker',
    { id: 'head', viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, orient: 'auto' },
    drawn('path', { class: 'head', d: 'M0 0 L8 4 L0 8 Z' }),
  );
  return drawn('defs', {}, marker);
}
