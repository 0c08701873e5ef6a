/** Folders for tests, all removed when the test process ends. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];

process.on('exit', () => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** A new, empty folder. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'phx-test-'));
  made.push(folder);
  return folder;
}
