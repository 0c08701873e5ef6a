/** A command as a person reads it: as it could be typed, but a script that went in by standard input only named. Pure. */

import { printArgv } from '../core/error.ts';
import { guestScriptArgv } from '../proxmox/guest-script.ts';

export function commandWords(argv: readonly string[]): string {
  const tail = argv.slice(-guestScriptArgv.length);
  const script = tail.length > 0 && tail.every((word, at) => word === guestScriptArgv[at]);
  return script ? `${printArgv(argv.slice(0, -guestScriptArgv.length))} (its script)` : printArgv(argv);
}
