/**
 * Check scripts on the twin: none is run; one that says what it needs is answered by that, as far as the twin knows. It
 * knows no guest.
 */

import { parseCheckScript } from '../proxmox/check-script.ts';
import type { Call } from './call.ts';

/** Answers a script that says what it needs; false where it does not. `ask`: empty means no. */
export function answerCheck(call: Call, args: readonly string[], ask: (question: string) => string): boolean {
  const needs = parseCheckScript(call.stdin, args[0] === '--' ? args.slice(1) : args);
  if (!needs) return false;
  const missing = needs.filter((question) => ask(question) === '');
  if (missing.length === 0) {
    call.out(`not run on the twin; there is all that it needs: ${needs.join(', ') || 'nothing'}\n`);
  } else {
    call.err(`not run on the twin; what it needs is not there: ${missing.join(', ')}\n`);
    call.exit(1);
  }
  return true;
}
