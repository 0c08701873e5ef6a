/**
 * How a command travels: a fixed script goes through the node's login shell, the words of the command come on standard input
 * and are quoted once, for `sh`. What the script says of the command (its process, its exit code) comes back on standard
 * error between marks, so that an exit code of ssh itself is never taken for one of the command. Builds and parses text only.
 */

import { shellWord } from '../../core/quote.ts';

/** `$1` is the mark, `$2` how many bytes of the input are words; the rest of it is the command's own. */
const script = [
  'exec 3<&0',
  'eval "set -- \\"$1\\" $(head -c "$2" <&3)"',
  'mark=$1',
  'shift',
  '"$@" <&3 3<&- &',
  'p=$!',
  'echo "$mark process $p" >&2',
  // A shell says of a child that was killed that it was.
  'wait $p 2>/dev/null',
  'echo "$mark exit $?" >&2',
].join('\n');

/** Text for the login shell, and what goes before the command's own standard input. */
export interface Envelope {
  readonly command: string;
  readonly head: string;
}

/** `mark` is a word of letters and digits that nothing else says. The command leads a process group of its own. */
export function seal(argv: readonly string[], env: Readonly<Record<string, string>>, mark: string): Envelope {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const head = ['setsid', 'env', '-i', ...variables, ...argv].map(shellWord).join(' ');
  return { command: `exec sh -c ${shellWord(script)} sh ${mark} ${Buffer.byteLength(head)}`, head };
}

/** What came back on standard error, told apart. */
export interface Opened {
  /** The command's own. */
  readonly stderr: string;
  /** Leader of its process group; undefined where it was not told of. */
  readonly process?: number;
  /** Its exit code; undefined where it was not told of: nobody knows then how it ended. */
  readonly exit?: number;
}

export function open(stderr: string, mark: string): Opened {
  const found: { process?: number; exit?: number } = {};
  const own = stderr.replace(new RegExp(`${mark} (process|exit) (\\d+)\\n`, 'g'), (_, what, number) => {
    found[what as 'process' | 'exit'] = Number(number);
    return '';
  });
  return { stderr: own, ...found };
}

/** Ends the process group that a command leads. */
export function endGroup(process: number, signal: 'TERM' | 'KILL'): string {
  return `kill -s ${signal} -- -${process} 2>/dev/null; true`;
}

/** Succeeds once the script with this mark runs no more; it looks for so many seconds. */
export function untilGone(mark: string, seconds: number): string {
  // The brackets keep the question itself from being found.
  const pattern = `[${mark[0]}]${mark.slice(1)}`;
  const look = `for i in $(seq ${seconds * 2}); do grep -qsa -- '${pattern}' /proc/[0-9]*/cmdline || exit 0; sleep 0.5; done; exit 1`;
  return `exec sh -c ${shellWord(look)}`;
}
