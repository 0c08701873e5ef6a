/** The one judge on an opened project, for commands that look. */

import { Examiner } from '../core/examine.ts';
import type { Facts } from '../proxmox/facts.ts';
import { digestFile } from './engine.ts';
import type { Io } from './io.ts';
import type { Opened } from './open.ts';

export function examinerOf(io: Io, opened: Opened): Examiner<Facts> {
  return new Examiner({ ...opened, digestFile, env: (name) => io.env[name], forced: new Set() });
}
