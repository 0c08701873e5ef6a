/** A command as a person reads it: as it could be typed, but a script that goes along only named. Pure. */

import { printArgv } from '../core/error.ts';
import { guestScriptArgv } from '../proxmox/guest-script.ts';
import { replaceConfScript, replaceVmConfScript } from '../proxmox/raw-lines.ts';

export function commandWords(whole: readonly string[]): string {
  const argv = withoutDigest(whole);
  const own = argv.findIndex((word) => word === replaceConfScript || word === replaceVmConfScript);
  if (own >= 0) return `${printArgv(argv.slice(0, own))} (its script) ${printArgv(argv.slice(own + 1))}`;
  const tail = argv.slice(-guestScriptArgv.length);
  const script = tail.length > 0 && tail.every((word, at) => word === guestScriptArgv[at]);
  return script ? `${printArgv(argv.slice(0, -guestScriptArgv.length))} (its script)` : printArgv(argv);
}

/** A digest is for Proxmox: it says nothing to a person, and would be wrong in what they type. */
function withoutDigest(argv: readonly string[]): readonly string[] {
  const at = /^(pct|qm) (set|resize) /.test(argv.join(' ')) ? argv.indexOf('--digest') : -1;
  return at < 0 ? argv : [...argv.slice(0, at), ...argv.slice(at + 2)];
}
