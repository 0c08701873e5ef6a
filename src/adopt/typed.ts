/**
 * Texts of a conf as values of the configuration: what the schema takes at a place decides whether `1` is a number, a
 * switch or a text. It knows no key by name.
 */

import type { Json } from '../core/json.ts';
import { parseProperties } from '../proxmox/conf.ts';
import { normalFlag } from '../proxmox/ct-keys.ts';

/** Whether a value may stand at a place of the configuration. */
export type Fits = (path: readonly string[], value: Json) => boolean;

/** The value that a text is at a place: the first form that may stand there; else the text itself, which the schema then refuses. */
export function typed(text: string, path: readonly string[], fits: Fits): Json {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  const parts = text.split(';');
  const forms: Json[] = [
    text,
    ...(Number.isFinite(number) ? [number] : []),
    normalFlag(text) === '1',
    parts,
    ...(parts.every((part) => /^\d+$/.test(part)) ? [parts.map(Number)] : []),
  ];
  return forms.find((form) => fits(path, form)) ?? text;
}

/** A property string as an object, each part as the schema takes it there. */
export function typedParts(
  parts: ReadonlyMap<string, string>,
  path: readonly string[],
  fits: Fits,
): Record<string, Json> {
  return Object.fromEntries([...parts].map(([key, text]) => [key, typed(text, [...path, key], fits)]));
}

/** `order=2,up=30` and its like. */
export function typedProperties(
  text: string,
  main: string | undefined,
  path: readonly string[],
  fits: Fits,
): Record<string, Json> {
  return typedParts(parseProperties(text, main), path, fits);
}
