/**
 * Which journals of this machine stand in a database as they are: a file a database, a line a run. Where the file is lost they
 * are sent up once more, and nothing is doubled.
 */

import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export class Sent {
  readonly #path: string;
  readonly #runs: Set<string>;

  /** `id` is that of the database. */
  constructor(folder: string, id: string) {
    this.#path = join(folder, `${id}.sent`);
    this.#runs = new Set(linesOf(this.#path));
  }

  has(run: string): boolean {
    return this.#runs.has(run);
  }

  /** A note that cannot be written costs only that the run is sent up again. */
  add(run: string): void {
    this.#runs.add(run);
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      appendFileSync(this.#path, `${run}\n`, { mode: 0o600 });
    } catch {
      return;
    }
  }

  /** Forgets runs that have no journal here any more. */
  keep(present: readonly string[]): void {
    const gone = [...this.#runs].filter((run) => !present.includes(run));
    if (gone.length === 0) return;
    for (const run of gone) this.#runs.delete(run);
    try {
      const draft = `${this.#path}.new`;
      writeFileSync(draft, [...this.#runs].map((run) => `${run}\n`).join(''), { mode: 0o600 });
      renameSync(draft, this.#path);
    } catch {
      return;
    }
  }
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch {
    return [];
  }
}
