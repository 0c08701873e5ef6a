/** How much of the past is kept in a folder: the newest entries, by their names, up to a count and a size. */

import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface Retention {
  readonly count: number;
  /** Bytes of all of them together; the newest one stays however large it is. */
  readonly bytes: number;
}

/** Fifty runs, which is weeks of work; a large fleet's runs are large, and a disk is not filled by history. */
export const retention: Retention = { count: 50, bytes: 64 * 1024 * 1024 };

/** What is older than that; `sizes` in bytes by name, in any order; names sort by age. */
export function surplus(sizes: ReadonlyMap<string, number>, { count, bytes }: Retention): string[] {
  let left = count;
  let room = bytes;
  return [...sizes.keys()]
    .sort()
    .reverse()
    .filter((name) => {
      const size = sizes.get(name) ?? 0;
      const stays = left > 0 && (room >= size || left === count);
      left--;
      room -= size;
      return !stays;
    });
}

/** Removes what is older than that `among` these; names sort by age. What cannot be removed stays. */
export function keepNewest(
  folder: string,
  kept: Retention,
  among: (name: string) => boolean = () => true,
): void {
  const names = namesIn(folder).filter(among);
  const sizes = new Map(names.map((name) => [name, sizeOf(join(folder, name))]));
  for (const name of surplus(sizes, kept)) removeWherePossible(join(folder, name));
}

/** Names in a folder, oldest first; none where there is no folder. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function removeWherePossible(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    return;
  }
}

/** Bytes of a file, or of the files in a folder; 0 of what went away meanwhile. */
function sizeOf(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isDirectory()) return found?.size ?? 0;
  return namesIn(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
