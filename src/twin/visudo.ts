/** `visudo -c`: built from the manuals of sudo; nothing was recorded. */

import { type Call, type Program, refuse } from './call.ts';
import { isFile, namesIn } from './files.ts';
import { nodeFile } from './node-files.ts';
import { packaged } from './packaged.ts';

const user = String.raw`(?:[%#+]{0,2}[A-Za-z_][\w.@\\-]*|ALL|#\d+)`;
const users = String.raw`!?${user}(?:\s*,\s*!?${user})*`;
const host = String.raw`!?[\w.*/:+-]+(?:\s*,\s*!?[\w.*/:+-]+)*`;
const runas = String.raw`(?:\(\s*[\w\s,%#!+-]*(?::\s*[\w\s,%#!+-]+)?\)\s*)?`;
const tags = String.raw`(?:(?:NO)?(?:PASSWD|EXEC|SETENV|LOG_INPUT|LOG_OUTPUT|MAIL|FOLLOW|INTERCEPT)\s*:\s*)*`;
const command = String.raw`!?(?:/[^\s,:=]\S*(?:\s+[^,]+?)?|ALL|[A-Z][A-Z0-9_]*|sudoedit\s+\S+)`;
const spec = `${runas}${tags}${command}`;
const rule = new RegExp(
  String.raw`^${users}\s+${host}\s*=\s*${spec}(?:\s*,\s*${spec})*(?:\s*:\s*${host}\s*=\s*${spec}(?:\s*,\s*${spec})*)*$`,
);
const others = [
  /^Defaults(?:[@:!>]\s*\S+)?\s+\S.*$/,
  /^(?:User|Runas|Host|Cmnd|Cmd)_Alias\s+[A-Z][A-Z0-9_]*\s*=\s*\S.*$/,
  /^[@#]include(?:dir)?\s+\S+$/,
];

/** Number of the first line that is none of sudoers' kinds, counted from 1; undefined when all are good. */
export function badSudoersLine(text: string): number | undefined {
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at++) {
    let line = lines[at] ?? '';
    while (line.endsWith('\\') && at + 1 < lines.length) line = `${line.slice(0, -1)} ${lines[++at]}`;
    const isInclude = /^\s*#include/.test(line);
    const bare = (isInclude ? line : line.replace(/(^|\s)#(?!\d).*$/, '')).trim();
    if (bare === '' || rule.test(bare) || others.some((pattern) => pattern.test(bare))) continue;
    return at + 1;
  }
  return undefined;
}

export const visudo: Program = packaged(['sudo', 'sudo-ldap'], (call: Call) => {
  const joined = call.args.find((arg) => /^--file=/.test(arg))?.slice(7);
  const at = call.args.findIndex((arg) => /^-[a-z]*f$|^--file$/.test(arg));
  const file = joined ?? (at < 0 ? undefined : call.args[at + 1]) ?? '/etc/sudoers';
  const check = call.args.some((arg) => /^-[a-z]*c/.test(arg) || arg === '--check');
  if (!check) refuse('visudo: no terminal to edit on', 1);
  const quiet = call.args.some((arg) => /^-[a-z]*q/.test(arg) || arg === '--quiet');
  const checked = [file];
  if (file === '/etc/sudoers')
    for (const name of namesIn(call.state.files, '/etc/sudoers.d'))
      if (!/[.~]/.test(name) && isFile(call.state.files, `/etc/sudoers.d/${name}`))
        checked.push(`/etc/sudoers.d/${name}`);
  for (const path of checked) {
    const text = nodeFile(call.state, path);
    if (text === undefined) refuse(`visudo: unable to open ${path}: No such file or directory`, 1);
    const line = badSudoersLine(text);
    if (line === undefined) continue;
    if (!quiet) {
      const shown = text.split('\n')[line - 1] ?? '';
      call.err(
        `${path}:${line}:${shown.length + 1}: syntax error\n${shown}\n>>> ${path}: syntax error near line ${line} <<<\n`,
      );
    }
    call.exit(1);
    return undefined;
  }
  if (!quiet) for (const path of checked) call.out(`${path}: parsed OK\n`);
  return undefined;
});
