/** What every page starts with: the document that it shows, and elements made without any text becoming markup. */

import type { Live } from '../page/live.ts';

/** The document that the page was made with. */
export function readData<Document>(): Document {
  return JSON.parse(document.getElementById('data')?.textContent ?? 'null') as Document;
}

/** What a page that phx serves knows beside it; undefined in a file. */
export function readLive(): Live | undefined {
  return (JSON.parse(document.getElementById('live')?.textContent ?? 'null') as Live | null) ?? undefined;
}

type Child = Node | string;

/** Attributes of an element; `true` sets one without a value, `false` and undefined leave it out. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** An element with its attributes and what stands in it. Text stays text. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  setAttributes(made, attributes);
  made.append(...children);
  return made;
}

/** The same for drawings. */
export function drawn<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Name] {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  setAttributes(made, attributes);
  made.append(...children);
  return made;
}

function setAttributes(made: Element, attributes: Attributes): void {
  for (const [key, value] of Object.entries(attributes))
    if (value === true) made.setAttribute(key, '');
    else if (value !== false && value !== undefined) made.setAttribute(key, String(value));
}
