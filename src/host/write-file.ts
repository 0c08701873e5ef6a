/** Writes a file at once or not at all: a temporary one beside it that takes its place. It knows no particular file. */

import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import writeFileAtomic from 'write-file-atomic';

type Write = (path: string, text: string, options: { readonly mode: number }) => Promise<void>;

/**
 * Some file systems have modes and owners of their own and refuse to set any, such as that of a cluster (B117): there
 * the text is written without them. A file that only its owner may read is never written any other way.
 */
export async function writeWhole(
  path: string,
  text: string,
  mode: number,
  write: Write = writeFileAtomic,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  try {
    await write(path, text, { mode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM' || (mode & 0o077) === 0) throw error;
    const beside = `${path}.tmp.phx`;
    try {
      await writeFile(beside, text);
      await rename(beside, path);
    } catch (second) {
      // An immutable file says EPERM, too: nothing of ours stays beside it.
      await rm(beside, { force: true });
      throw second;
    }
  }
}
