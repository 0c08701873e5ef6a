/** Linux accounts as /etc/passwd and /etc/group tell them. Pure parse; changes go through useradd and usermod. */

export const passwdFile = '/etc/passwd';
export const groupFile = '/etc/group';

export interface Account {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

export interface Group {
  readonly gid: number;
  /** Accounts that the group names; one whose own group it is does not stand there. */
  readonly members: ReadonlySet<string>;
}

/** Account name → account. Never throws. */
export function parsePasswd(text: string): ReadonlyMap<string, Account> {
  return new Map(
    rowsOf(text).map(([name = '', , uid, gid, , home = '', shell = '']) => [
      name,
      { uid: Number(uid), gid: Number(gid), home, shell },
    ]),
  );
}

/** Group name → group. Never throws. */
export function parseGroups(text: string): ReadonlyMap<string, Group> {
  return new Map(
    rowsOf(text).map(([name = '', , gid, members = '']) => [
      name,
      { gid: Number(gid), members: new Set(members.split(',').filter((member) => member !== '')) },
    ]),
  );
}

function rowsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(':'));
}

/** Whether the account is in the group, by its own group or as a member. */
export function isMember(name: string, account: Account | undefined, group: Group | undefined): boolean {
  return group !== undefined && (group.members.has(name) || group.gid === account?.gid);
}

/** Accounts of the system itself: Debian gives people numbers from 1000 on, and `nobody` the last one. */
export function isSystemAccount({ uid }: Account): boolean {
  return (uid > 0 && uid < 1000) || uid >= 65_534;
}
