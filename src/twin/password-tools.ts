/** Passwords of Linux users (chpasswd, passwd), from the manuals of shadow-utils; hashes are the twin's own. */

import { findRow, passwdFile, rows } from './accounts.ts';
import { type Call, type Program, refuse } from './call.ts';
import { given, has } from './group-tools.ts';
import { passwordHash, setShadow } from './realms.ts';

/** A locked password has a `!` before its hash. */
export function lock(call: Call, name: string, on: boolean, off: boolean): void {
  const hash = findRow(call.state, '/etc/shadow', name)?.[1] ?? '!';
  if (on && !hash.startsWith('!')) setShadow(call, name, `!${hash}`);
  if (off && hash.length > 1) setShadow(call, name, hash.replace(/^!/, ''));
}

/** `name:password` lines; with `-e` they are hashes, and one mistake lets nothing change. */
const chpasswd: Program = (call) => {
  const hashed = call.args.includes('-e') || call.args.includes('--encrypted');
  const lines = call.stdin.split('\n').filter((line) => line !== '');
  const wrong = lines.flatMap((line, at) => {
    const name = line.split(':')[0] ?? '';
    if (!line.includes(':')) return [`chpasswd: line ${at + 1}: missing new password`];
    if (rows(call.state, passwdFile).some((row) => row[0] === name)) return [];
    return hashed
      ? [`chpasswd: line ${at + 1}: user '${name}' does not exist`]
      : [
          `chpasswd: (user ${name}) pam_chauthtok() failed, error:\nAuthentication token manipulation error\nchpasswd: (line ${at + 1}, user ${name}) password not changed`,
        ];
  });
  if (wrong.length > 0 && hashed) refuse(`${wrong.join('\n')}\nchpasswd: error detected, changes ignored`, 1);
  for (const line of lines) {
    const at = line.indexOf(':');
    const name = line.slice(0, at);
    if (at < 0 || !rows(call.state, passwdFile).some((row) => row[0] === name)) continue;
    setShadow(call, name, hashed ? line.slice(at + 1) : passwordHash(line.slice(at + 1)));
  }
  if (wrong.length > 0) refuse(wrong.join('\n'), 1);
  return undefined;
};

/** `passwd -S`, `-l`, `-u` and `-d`; without an option two lines on standard input. */
const passwd: Program = (call) => {
  const wish = given(call);
  const name = wish.name === '' ? 'root' : wish.name;
  if (!rows(call.state, passwdFile).some((row) => row[0] === name))
    refuse(`passwd: user '${name}' does not exist`, 1);
  if (has(wish, '-S', '--status')) {
    const hash = findRow(call.state, '/etc/shadow', name)?.[1] ?? '!';
    const status = hash === '' ? 'NP' : /^[!*]/.test(hash) ? 'L' : 'P';
    call.out(`${name} ${status} 2023-12-09 0 99999 7 -1\n`);
  } else if (has(wish, '-d', '--delete')) setShadow(call, name, '');
  else if (has(wish, '-l', '--lock') || has(wish, '-u', '--unlock'))
    lock(call, name, has(wish, '-l', '--lock'), has(wish, '-u', '--unlock'));
  else {
    const [first = '', second] = call.stdin.split('\n');
    if (first === '' || (second ?? '') !== first)
      refuse('Sorry, passwords do not match.\npasswd: Authentication token manipulation error', 10);
    setShadow(call, name, passwordHash(first));
    call.err('passwd: password updated successfully\n');
  }
  return undefined;
};

export const passwordTools: Readonly<Record<string, Program>> = { chpasswd, passwd };
