/**
 * Texts that no command line and no file of a node can carry: those with a NUL character, wherever they stand. It knows no
 * schema.
 */
import type { Json } from '../../core/json.ts';
import type { Path } from '../path.ts';

/** The places of such texts; of a name that has one, what it names. */
export function uncarried(value: Json, path: Path = []): Path[] {
  if (typeof value === 'string') return value.includes('\0') ? [path] : [];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const below = [...path, Array.isArray(value) ? Number(key) : key];
    return key.includes('\0') ? [below] : uncarried(child as Json, below);
  });
}
