/**
 * Writes a whole configuration at once: it is made beside the present one and takes its place by one rename, so that there
 * is never half of it. The former one is kept under another name.
 */

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PhxError, whyOf } from '../core/error.ts';

/** What writing came to. */
export interface Written {
  /** Where the former configuration lies now. */
  readonly former?: string;
  /** Files that were there already, outside of config/, and stayed. */
  readonly left: readonly string[];
}

/** `files`: paths from the project's folder; those below config/ replace what is there, others only fill gaps. */
export function writeTree(root: string, files: ReadonlyMap<string, string>): Written {
  const config = join(root, 'config');
  const draft = join(root, 'config.phx-new');
  const made: string[] = [];
  const left: string[] = [];
  try {
    rmSync(draft, { recursive: true, force: true });
    for (const [path, text] of files) {
      const isConfig = path.startsWith('config/');
      const place = isConfig ? join(draft, path.slice('config/'.length)) : join(root, path);
      if (!isConfig && existsSync(place)) {
        left.push(path);
        continue;
      }
      mkdirSync(dirname(place), { recursive: true });
      if (!isConfig) made.push(place);
      writeFileSync(place, text);
    }
    const former = makeWay(config);
    try {
      renameSync(draft, config);
    } catch (error) {
      if (former !== undefined) renameSync(former, config);
      throw error;
    }
    return { left, ...(former === undefined ? {} : { former }) };
  } catch (error) {
    for (const path of [draft, ...made]) takeBack(path);
    throw new PhxError('usage', {
      title: 'The configuration cannot be written',
      facts: [
        ['folder', root],
        ['why', whyOf(error)],
      ],
      hint: 'Nothing was changed. Name a folder that is yours: --to <folder>.',
    });
  }
}

/** What was begun goes; that it cannot is not what went wrong. */
function takeBack(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Nothing is there, or nothing can be done.
  }
}

/** An empty folder goes; a full one gets a name that is free. */
function makeWay(config: string): string | undefined {
  if (!existsSync(config)) return undefined;
  if (readdirSync(config).length === 0) {
    rmSync(config, { recursive: true });
    return undefined;
  }
  let former = `${config}.before-import`;
  for (let n = 2; existsSync(former); n++) former = `${config}.before-import-${n}`;
  renameSync(config, former);
  return former;
}
