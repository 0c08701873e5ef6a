/** Owners and permissions of the node's files (chmod, chown, install, stat), from the manual of coreutils. */

import { groupFile, nameOf, numberOf, passwdFile, rows } from './accounts.ts';
import type { Call, Program } from './call.ts';
import { baseOf, dirOf, exists, isDir, makeDirs, normalPath, sizeOf } from './files.ts';
import { nodeFile, writeNodeFile } from './node-files.ts';
import { fail, words } from './words.ts';

/** The paths that a command means; `-R` goes down. Undefined when one is not there. */
function targets(call: Call, program: string, operands: readonly string[], deep: boolean): string[] {
  const { files } = call.state;
  const found: string[] = [];
  for (const operand of operands) {
    const path = normalPath(operand);
    if (!exists(files, path)) {
      fail(call, `${program}: cannot access '${operand}': No such file or directory`);
      continue;
    }
    if (!files[path]) makeDirs(files, path);
    found.push(path, ...Object.keys(files).filter((one) => deep && one.startsWith(`${path}/`)));
  }
  return found;
}

function isDeep(flags: readonly string[]): boolean {
  return flags.some((flag) => /^-[a-zA-Z]*R/.test(flag) || flag === '--recursive');
}

const chown: Program = (call) => {
  const { flags, operands } = words(call);
  const [wish = '', ...paths] = operands;
  if (paths.length === 0) return fail(call, `chown: missing operand after '${wish}'`);
  const owner = readOwner(call, 'chown', wish);
  if (!owner) return undefined;
  for (const path of targets(call, 'chown', paths, isDeep(flags))) setOwner(call, path, owner);
  return undefined;
};

/** `user`, `user:group`, `:group` or `user:` (the user's own group), by name or number; absent = stays. */
function readOwner(call: Call, program: string, wish: string): { user?: string; group?: string } | undefined {
  const [userWord = '', groupWord] = wish.split(/[:.]/);
  const user = userWord === '' ? undefined : numberOf(call.state, passwdFile, userWord);
  if (userWord !== '' && user === undefined) return fail(call, `${program}: invalid user: '${wish}'`);
  if (groupWord === undefined) return user === undefined ? {} : { user };
  const own = rows(call.state, passwdFile).find((row) => row[2] === user)?.[3];
  const group = groupWord === '' ? own : numberOf(call.state, groupFile, groupWord);
  if (group === undefined) return fail(call, `${program}: invalid group: '${wish}'`);
  return user === undefined ? { group } : { user, group };
}

function setOwner(call: Call, path: string, owner: { user?: string; group?: string }): void {
  const entry = call.state.files[path];
  if (!entry) return;
  const [uid = '0', gid = '0'] = entry.owner?.split(':') ?? [];
  entry.owner = `${owner.user ?? uid}:${owner.group ?? gid}`;
}

const chgrp: Program = (call) => {
  const { flags, operands } = words(call);
  const [wish = '', ...paths] = operands;
  const group = numberOf(call.state, groupFile, wish);
  if (group === undefined) return fail(call, `chgrp: invalid group: '${wish}'`);
  for (const path of targets(call, 'chgrp', paths, isDeep(flags))) setOwner(call, path, { group });
  return undefined;
};

/** A leading `-` may begin a mode: `chmod -x file`. */
const chmod: Program = (call) => {
  const flags = call.args.filter((arg) => /^-(R|v|f|c|Rf|Rv|-recursive)$/.test(arg));
  const [wish = '', ...paths] = call.args.filter((arg) => !flags.includes(arg) && arg !== '--');
  if (newMode(wish, 0, false) === undefined) return fail(call, `chmod: invalid mode: '${wish}'`);
  for (const path of targets(call, 'chmod', paths, isDeep(flags))) {
    const entry = call.state.files[path];
    if (entry) entry.mode = newMode(wish, entry.mode, entry.dir === true) ?? entry.mode;
  }
  return undefined;
};

/** `0750` or `u=rwX,go-w`; undefined when it is neither. */
function newMode(wish: string, before: number, dir: boolean): number | undefined {
  // A directory keeps its set-ID bits unless five digits say otherwise (chmod(1)).
  if (/^[0-7]{1,5}$/.test(wish))
    return Number.parseInt(wish, 8) | (dir && wish.length < 5 ? before & 0o6000 : 0);
  let mode = before;
  for (const part of wish.split(',')) {
    const match = /^([ugoa]*)([-+=])([rwxXst]*)$/.exec(part);
    if (!match) return undefined;
    const [, who = '', how = '', what = ''] = match;
    const all = who === '' || who.includes('a');
    const execute = what.includes('x') || (what.includes('X') && (dir || (mode & 0o111) !== 0));
    const bits = (what.includes('r') ? 4 : 0) | (what.includes('w') ? 2 : 0) | (execute ? 1 : 0);
    let mask = 0;
    let value = 0;
    for (const [letter, shift] of [
      ['u', 6],
      ['g', 3],
      ['o', 0],
    ] as const) {
      if (!all && !who.includes(letter)) continue;
      mask |= 7 << shift;
      value |= bits << shift;
    }
    if (what.includes('s'))
      value |= (all || who.includes('u') ? 0o4000 : 0) | (all || who.includes('g') ? 0o2000 : 0);
    if (what.includes('t')) value |= 0o1000;
    mode = how === '+' ? mode | value : how === '-' ? mode & ~value : (mode & ~mask) | value;
  }
  return mode;
}

/** `install -d` makes directories with owner and mode; without it a file is copied. */
const install: Program = (call) => {
  const takes = ['-o', '--owner', '-g', '--group', '-m', '--mode', '-t'];
  const { flags, operands, value } = words(call, takes);
  const owner: { user?: string; group?: string } = {};
  const userWord = value.get('-o') ?? value.get('--owner');
  const groupWord = value.get('-g') ?? value.get('--group');
  if (userWord !== undefined) {
    const user = numberOf(call.state, passwdFile, userWord);
    if (user === undefined) return fail(call, `install: invalid user: '${userWord}'`);
    owner.user = user;
  }
  if (groupWord !== undefined) {
    const group = numberOf(call.state, groupFile, groupWord);
    if (group === undefined) return fail(call, `install: invalid group: '${groupWord}'`);
    owner.group = group;
  }
  const wish = value.get('-m') ?? value.get('--mode') ?? '755';
  const mode = newMode(wish, 0, false);
  if (mode === undefined) return fail(call, `install: invalid mode '${wish}'`);
  const { files } = call.state;
  const finish = (path: string) => {
    const entry = files[path];
    if (entry) entry.mode = mode;
    setOwner(call, path, { user: '0', group: '0', ...owner });
  };
  if (flags.some((flag) => flag === '--directory' || /^-[a-zA-Z]*d/.test(flag))) {
    for (const operand of operands) {
      const path = normalPath(operand);
      if (exists(files, path) && !isDir(files, path))
        return fail(call, `install: cannot create directory '${operand}': File exists`);
      makeDirs(files, path);
      finish(path);
    }
    return undefined;
  }
  const [source = '', target = ''] = operands;
  const text = source === '/dev/stdin' ? call.stdin : nodeFile(call.state, source);
  if (text === undefined) return fail(call, `install: cannot stat '${source}': No such file or directory`);
  const to = isDir(files, normalPath(target))
    ? `${normalPath(target)}/${baseOf(source)}`
    : normalPath(target);
  if (!isDir(files, dirOf(to)) && !flags.includes('-D'))
    return fail(call, `install: cannot create regular file '${target}': No such file or directory`);
  writeNodeFile(call.state, to, text);
  finish(to);
  return undefined;
};

const stat: Program = (call) => {
  const { operands, value } = words(call, ['-c', '--format', '--printf']);
  const joined = call.args.find((arg) => /^--(format|printf)=/.test(arg));
  const format = value.get('-c') ?? value.get('--format') ?? joined?.replace(/^--\w+=/, '') ?? '%a %u:%g %s';
  for (const operand of operands) {
    const path = normalPath(operand);
    const text = nodeFile(call.state, path);
    if (text === undefined && !isDir(call.state.files, path)) {
      fail(call, `stat: cannot statx '${operand}': No such file or directory`);
      continue;
    }
    const entry = call.state.files[path] ?? { text: text ?? '', mode: text === undefined ? 0o755 : 0o640 };
    const [uid = '0', gid = '0'] = entry.owner?.split(':') ?? [];
    const size = sizeOf(text === undefined ? entry : { ...entry, text });
    const kind = isDir(call.state.files, path)
      ? 'directory'
      : size === 0
        ? 'regular empty file'
        : 'regular file';
    const fields: Record<string, string> = {
      a: entry.mode.toString(8),
      u: uid,
      g: gid,
      U: nameOf(call.state, passwdFile, uid),
      G: nameOf(call.state, groupFile, gid),
      s: String(size),
      n: operand,
      F: kind,
      Y: String(entry.lease?.mtime ?? Math.floor(call.state.bootedAt / 1000)),
      '%': '%',
    };
    call.out(`${format.replace(/%([augUGsnFY%])/g, (_, field: string) => fields[field] ?? '')}\n`);
  }
  return undefined;
};

export const fileModes: Readonly<Record<string, Program>> = { chgrp, chmod, chown, install, stat };
