/** Linux users and groups of the node (useradd, groupadd, usermod, id, getent, chpasswd), from the manuals of shadow-utils. */

import { type Call, type Program, refuse } from './call.ts';
import { nodeFile, writeNodeFile } from './node-files.ts';

const passwd = '/etc/passwd';
const group = '/etc/group';

/** Lines of a colon-separated file as fields. */
function rows(call: Call, path: string): string[][] {
  const text = nodeFile(call.state, path) ?? '';
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(':'));
}

function store(call: Call, path: string, lines: readonly (readonly string[])[]): void {
  writeNodeFile(call.state, path, lines.map((line) => `${line.join(':')}\n`).join(''));
}

function find(call: Call, path: string, name: string): string[] | undefined {
  return rows(call, path).find((row) => row[0] === name || row[2] === name);
}

function freeId(call: Call, path: string, system: boolean): string {
  const used = new Set(rows(call, path).map((row) => Number(row[2])));
  let id = system ? 999 : 1000;
  while (used.has(id)) id += system ? -1 : 1;
  return String(id);
}

/** Options with their values, flags, and the name at the end. */
function read(
  call: Call,
  takes: readonly string[],
): { name: string; option: Map<string, string>; flags: string[] } {
  const option = new Map<string, string>();
  const flags: string[] = [];
  let name = '';
  for (let at = 0; at < call.args.length; at++) {
    const arg = call.args[at] ?? '';
    const long = /^(--[a-z-]+)=(.*)$/.exec(arg);
    if (long) option.set(long[1] ?? '', long[2] ?? '');
    else if (takes.includes(arg)) option.set(arg, call.args[++at] ?? '');
    else if (arg.startsWith('-')) flags.push(arg);
    else name = arg;
  }
  return { name, option, flags };
}

/** First of several spellings of an option that was given. */
function either(option: ReadonlyMap<string, string>, ...names: string[]): string | undefined {
  return names.map((name) => option.get(name)).find((value) => value !== undefined);
}

const takes = [
  '-u',
  '--uid',
  '-g',
  '--gid',
  '-G',
  '--groups',
  '-s',
  '--shell',
  '-d',
  '--home',
  '--home-dir',
  '-c',
  '--comment',
  '-p',
];

const groupadd: Program = (call) => {
  const { name, option, flags } = read(call, takes);
  if (find(call, group, name)) {
    if (flags.includes('-f')) return undefined;
    refuse(`groupadd: group '${name}' already exists`, 9);
  }
  const system = flags.includes('-r') || flags.includes('--system');
  addGroup(call, name, either(option, '-g', '--gid') ?? freeId(call, group, system));
  return undefined;
};

function addGroup(call: Call, name: string, id: string): void {
  store(call, group, [...rows(call, group), [name, 'x', id, '']]);
}

/** Puts a user into groups; refuses a missing group. */
function join(call: Call, program: string, user: string, names: string | undefined): void {
  const wanted = (names ?? '').split(',').filter((name) => name !== '');
  for (const name of wanted)
    if (!find(call, group, name)) refuse(`${program}: group '${name}' does not exist`, 6);
  const joined = rows(call, group).map((row) => {
    const members = (row[3] ?? '').split(',').filter((member) => member !== '');
    if (!wanted.includes(row[0] ?? '') || members.includes(user)) return row;
    return [row[0] ?? '', row[1] ?? '', row[2] ?? '', [...members, user].join(',')];
  });
  if (wanted.length > 0) store(call, group, joined);
}

const useradd: Program = (call) => {
  const { name, option, flags } = read(call, takes);
  if (!/^[a-z_][a-z0-9_-]*$/.test(name)) refuse(`useradd: invalid user name '${name}'`, 3);
  if (find(call, passwd, name)) refuse(`useradd: user '${name}' already exists`, 9);
  const system = flags.includes('-r') || flags.includes('--system');
  const uid = either(option, '-u', '--uid') ?? freeId(call, passwd, system);
  const own = either(option, '-g', '--gid');
  if (own !== undefined && !find(call, group, own)) refuse(`useradd: group '${own}' does not exist`, 6);
  if (own === undefined && !find(call, group, name)) addGroup(call, name, uid);
  join(call, 'useradd', name, either(option, '-G', '--groups'));
  const gid = find(call, group, own ?? name)?.[2] ?? uid;
  const home = either(option, '-d', '--home', '--home-dir') ?? `/home/${name}`;
  const shell = either(option, '-s', '--shell') ?? '/bin/sh';
  store(call, passwd, [
    ...rows(call, passwd),
    [name, 'x', uid, gid, either(option, '-c', '--comment') ?? '', home, shell],
  ]);
  return undefined;
};

const usermod: Program = (call) => {
  const { name, option } = read(call, [...takes, '-aG', '-a']);
  if (!find(call, passwd, name)) refuse(`usermod: user '${name}' does not exist`, 6);
  join(call, 'usermod', name, either(option, '-aG', '-G', '--groups'));
  const shell = either(option, '-s', '--shell');
  if (shell !== undefined)
    store(
      call,
      passwd,
      rows(call, passwd).map((row) => (row[0] === name ? [...row.slice(0, 6), shell] : row)),
    );
  return undefined;
};

const id: Program = (call) => {
  const { name, flags } = read(call, []);
  const row = name === '' ? ['root', 'x', '0', '0'] : find(call, passwd, name);
  if (!row) {
    call.err(`id: '${name}': no such user\n`);
    call.exit(1);
    return undefined;
  }
  const groups = rows(call, group).filter(
    (one) => one[2] === row[3] || one[3]?.split(',').includes(row[0] ?? ''),
  );
  const short = flags.join('');
  if (short.includes('u')) call.out(`${row[2]}\n`);
  else if (short.includes('G'))
    call.out(`${groups.map((one) => (short.includes('n') ? one[0] : one[2])).join(' ')}\n`);
  else if (short.includes('g')) call.out(`${row[3]}\n`);
  else
    call.out(
      `uid=${row[2]}(${row[0]}) gid=${row[3]} groups=${groups.map((one) => `${one[2]}(${one[0]})`).join(',')}\n`,
    );
  return undefined;
};

const getent: Program = (call) => {
  const [database = '', key] = call.args;
  const found = rows(call, `/etc/${database}`).filter(
    (row) => key === undefined || row[0] === key || row[2] === key,
  );
  for (const row of found) call.out(`${row.join(':')}\n`);
  if (found.length === 0) call.exit(2);
  return undefined;
};

const chpasswd: Program = (call) => {
  for (const line of call.stdin.split('\n')) {
    const name = line.split(':')[0] ?? '';
    if (name !== '' && !find(call, passwd, name))
      refuse(`chpasswd: line 1: user '${name}' does not exist`, 1);
  }
  return undefined;
};

const userdel: Program = (call) => {
  const { name } = read(call, []);
  if (!find(call, passwd, name)) refuse(`userdel: user '${name}' does not exist`, 6);
  store(
    call,
    passwd,
    rows(call, passwd).filter((row) => row[0] !== name),
  );
  return undefined;
};

export const userTools: Readonly<Record<string, Program>> = {
  chpasswd,
  getent,
  groupadd,
  id,
  useradd,
  userdel,
  usermod,
};
