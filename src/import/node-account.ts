/** The account of the old hypervisor file, with its keys and its password. */

import type { Old } from './ledger.ts';
import { dropAll } from './node-storage.ts';
import { asAccount, flag, move, read } from './values.ts';
import type { Work } from './work.ts';

/** `users`, a single account in spite of its name. */
export function account(work: Work, old: Old | undefined): void {
  const { hypervisor } = work;
  const name = read<string>(old?.at('username'), asAccount);
  if (old === undefined) return;
  if (name === undefined) {
    dropAll(old, 'an account without a name');
    return;
  }
  const user = ['users', name];
  old.at('username')?.carry(hypervisor.at(user));
  move(old.at('sudo_access'), hypervisor, [...user, 'sudo'], flag);
  work.add(
    hypervisor,
    [...user, 'administrator'],
    true,
    'the old step made the account an administrator of Proxmox VE',
  );
  const key = old.at('ssh_public_key');
  if (key !== undefined) sshKeys(key, work, [...user, 'sshKeys']);
  const password = old.at('password_hash');
  if (password === undefined) return;
  if (/^(not_set)?$/i.test(String(password.value).trim())) password.drop('it says that no password is set');
  else
    work.secret(
      password,
      hypervisor,
      [...user, 'password'],
      variableOf(name, 'PASSWORD'),
      `the password of ${name}`,
    );
}

/** Public keys, a line each. */
export function sshKeys(old: Old, work: Work, path: readonly string[], draft = work.hypervisor): void {
  const lines = old
    .items()
    .flatMap(({ value }) => String(value).split('\n'))
    .map((line) => line.trim());
  const keys = lines.filter((line) => /^(ssh-|ecdsa-|sk-)\S+ \S+( .*)?$/.test(line));
  if (lines.every((line) => line === '')) old.drop('no key is named');
  else if (keys.length === 0) old.drop('it is no public ssh key');
  else old.carry(draft.set(path, keys));
}

/** The name of an environment variable for a secret. */
export function variableOf(...parts: readonly string[]): string {
  return parts
    .join('_')
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^(\d)/, '_$1');
}
