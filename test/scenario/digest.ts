/** The digest of files, to know whether what was made of them is still what would be made now. */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Digest of the names and contents of files and whole folders. */
export function digestOf(paths: readonly string[]): string {
  const hash = createHash('sha256');
  const take = (path: string): void => {
    if (statSync(path).isDirectory()) for (const name of readdirSync(path).sort()) take(join(path, name));
    else hash.update(`${path}\0`).update(readFileSync(path)).update('\0');
  };
  for (const path of paths) take(path);
  return hash.digest('hex');
}
