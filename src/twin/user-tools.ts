/** Linux users of the node (useradd, usermod, userdel, gpasswd), from the manuals of shadow-utils. */

import {
  changeMembers,
  findRow,
  freeId,
  groupFile,
  membersOf,
  passwdFile,
  rows,
  storeRows,
} from './accounts.ts';
import { type Call, type Program, refuse } from './call.ts';
import { exists, makeDirs, putFile, removeTree } from './files.ts';
import { addGroup, given, has, type Wish } from './group-tools.ts';
import { nodeFile, writeNodeFile } from './node-files.ts';
import { lock } from './password-tools.ts';
import { dropLine, setShadow } from './realms.ts';

const useradd: Program = (call) => {
  const wish = given(call);
  const { state } = call;
  const { name } = wish;
  if (!/^[a-z_][a-z0-9_-]*\$?$/.test(name)) refuse(`useradd: invalid user name '${name}'`, 3);
  if (findRow(state, passwdFile, name)?.[0] === name) refuse(`useradd: user '${name}' already exists`, 9);
  const uid = wish.value('-u', '--uid') ?? freeId(state, passwdFile, has(wish, '-r', '--system'));
  if (rows(state, passwdFile).some((row) => row[2] === uid)) refuse(`useradd: UID ${uid} is not unique`, 4);
  const own = wish.value('-g', '--gid');
  if (own !== undefined && !findRow(state, groupFile, own))
    refuse(`useradd: group '${own}' does not exist`, 6);
  checkGroups(call, 'useradd', groupsOf(wish));
  const same = rows(state, groupFile).some((row) => row[0] === name);
  if (own === undefined && same)
    refuse(`useradd: group ${name} exists - if you want to add this user to that group, use -g.`, 9);
  if (own === undefined) addGroup(call, name, freeGroup(call, uid, has(wish, '-r', '--system')));
  const gid = findRow(state, groupFile, own ?? name)?.[2] ?? uid;
  const home = wish.value('-d', '--home', '--home-dir') ?? `/home/${name}`;
  const shell = wish.value('-s', '--shell') ?? '/bin/sh';
  const comment = wish.value('-c', '--comment') ?? '';
  storeRows(state, passwdFile, [...rows(state, passwdFile), [name, 'x', uid, gid, comment, home, shell]]);
  setShadow(call, name, wish.value('-p', '--password') ?? '!');
  join(call, name, groupsOf(wish));
  if (!has(wish, '-r', '--system')) addSubIds(call, name);
  if (has(wish, '-m', '--create-home')) makeHome(call, home, `${uid}:${gid}`);
  return undefined;
};

/** The own group has the user's number when it is free. */
function freeGroup(call: Call, uid: string, system: boolean): string {
  const taken = rows(call.state, groupFile).some((row) => row[2] === uid);
  return taken ? freeId(call.state, groupFile, system) : uid;
}

function addSubIds(call: Call, name: string): void {
  for (const path of ['/etc/subuid', '/etc/subgid']) {
    const ends = rows(call.state, path).map(([, from, count]) => Number(from) + Number(count));
    const lines = nodeFile(call.state, path) ?? '';
    writeNodeFile(call.state, path, `${lines}${name}:${Math.max(100_000, ...ends)}:65536\n`);
  }
}

function makeHome(call: Call, home: string, owner: string): void {
  const { files } = call.state;
  if (exists(files, home)) {
    call.err(
      `useradd: warning: the home directory ${home} already exists.\nuseradd: Not copying any file from skel directory into it.\n`,
    );
    return;
  }
  makeDirs(files, home, 0o700);
  for (const name of ['.bash_logout', '.bashrc', '.profile']) putFile(files, `${home}/${name}`, '');
  for (const path of [home, `${home}/.bash_logout`, `${home}/.bashrc`, `${home}/.profile`]) {
    const entry = files[path];
    if (entry) entry.owner = owner;
  }
}

function groupsOf(wish: Wish): string[] {
  return (wish.value('-G', '-aG', '-rG', '--groups') ?? '').split(',').filter((name) => name !== '');
}

function checkGroups(call: Call, program: string, names: readonly string[]): void {
  for (const name of names)
    if (!findRow(call.state, groupFile, name)) refuse(`${program}: group '${name}' does not exist`, 6);
}

function join(call: Call, user: string, names: readonly string[]): void {
  if (names.length === 0) return;
  changeMembers(call.state, (group, members) =>
    names.includes(group) && !members.includes(user) ? [...members, user] : members,
  );
}

function leave(call: Call, user: string, from: (group: string) => boolean): void {
  changeMembers(call.state, (group, members) =>
    from(group) ? members.filter((member) => member !== user) : members,
  );
}

const usermod: Program = (call) => {
  const wish = given(call);
  const { name } = wish;
  const { state } = call;
  const row = rows(state, passwdFile).find((one) => one[0] === name);
  if (!row) refuse(`usermod: user '${name}' does not exist`, 6);
  const names = groupsOf(wish);
  const add = has(wish, '-a', '--append') || wish.value('-aG') !== undefined;
  const remove = has(wish, '-r', '--remove') || wish.value('-rG') !== undefined;
  const own = wish.value('-g', '--gid');
  checkGroups(call, 'usermod', own === undefined ? names : [...names, own]);
  if (wish.value('-G', '-aG', '-rG', '--groups') !== undefined) {
    if (remove) leave(call, name, (group) => names.includes(group));
    else if (!add) leave(call, name, (group) => !names.includes(group));
    if (!remove) join(call, name, names);
  }
  const [user = '', x = '', uid = '', gid = '', comment = '', home = '', shell = ''] = row;
  const changed = [
    ...[user, x, uid, own === undefined ? gid : (findRow(state, groupFile, own)?.[2] ?? gid)],
    wish.value('-c', '--comment') ?? comment,
    wish.value('-d', '--home', '--home-dir') ?? home,
    wish.value('-s', '--shell') ?? shell,
  ];
  storeRows(
    state,
    passwdFile,
    rows(state, passwdFile).map((one) => (one[0] === name ? changed : one)),
  );
  const hash = wish.value('-p', '--password');
  if (hash !== undefined) setShadow(call, name, hash);
  lock(call, name, has(wish, '-L', '--lock'), has(wish, '-U', '--unlock'));
  return undefined;
};

const userdel: Program = (call) => {
  const wish = given(call);
  const { name } = wish;
  const { state } = call;
  const row = rows(state, passwdFile).find((one) => one[0] === name);
  if (!row) refuse(`userdel: user '${name}' does not exist`, 6);
  for (const path of [passwdFile, '/etc/shadow', '/etc/subuid', '/etc/subgid']) dropLine(call, path, name);
  leave(call, name, () => true);
  const others = rows(state, passwdFile).some((one) => one[3] === row[3]);
  const own = rows(state, groupFile).find((one) => one[0] === name && one[2] === row[3]);
  if (own && !others && membersOf(own).length === 0) dropLine(call, groupFile, name);
  if (has(wish, '-r', '--remove')) {
    call.err(`userdel: ${name} mail spool (/var/mail/${name}) not found\n`);
    removeTree(state.files, row[5] ?? `/home/${name}`);
  }
  return undefined;
};

/** `gpasswd -a USER GROUP` and `gpasswd -d USER GROUP`. */
const gpasswd: Program = (call) => {
  const [flag = '', user = '', group = ''] = call.args;
  const row = rows(call.state, groupFile).find((one) => one[0] === group);
  if (!row) refuse(`gpasswd: group '${group}' does not exist in /etc/group`, 3);
  if (!rows(call.state, passwdFile).some((one) => one[0] === user))
    refuse(`gpasswd: user '${user}' does not exist`, 3);
  if (flag === '-a') {
    call.out(`Adding user ${user} to group ${group}\n`);
    join(call, user, [group]);
  } else if (flag === '-d') {
    call.out(`Removing user ${user} from group ${group}\n`);
    if (!membersOf(row).includes(user)) refuse(`gpasswd: user '${user}' is not a member of '${group}'`, 3);
    leave(call, user, (one) => one === group);
  } else refuse('Usage: gpasswd [option] GROUP', 2);
  return undefined;
};

export const userTools: Readonly<Record<string, Program>> = {
  gpasswd,
  useradd,
  userdel,
  usermod,
};
