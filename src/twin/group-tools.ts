/** Groups of the node and questions about accounts (groupadd, groupdel, id, getent), from their manuals. */

import { findRow, freeId, groupFile, nameOf, passwdFile, rows, storeRows } from './accounts.ts';
import { type Call, type Program, refuse } from './call.ts';
import { resolveName } from './dns.ts';
import { dropLine } from './realms.ts';

const takes = [
  ...['-u', '--uid', '-g', '--gid', '-G', '-aG', '-rG', '--groups', '-s', '--shell', '-d', '--home'],
  ...['--home-dir', '-c', '--comment', '-p', '--password', '-k', '--skel', '-e', '-f', '-K'],
];

/** What was asked of a program of shadow-utils. */
export interface Wish {
  /** The word that is no option. */
  readonly name: string;
  readonly flags: readonly string[];
  /** Value of the first of several spellings of an option that was given. */
  value(...names: readonly string[]): string | undefined;
}

/** Options with their values, flags (`-mU` is two), and the name. */
export function given(call: Call, valued: readonly string[] = takes): Wish {
  const option = new Map<string, string>();
  const flags: string[] = [];
  let name = '';
  for (let at = 0; at < call.args.length; at++) {
    const arg = call.args[at] ?? '';
    const long = /^(--[a-z-]+)=([\s\S]*)$/.exec(arg);
    if (long) option.set(long[1] ?? '', long[2] ?? '');
    else if (valued.includes(arg)) option.set(arg, call.args[++at] ?? '');
    else if (/^-[A-Za-z]+$/.test(arg)) flags.push(...[...arg.slice(1)].map((letter) => `-${letter}`));
    else if (arg.startsWith('-')) flags.push(arg);
    else name = arg;
  }
  return {
    name,
    flags,
    value: (...names) => names.map((one) => option.get(one)).find((value) => value !== undefined),
  };
}

export function has(wish: Wish, ...names: readonly string[]): boolean {
  return names.some((name) => wish.flags.includes(name));
}

/** `-f`, an option with a value elsewhere, is a flag here. */
const groupOptions = takes.filter((name) => name !== '-f');

const groupadd: Program = (call) => {
  const wish = given(call, groupOptions);
  const { name } = wish;
  const found = rows(call.state, groupFile);
  if (found.some((row) => row[0] === name)) {
    if (has(wish, '-f', '--force')) return undefined;
    refuse(`groupadd: group '${name}' already exists`, 9);
  }
  if (!/^[a-z_][a-z0-9_-]*$/.test(name)) refuse(`groupadd: '${name}' is not a valid group name`, 3);
  const asked = wish.value('-g', '--gid');
  if (asked !== undefined && found.some((row) => row[2] === asked))
    refuse(`groupadd: GID '${asked}' already exists`, 4);
  addGroup(call, name, asked ?? freeId(call.state, groupFile, has(wish, '-r', '--system')));
  return undefined;
};

export function addGroup(call: Call, name: string, id: string): void {
  storeRows(call.state, groupFile, [...rows(call.state, groupFile), [name, 'x', id, '']]);
}

const groupdel: Program = (call) => {
  const { name } = given(call, groupOptions);
  const row = rows(call.state, groupFile).find((one) => one[0] === name);
  if (!row) refuse(`groupdel: group '${name}' does not exist`, 6);
  const user = rows(call.state, passwdFile).find((one) => one[3] === row[2]);
  if (user) refuse(`groupdel: cannot remove the primary group of user '${user[0]}'`, 8);
  dropLine(call, groupFile, name);
  return undefined;
};

const id: Program = (call) => {
  const { name, flags } = given(call, []);
  const row = findRow(call.state, passwdFile, name === '' ? 'root' : name);
  if (!row) {
    call.err(`id: '${name}': no such user\n`);
    call.exit(1);
    return undefined;
  }
  const [user = '', , uid = '', gid = ''] = row;
  const all = rows(call.state, groupFile);
  const groups = [
    [nameOf(call.state, groupFile, gid), gid],
    ...all
      .filter((one) => one[2] !== gid && one[3]?.split(',').includes(user))
      .map((one) => [one[0], one[2]]),
  ];
  const named = flags.includes('-n');
  if (flags.includes('-u')) call.out(`${named ? user : uid}\n`);
  else if (flags.includes('-G')) call.out(`${groups.map((one) => one[named ? 0 : 1]).join(' ')}\n`);
  else if (flags.includes('-g')) call.out(`${groups[0]?.[named ? 0 : 1]}\n`);
  else {
    const shown = groups.map(([group, number]) => `${number}(${group})`);
    call.out(`uid=${uid}(${user}) gid=${shown[0]} groups=${shown.join(',')}\n`);
  }
  return undefined;
};

/** `getent DATABASE [KEY…]`; a key that is not there makes it end with 2. */
const getent: Program = (call) => {
  const [database = '', ...keys] = call.args;
  if (/^(hosts|ahosts|ahostsv4)$/.test(database)) {
    for (const name of keys) {
      const found = resolveName(call.state, name);
      if (found) call.out(`${found.address.padEnd(15)} ${found.names.join(' ')}\n`);
      else call.exit(2);
    }
    return undefined;
  }
  const found = rows(call.state, `/etc/${database}`);
  for (const row of keys.length === 0 ? found : []) call.out(`${row.join(':')}\n`);
  for (const key of keys) {
    const row = findRow(call.state, `/etc/${database}`, key);
    if (row) call.out(`${row.join(':')}\n`);
    else call.exit(2);
  }
  if (found.length === 0) call.exit(2);
  return undefined;
};

export const groupTools: Readonly<Record<string, Program>> = { getent, groupadd, groupdel, id };
