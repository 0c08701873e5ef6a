/**
 * The head of a check script: what it needs to hold, in the words of the guest probe (`guest-probe.ts`), so that whoever
 * cannot run it (the twin) can still answer. A shell sees comments. Pure.
 *
 *   # phx-check 1
 *   # needs unit:docker
 *   # needs port:$1        ($1 … $9 are the script's arguments)
 */

/** A line of the head, within the first lines of the script. */
const mark = /^# phx-check 1$/m;

/** The questions that must have an answer; undefined where the script says nothing of itself. */
export function parseCheckScript(text: string, args: readonly string[]): string[] | undefined {
  const head = text.slice(0, text.search(/^[^#\n]/m) < 0 ? text.length : text.search(/^[^#\n]/m));
  if (!mark.test(head)) return undefined;
  return [...head.matchAll(/^# needs (\S+)$/gm)].map(([, question = '']) =>
    question.replace(/\$([1-9])/g, (_, place: string) => args[Number(place) - 1] ?? ''),
  );
}
