/**
 * While no connection comes through, a command that was started detached goes on: somebody else is asked for a word of it, for
 * the log alone. What counts is still what is seen over ssh afterwards. It knows no API.
 */

import type { Command } from '../../core/host.ts';
import type { Ask } from './detached.ts';

export interface Meanwhile {
  /** A line of what is known by another way; undefined where that tells nothing. Never rejects. */
  readonly tell: (command: Command) => Promise<string | undefined>;
  /** Ends early, by rejecting, when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A question is answered within a second while there is a connection; milliseconds. */
const patience = 15_000;

/** The same questions; while one of them waits for its answer the command's log gets what is new by the other way. */
export function tellingMeanwhile(ask: Ask, command: Command, { tell, sleep }: Meanwhile): Ask {
  let said: string | undefined;
  const listen = async (ended: AbortSignal) => {
    while (!ended.aborted) {
      await sleep(patience, ended);
      const word = await tell(command);
      if (word === undefined || word === said || ended.aborted) continue;
      said = word;
      command.onLine?.('stderr', word);
    }
  };
  return async (script, ...words) => {
    const ended = new AbortController();
    listen(ended.signal).catch(() => {});
    try {
      return await ask(script, ...words);
    } finally {
      ended.abort();
    }
  };
}
