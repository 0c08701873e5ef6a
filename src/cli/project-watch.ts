/** Tells when files of a project change: its configuration, templates and phoenixfile. It reads none of them. */

import { existsSync, type FSWatcher, watch } from 'node:fs';
import { basename, join } from 'node:path';

/** Editors write a file in several steps, and several files one after the other. */
const settles = 150;

export interface Watching {
  close(): void;
}

/** Calls `changed` after each burst of changes, with the paths from the project's folder that were seen. */
export function watchProject(
  root: string,
  phoenixfile: string,
  changed: (paths: readonly string[]) => void,
): Watching {
  const seen = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const note = (path: string) => {
    seen.add(path);
    clearTimeout(timer);
    timer = setTimeout(() => {
      const paths = [...seen].sort();
      seen.clear();
      changed(paths);
    }, settles);
  };
  const watchers: FSWatcher[] = ['config', 'templates']
    .filter((folder) => existsSync(join(root, folder)))
    .map((folder) =>
      watch(join(root, folder), { recursive: true }, (_, name) => {
        if (name !== null && !isScratch(name)) note(join(folder, name));
      }),
    );
  const own = basename(phoenixfile);
  watchers.push(
    watch(root, (_, name) => {
      if (name === own) note(own);
    }),
  );
  return {
    close: () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}

/** What editors put beside a file while it is open. */
function isScratch(name: string): boolean {
  const file = basename(name);
  return /^\.|~$|^#|^4913$|\.sw[a-z]$/.test(file) || name.startsWith('schema/');
}
