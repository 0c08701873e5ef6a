/** Writes a file that a person asked for, wherever they stand; what is in the way is told as one clear error. */

import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PhxError, whyOf } from '../core/error.ts';
import type { Io } from './io.ts';

export function writeText(io: Io, file: string, text: string): void {
  const path = resolve(io.cwd, file);
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new PhxError('usage', {
      title: `${file} cannot be written`,
      facts: [
        ['file', path],
        ['why', whyOf(error)],
      ],
      hint: 'Name a file in a folder that exists and is yours.',
    });
  }
  io.err.write(`written: ${path}\n`);
}
