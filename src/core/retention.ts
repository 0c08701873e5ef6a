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

/** Removes what is older than that `among` these; names sort by age. What cannot be removed stays. */
export function keepNewest(
  folder: string,
  { count, bytes }: Retention,
  among: (name: string) => boolean = () => true,
): void {
  let left = count;
  let room = bytes;
  for (const name of namesIn(folder).filter(among).reverse()) {
    const path = join(folder, name);
    const size = sizeOf(path);
    const stays = left > 0 && (room >= size || left === count);
    left--;
    room -= size;
    if (!stays) removeWherePossible(path);
  }
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
