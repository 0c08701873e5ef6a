/** `flock`, and the one script that phx puts a guest's conf in place with. */

import { sha1 } from '../core/digest.ts';
import { replaceConfScript, replaceVmConfScript } from '../proxmox/raw-lines.ts';
import type { Call } from './call.ts';
import { nodeFile, writeNodeFile } from './node-files.ts';

/** What `flock [options] FILE command …` is asked: the file, for how many milliseconds it waits, the command. */
export function flocked(args: readonly string[]): { path: string; wait: number; argv: readonly string[] } {
  let at = 0;
  let wait = Number.POSITIVE_INFINITY;
  for (; /^-/.test(args[at] ?? ''); at++) {
    const option = args[at] ?? '';
    if (/^(-n|--nonblock)$/.test(option)) wait = 0;
    if (/^(-w|-E|--timeout|--wait)$/.test(option)) at++;
    if (/^(-w|--timeout|--wait)$/.test(option)) wait = Number(args[at]) * 1000;
  }
  return { path: args[at] ?? '', wait, argv: args.slice(at + 1) };
}

/** Whether `sh -c` is given that script. */
export function isReplaceConf(args: readonly string[]): boolean {
  return args[0] === '-c' && (args[1] === replaceConfScript || args[1] === replaceVmConfScript);
}

/** What the script does: a conf that is no longer the one it was made from stays. */
export function replaceConf(call: Call): undefined {
  const [, script, , id = '', digest = '', file = ''] = call.args;
  const conf = `/etc/pve/${script === replaceVmConfScript ? 'qemu-server' : 'lxc'}/${id}.conf`;
  const [before, text] = [nodeFile(call.state, conf), nodeFile(call.state, file)];
  if (before === undefined || sha1(before) !== digest) {
    call.err('detected modified configuration - file changed by other user? Try again.\n');
    call.exit(1);
  } else if (text === undefined) {
    call.err(`cat: ${file}: No such file or directory\n`);
    call.exit(1);
  } else writeNodeFile(call.state, conf, text);
}
