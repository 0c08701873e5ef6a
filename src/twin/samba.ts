/** Samba's tools (smbpasswd, pdbedit, testparm, smbcontrol): built from its manuals; nothing was recorded. */

import { passwdFile, rows } from './accounts.ts';
import { type Call, type Program, refuse } from './call.ts';
import { nodeFile } from './node-files.ts';
import { packaged } from './packaged.ts';
import { passwordHash } from './realms.ts';
import { knownSambaOption } from './samba-options.ts';

const packages = ['samba', 'samba-common-bin'];
const standard = '/etc/samba/smb.conf';

function uidOf(call: Call, name: string): string | undefined {
  return rows(call.state, passwdFile).find((row) => row[0] === name)?.[2];
}

/** `smbpasswd -s -a USER`, `-x` (take out), `-d` (disable), `-e` (enable), or a new password for a known user. */
const smbpasswd: Program = (call) => {
  const letters = call.args.filter((arg) => /^-[a-zA-Z]+$/.test(arg)).join('');
  const name = call.args.find((arg) => !arg.startsWith('-')) ?? 'root';
  call.state.sambaUsers ??= {};
  const users = call.state.sambaUsers;
  if (letters.includes('x')) {
    if (!users[name])
      refuse(`Failed to find entry for user ${name}.\nFailed to delete entry for user ${name}.`, 1);
    delete users[name];
    call.out(`Deleted user ${name}.\n`);
    return undefined;
  }
  if (letters.includes('d') || letters.includes('e')) {
    const found = users[name];
    if (!found) refuse(`Failed to find entry for user ${name}.`, 1);
    found.disabled = letters.includes('d');
    call.out(`${found.disabled ? 'Disabled' : 'Enabled'} user ${name}.\n`);
    return undefined;
  }
  const [first = '', second = ''] = call.stdin.split('\n');
  if (first !== second) refuse('Mismatch - password unchanged.\nUnable to get new password.', 1);
  if (first === '' && !letters.includes('n')) refuse('Unable to get new password.', 1);
  if (letters.includes('a')) {
    if (uidOf(call, name) === undefined) refuse(`Failed to add entry for user ${name}.`, 1);
    if (!users[name]) call.out(`Added user ${name}.\n`);
    users[name] ??= { password: passwordHash(first) };
  }
  const found = users[name];
  if (!found)
    return refuse(
      `Failed to find entry for user ${name}.\nFailed to modify password entry for user ${name}`,
      1,
    );
  found.password = passwordHash(first);
  return undefined;
};

/** `pdbedit -L [-v] [-u NAME]`, `-x -u NAME`. */
const pdbedit: Program = (call) => {
  const letters = call.args.filter((arg) => /^-[a-zA-Z]+$/.test(arg)).join('');
  const at = call.args.findIndex((arg) => arg === '-u' || arg === '--user');
  const name = at < 0 ? call.args.find((arg) => !arg.startsWith('-')) : call.args[at + 1];
  const users = call.state.sambaUsers ?? {};
  if (name !== undefined && !users[name]) refuse(`Username not found!`, 1);
  if (letters.includes('x') && name !== undefined) {
    delete users[name];
    return undefined;
  }
  for (const user of name === undefined ? Object.keys(users).sort() : [name]) {
    const comment = rows(call.state, passwdFile).find((row) => row[0] === user)?.[4] ?? '';
    const flags = `[${users[user]?.disabled ? 'D' : ''}U          ]`;
    if (letters.includes('v')) call.out(`Unix username:        ${user}\nAccount Flags:        ${flags}\n`);
    else call.out(`${user}:${uidOf(call, user) ?? '4294967295'}:${comment}\n`);
  }
  return undefined;
};

interface Section {
  readonly name: string;
  readonly options: Map<string, string>;
}

/** Sections with their options, and what testparm says on the way. */
function readConf(text: string, say: (line: string) => void): Section[] {
  const sections: Section[] = [];
  let current: Section = { name: 'global', options: new Map() };
  for (const raw of text.replace(/\\\n/g, '').split('\n')) {
    const line = raw.trim();
    if (line === '' || /^[#;]/.test(line)) continue;
    const head = /^\[(.+)\]$/.exec(line)?.[1]?.trim();
    if (head !== undefined) {
      const before = sections.find((one) => one.name.toLowerCase() === head.toLowerCase());
      current = before ?? { name: head, options: new Map() };
      if (!before) sections.push(current);
      continue;
    }
    const option = /^([^=]+?)\s*=\s*(.*)$/.exec(line);
    if (!option) {
      say(`params.c:Parameter() - Ignoring badly formed line in configuration file: ${line}`);
      continue;
    }
    const key = (option[1] ?? '').toLowerCase().replace(/\s+/g, ' ');
    if (!knownSambaOption(key)) {
      say(`Unknown parameter encountered: "${option[1]}"\nIgnoring unknown parameter "${option[1]}"`);
      continue;
    }
    current.options.set(key, option[2] ?? '');
    if (!sections.includes(current)) sections.push(current);
  }
  return sections;
}

/** `testparm -s [FILE]`: mistakes are reported, and only a missing file is a failure. */
const testparm: Program = (call) => {
  const file = call.args.find((arg) => !arg.startsWith('-')) ?? standard;
  call.err(`Load smb config files from ${file}\n`);
  const text = nodeFile(call.state, file);
  if (text === undefined) refuse('Error loading services.', 1);
  const sections = readConf(text, (line) => call.err(`${line}\n`));
  const global = sections.find((one) => one.name.toLowerCase() === 'global')?.options;
  const shares = sections.filter((one) => one.name.toLowerCase() !== 'global');
  call.err(
    'Loaded services file OK.\nWeak crypto is allowed by GnuTLS (e.g. NTLM as a compatibility fallback)\n\n',
  );
  for (const { name, options } of shares)
    if (!options.has('path') && !/^(homes|printers|print\$)$/.test(name))
      call.err(
        `No path in service ${name} - making it unavailable!\nNOTE: Service ${name} is flagged unavailable.\n`,
      );
  call.err('Server role: ROLE_STANDALONE\n\n');
  call.out('# Global parameters\n[global]\n');
  for (const [key, value] of global ?? []) call.out(`\t${key} = ${value}\n`);
  for (const { name, options } of shares) {
    call.out(`\n\n[${name}]\n`);
    for (const [key, value] of options) call.out(`\t${key} = ${value}\n`);
  }
  return undefined;
};

/** `smbcontrol all reload-config`: needs a running daemon to talk to. */
const smbcontrol: Program = (call) => {
  const [target = '', message = ''] = call.args.filter((arg) => !arg.startsWith('-'));
  if (message === '') refuse('Usage: smbcontrol [OPTION...] <destination> <message-type> <parameters>', 1);
  if (!/^(all|smbd|nmbd|winbindd|self|\d+)$/.test(target))
    refuse(`smbcontrol: unknown destination ${target}`, 1);
  if (target !== 'all' && target !== 'self' && !call.state.units[target]?.active)
    refuse(`Can't find pid for destination '${target}'`, 1);
  return undefined;
};

export const sambaTools: Readonly<Record<string, Program>> = {
  pdbedit: packaged(packages, pdbedit),
  smbcontrol: packaged(['samba'], smbcontrol),
  smbpasswd: packaged(packages, smbpasswd),
  testparm: packaged(packages, testparm),
};
