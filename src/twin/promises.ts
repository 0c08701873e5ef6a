/**
 * What a script of a project promises to leave on the node (`PHX_PROVIDES`): the twin cannot know what a script does, so
 * it takes the promise for done. It runs nothing.
 */

import { dirOf, exists, makeDirs, normalPath, putFile } from './files.ts';
import type { TwinState } from './state.ts';
import { shortName } from './units.ts';

/** `promised`: `file:/path`, `unit:name` and `package:name`, separated by blanks. */
export function keepPromises(state: TwinState, promised: string): void {
  for (const word of promised.split(/\s+/)) {
    const [, kind, name = ''] = /^(file|unit|package):(.+)$/.exec(word) ?? [];
    if (kind === 'package') state.packages[name] ??= '1.0-1';
    else if (kind === 'unit') state.units[shortName(name)] = { active: true, enabled: true };
    else if (kind === 'file' && !exists(state.files, normalPath(name, '/'))) {
      makeDirs(state.files, dirOf(normalPath(name, '/')));
      putFile(state.files, normalPath(name, '/'), '');
    }
  }
}
