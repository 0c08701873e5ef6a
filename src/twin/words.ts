/** Reading the arguments of small Unix programs. It knows no program. */

import type { Call } from './call.ts';

/** Says something on standard error and sets the exit code. */
export function fail(call: Call, text: string, exit = 1): undefined {
  call.err(`${text}\n`);
  call.exit(exit);
  return undefined;
}

/** Splits options from operands; `takes` are the options with a value. */
export function words(
  call: Call,
  takes: readonly string[] = [],
): { flags: string[]; operands: string[]; value: Map<string, string> } {
  const flags: string[] = [];
  const operands: string[] = [];
  const value = new Map<string, string>();
  let only = false;
  for (let at = 0; at < call.args.length; at++) {
    const arg = call.args[at] ?? '';
    if (only || !arg.startsWith('-') || arg === '-') operands.push(arg);
    else if (arg === '--') only = true;
    else if (takes.includes(arg)) value.set(arg, call.args[++at] ?? '');
    else flags.push(arg);
  }
  return { flags, operands, value };
}
