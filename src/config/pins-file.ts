/** The text of config/pins.json5: written by `phx update`, read by people. Pure. */

import { readFast } from './fast.ts';
import type { Pins } from './fleet.ts';
import { isObject } from './layer.ts';

/** Pins by guest id. */
export type PinsByGuest = Readonly<Record<string, Pins>>;

const head = `// Versions of features and applications, by guest. Written by \`phx update\`; keep it with the rest of the configuration.
// A version that the parameters in a guest's own file name counts before the one here.
`;

/** What a text pins; nothing where there is no file. Throws nothing: what is no pin is left out, the loader tells of it. */
export function readPins(text: string | undefined): PinsByGuest {
  const read = text === undefined ? undefined : readFast(text);
  if (!read?.ok || !isObject(read.value)) return {};
  const entries = Object.entries(read.value).flatMap(([id, value]) =>
    isObject(value) && isObject(value.pins) ? [[id, value.pins as unknown as Pins] as const] : [],
  );
  return Object.fromEntries(entries);
}

/** The pins with one guest's moved: its other layers and parameters stay. */
export function movePins(pins: PinsByGuest, id: number, moved: Pins): PinsByGuest {
  const own: Record<string, Readonly<Record<string, string>>> = { ...pins[id] };
  for (const [layer, params] of Object.entries(moved)) own[layer] = { ...own[layer], ...params };
  return { ...pins, [id]: own };
}

/** The file, guests by id, layers and parameters by name. */
export function printPins(pins: PinsByGuest): string {
  const guests = sorted(pins, (a, b) => Number(a) - Number(b)).map(([id, layers]) => {
    const own = sorted(layers).map(([layer, params]) => {
      const values = sorted(params).map(([param, version]) => `${param}: ${quoted(version)}`);
      return `${quoted(layer)}: { ${values.join(', ')} }`;
    });
    return `  '${id}': { pins: { ${own.join(', ')} } },\n`;
  });
  return `${head}{\n${guests.join('')}}\n`;
}

function sorted<T>(
  entries: Readonly<Record<string, T>>,
  order: (a: string, b: string) => number = (a, b) => (a < b ? -1 : 1),
): [string, T][] {
  return Object.entries(entries).sort(([a], [b]) => order(a, b));
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
