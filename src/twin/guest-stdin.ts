/** The few shell scripts that put standard input into a file of a guest, and run a program with it. It runs nothing itself. */

import { dirOf, exists, makeDirs, normalPath, putFile, removeTree } from './files.ts';
import type { GuestTree } from './state.ts';

const keeping = /^(?:umask (\d+); )?(?:mkdir -p (\S+) && )?cat >(>?)(\/\S+)$/;
const reading = /^exec <(\/\S+) && rm -f \1 && exec "\$@"$/;

/** `cat >FILE`, `cat >>FILE`, with `umask` and `mkdir -p` before it; what went wrong, or undefined when it is none. */
export function keepsInput(tree: GuestTree, script: string, stdin: string): { problem?: string } | undefined {
  const [, umask = '022', folder, more, path = ''] = keeping.exec(script) ?? [];
  if (path === '') return undefined;
  const mask = Number.parseInt(umask, 8);
  if (folder !== undefined) makeDirs(tree.files, normalPath(folder, '/'), 0o777 & ~mask);
  const at = normalPath(path, '/');
  if (!exists(tree.files, dirOf(at)))
    return { problem: `sh: 1: cannot create ${path}: Directory nonexistent\n` };
  const before = tree.files[at];
  const text = more === '>' ? `${before?.text ?? ''}${stdin}` : stdin;
  putFile(tree.files, at, text, before ? undefined : 0o666 & ~mask);
  return {};
}

/** `exec <FILE && rm -f FILE && exec "$@"`: the text that the program is to read; a file that is not there is told. */
export function readsInput(tree: GuestTree, script: string): { text?: string; problem?: string } | undefined {
  const path = reading.exec(script)?.[1];
  if (path === undefined) return undefined;
  const at = normalPath(path, '/');
  const entry = tree.files[at];
  if (entry && !entry.dir) {
    removeTree(tree.files, at);
    return { text: entry.text };
  }
  return { problem: `sh: 1: cannot open ${path}: No such file\n` };
}
