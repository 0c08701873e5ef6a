/**
 * Moving about in a graph: zoom by buttons, keys and Ctrl with the wheel; pan by scrolling, or by dragging the ground. Cards
 * flow anew at each size, as the lines of a text do: nothing ever lies beside the window.
 */

interface Size {
  /** `far`: marks alone, a name for each target; `near`: names of steps. */
  readonly level: 'far' | 'near';
  readonly zoom: number;
}

const sizes: readonly Size[] = [
  { level: 'far', zoom: 0.5 },
  { level: 'far', zoom: 0.7 },
  { level: 'far', zoom: 1 },
  { level: 'near', zoom: 0.75 },
  { level: 'near', zoom: 1 },
  { level: 'near', zoom: 1.3 },
  { level: 'near', zoom: 1.7 },
];
const overview = 2;
const readable = 4;
/** Of the wheel, for one size. */
const wheelStep = 60;

export class View {
  readonly #port: HTMLElement;
  readonly #world: HTMLElement;
  readonly #changed: () => void;
  #at = readable;
  #turned = 0;

  constructor(port: HTMLElement, world: HTMLElement, changed: () => void) {
    this.#port = port;
    this.#world = world;
    this.#changed = changed;
    port.addEventListener('wheel', (event) => this.#onWheel(event), { passive: false });
    port.addEventListener('pointerdown', (event) => this.#onDrag(event));
  }

  /** How much larger than its own measure the world is shown. */
  get zoom(): number {
    return sizes[this.#at]?.zoom ?? 1;
  }

  /** The first sight: as large as all of it fits, the readable size at most; an overview of what never fits. */
  begin(): void {
    const isNarrow = this.#port.clientWidth < 600;
    this.#set(isNarrow ? readable : ([readable, readable - 1].find((at) => this.#fits(at)) ?? overview));
  }

  /** As large as all of it fits, or the smallest size. */
  fit(): void {
    const fitting = [...sizes.keys()].filter((at) => this.#fits(at));
    this.#set(fitting.at(-1) ?? 0);
    this.#port.scrollTo(0, 0);
  }

  /** One size larger or smaller; what is picked, or stands in the middle of the window, stays near it. */
  step(by: 1 | -1): void {
    const { clientWidth, clientHeight } = this.#port;
    const { x, y } = this.#port.getBoundingClientRect();
    const picked = this.#world.querySelector('[aria-current]');
    const middle = document
      .elementsFromPoint(x + clientWidth / 2, y + clientHeight / 2)
      .map((element) => element.closest('.card'))
      .find((card) => card !== null);
    this.#set(Math.min(sizes.length - 1, Math.max(0, this.#at + by)));
    (picked ?? middle)?.scrollIntoView({ block: 'center', inline: 'center' });
  }

  #fits(at: number): boolean {
    this.#apply(at);
    return this.#world.getBoundingClientRect().height <= this.#port.clientHeight;
  }

  #set(at: number): void {
    this.#at = at;
    this.#apply(at);
    this.#changed();
  }

  #apply(at: number): void {
    const { level, zoom } = sizes[at] ?? { level: 'near', zoom: 1 };
    this.#world.dataset.level = level;
    this.#world.style.setProperty('zoom', String(zoom));
    // Names of targets are to be read at every size.
    this.#world.style.setProperty('--name', `${Math.round(Math.max(13, 11 / zoom))}px`);
  }

  #onWheel(event: WheelEvent): void {
    if (!event.ctrlKey) return;
    event.preventDefault();
    this.#turned += event.deltaY;
    if (Math.abs(this.#turned) < wheelStep) return;
    this.step(this.#turned < 0 ? 1 : -1);
    this.#turned = 0;
  }

  #onDrag(down: PointerEvent): void {
    const onButton = down.target instanceof Element && down.target.closest('button') !== null;
    if (down.pointerType !== 'mouse' || down.button !== 0 || onButton) return;
    const { scrollLeft, scrollTop } = this.#port;
    this.#port.setPointerCapture(down.pointerId);
    this.#port.dataset.dragged = '';
    const move = (event: PointerEvent) =>
      this.#port.scrollTo(
        scrollLeft + down.clientX - event.clientX,
        scrollTop + down.clientY - event.clientY,
      );
    const end = () => {
      delete this.#port.dataset.dragged;
      this.#port.removeEventListener('pointermove', move);
    };
    this.#port.addEventListener('pointermove', move);
    this.#port.addEventListener('pointerup', end, { once: true });
    this.#port.addEventListener('pointercancel', end, { once: true });
  }
}
