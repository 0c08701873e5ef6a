/**
 * The algebra of layers: objects merge deep, lists and scalars replace, null deletes. It knows no file and no schema.
 *
 * A plain value cannot say "this object replaces what was below it" (as happens when a key is deleted by one layer and
 * set again by the next), so layers are combined as patches, and a patch is turned into a value at the very end. That
 * makes combining associative: layers may be grouped in any way.
 */
import type { Json } from '../core/json.ts';

export type Patch =
  | { readonly kind: 'leaf'; readonly value: Json }
  | {
      readonly kind: 'object';
      /** What lies below this patch is dropped, not merged with. */
      readonly fresh: boolean;
      readonly fields: ReadonlyMap<string, Patch>;
    };

/** A JSON object. */
export type Fields = { readonly [key: string]: Json };

/** The patch that changes nothing. */
export const identity: Patch = { kind: 'object', fresh: false, fields: new Map() };

/** The patch that a layer's value is. */
export function patchOf(value: Json): Patch {
  if (!isObject(value)) return { kind: 'leaf', value };
  const fields = new Map(Object.entries(value).map(([key, child]) => [key, patchOf(child)]));
  return { kind: 'object', fresh: false, fields };
}

/** Both patches as one: first the lower, then the upper. */
export function combine(lower: Patch, upper: Patch): Patch {
  if (upper.kind === 'leaf' || upper.fresh) return upper;
  if (lower.kind === 'leaf') return { ...upper, fresh: true };
  const fields = new Map(lower.fields);
  for (const [key, patch] of upper.fields) {
    const below = fields.get(key);
    fields.set(key, below === undefined ? patch : combine(below, patch));
  }
  return { kind: 'object', fresh: lower.fresh, fields };
}

/** The value that a patch leaves of nothing; undefined when it deletes everything. */
export function render(patch: Patch): Json | undefined {
  if (patch.kind === 'leaf') return patch.value === null ? undefined : patch.value;
  const entries: [string, Json][] = [];
  for (const [key, child] of patch.fields) {
    const value = render(child);
    if (value !== undefined) entries.push([key, value]);
  }
  // fromEntries defines own properties, so that a key named __proto__ stays an ordinary key.
  return Object.fromEntries(entries);
}

/** The values of layers, lowest first, as one value. */
export function merge(...values: readonly Json[]): Json {
  return render(values.map(patchOf).reduce(combine, identity)) ?? {};
}

/** Whether a value is an object, not a list. */
export function isObject(value: unknown): value is { readonly [key: string]: Json } {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
