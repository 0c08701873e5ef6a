/**
 * Commands that go on when phx dies or the connection does: started on the node in a session of their own, output and exit
 * code in files there, and followed by short questions that can be asked again. The files are those of `../detached.ts`.
 */

import type { Command, Outcome } from '../../core/host.ts';
import { Lines } from '../lines.ts';

/** Starts the words after the folder `$1`; done twice it starts nothing. Clears what ended an hour ago and nobody follows. */
export const startScript = `set -eu
umask 077
files=$1
shift
mkdir -p -- "\${files%/*}"
find "\${files%/*}" -mindepth 2 -maxdepth 2 -name exit -mmin +60 2>/dev/null | while read -r old; do rm -rf -- "\${old%/exit}"; done
mkdir -- "$files" 2>/dev/null || exit 0
PHX_EXIT=$files/exit setsid sh -c '"$@"; echo $? >"$PHX_EXIT.new"; mv "$PHX_EXIT.new" "$PHX_EXIT"' sh "$@" </dev/null >"$files/out" 2>"$files/err" &
echo $! >"$files/group.new"
mv "$files/group.new" "$files/group"`;

/**
 * What is new behind so many bytes of output and errors, after a second at most when there is nothing: a line with the
 * number of bytes of each and the exit code, or `-`, then the bytes. One that is only about to start has no group yet.
 */
export const followScript = `files=$1
for i in 1 2 3 4 5 6 7 8 9 10; do
  exit=-
  if [ -e "$files/exit" ]; then exit=$(cat "$files/exit")
  elif [ -e "$files/group" ] && ! grep -qs '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$(cat "$files/group")/status" && [ ! -e "$files/exit" ]; then exit=137
  fi
  out=$(($(cat "$files/out" 2>/dev/null | wc -c) - $2))
  err=$(($(cat "$files/err" 2>/dev/null | wc -c) - $3))
  if [ "$out" -gt 0 ] || [ "$err" -gt 0 ] || [ "$exit" != - ]; then break; fi
  sleep 0.1
done
echo "$out $err $exit"
tail -c "+$(($2 + 1))" "$files/out" | head -c "$out"
tail -c "+$(($3 + 1))" "$files/err" | head -c "$err"`;

/** Sends a signal `$2` to the group of the command whose folder is `$1`. */
export const endScript = 'kill -s "$2" -- "-$(cat "$1/group")" 2>/dev/null || true';

export const removeFilesScript = 'rm -rf -- "$1"';

/** Asks the node one of these questions; each may be asked again. */
export type Ask = (script: string, ...words: string[]) => Promise<Buffer>;

export interface DetachedSetup {
  /** Folder of this command on the node, which does not exist yet. */
  readonly files: string;
  readonly clock: () => number;
  readonly ask: Ask;
}

export async function runDetached(command: Command, { files, clock, ask }: DetachedSetup): Promise<Outcome> {
  const started = clock();
  const streams = { stdout: new Growing(), stderr: new Growing() };
  let ended: Outcome['ended'];
  let endedAt = 0;
  let signal: 'TERM' | 'KILL' | undefined;
  await ask(startScript, files, ...command.argv);
  for (;;) {
    const answer = await ask(followScript, files, String(streams.stdout.bytes), String(streams.stderr.bytes));
    const line = answer.indexOf('\n');
    const [out = '0', err = '0', exit = '-'] = answer.subarray(0, line).toString().split(' ');
    const body = answer.subarray(line + 1);
    const pieces = {
      stdout: body.subarray(0, Number(out)),
      stderr: body.subarray(Number(out), Number(out) + Number(err)),
    };
    for (const stream of ['stdout', 'stderr'] as const)
      for (const text of streams[stream].take(pieces[stream], exit !== '-')) command.onLine?.(stream, text);
    if (exit !== '-') {
      // Whoever of the group did not listen to the first signal.
      if (ended) await ask(endScript, files, 'KILL');
      await ask(removeFilesScript, files);
      const code = ended === 'deadline' ? 124 : ended === 'aborted' ? 130 : Number(exit);
      const texts = { stdout: streams.stdout.text, stderr: streams.stderr.text };
      return { exit: code, ...texts, ms: clock() - started, ...(ended ? { ended } : {}) };
    }
    if (command.signal?.aborted) ended ??= 'aborted';
    if (command.deadline !== undefined && clock() - started > command.deadline) ended ??= 'deadline';
    if (ended && signal === undefined) {
      signal = 'TERM';
      endedAt = clock();
      await ask(endScript, files, signal);
    } else if (signal === 'TERM' && clock() - endedAt > 3000) {
      signal = 'KILL';
      await ask(endScript, files, signal);
    }
  }
}

/** What a file on the node says so far. */
class Growing {
  readonly #lines = new Lines();
  readonly #pieces: Buffer[] = [];
  bytes = 0;

  /** Complete lines that are new; at the end also one without a line feed. */
  take(piece: Buffer, last: boolean): string[] {
    this.bytes += piece.length;
    this.#pieces.push(piece);
    return [...this.#lines.take(piece), ...(last ? this.#lines.rest() : [])];
  }

  get text(): string {
    return Buffer.concat(this.#pieces).toString();
  }
}
