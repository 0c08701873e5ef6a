/**
 * How far the time of the twins behind ssh, and of phx in front of them, is ahead of ours: by what was waited for and did
 * not have to be. One file for all that belong together says so, in milliseconds.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** The time there. */
export function clockOf(file) {
  let ahead = 0;
  return () => {
    // Half of it, while it is written, is less.
    if (existsSync(file)) ahead = Math.max(ahead, Number(readFileSync(file, 'utf8')));
    return Date.now() + ahead;
  };
}

/** Waits a tenth as long, after which all of it has passed there. */
export async function waitShorter(file, ms, signal) {
  const clock = clockOf(file);
  const until = clock() + ms;
  await wait(ms / 10, undefined, { signal });
  if (until > clock()) writeFileSync(file, String(until - Date.now()));
}
