/**
 * What a guest's own file has to say so that, laid over what is beneath it, the result is what was read: values that are
 * the same there are left out, and what is there and not in the guest is taken away. Pure.
 */

import { type Fields, isObject } from '../config/layer.ts';
import type { Json } from '../core/json.ts';

/** What a file beneath says of how a guest is kept, not of what it is: that holds for this one, too. */
const inherited = [
  ...['id', 'kind', 'drift', 'ignore', 'restart', 'rollback', 'safety'],
  ...['node', 'place', 'migrate', 'ha', 'exports', 'pins'],
];

/** What has to be a list, and so cannot be taken away: it is emptied. */
const emptied = ['layers', 'dependencies', 'gpus'];

/** `whole`: what is the same beneath is said again, so that a complaint about it has its place in this file. */
export function differenceTo(
  beneath: Fields,
  wanted: ReadonlyMap<string, Json>,
  whole = false,
): Map<string, Json> {
  const own = new Map<string, Json>();
  for (const [key, value] of wanted) {
    const said = over(beneath[key], value, whole);
    if (said !== undefined) own.set(key, said);
  }
  for (const [key, value] of Object.entries(beneath)) {
    if (wanted.has(key) || inherited.includes(key) || value === null) continue;
    if (!emptied.includes(key)) own.set(key, null);
    else if (Array.isArray(value) && value.length > 0) own.set(key, []);
  }
  return own;
}

/** What has to be said over a value to make it the other; undefined: nothing. */
function over(beneath: Json | undefined, wanted: Json, whole: boolean): Json | undefined {
  if (beneath === undefined) return wanted;
  if (!isObject(beneath) || !isObject(wanted))
    return !whole && JSON.stringify(beneath) === JSON.stringify(wanted) ? undefined : wanted;
  const said: Record<string, Json> = {};
  for (const [key, value] of Object.entries(wanted)) {
    const part = over(beneath[key], value, whole);
    if (part !== undefined) said[key] = part;
  }
  for (const key of Object.keys(beneath)) if (!Object.hasOwn(wanted, key)) said[key] = null;
  return Object.keys(said).length === 0 ? undefined : said;
}
