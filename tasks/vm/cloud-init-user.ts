/** User data out of the configuration: accounts, packages, files, commands. Pure; passwords leave it hashed only. */

import type { CloudInit } from '../../src/config/fleet.ts';
import { sha512 } from '../../src/core/digest.ts';
import { PhxError } from '../../src/core/error.ts';
import type { Json } from '../../src/core/json.ts';
import { saltFrom, sha512Crypt } from '../../src/proxmox/crypt.ts';
import { type Document, said } from './cloud-init-merge.ts';
import type { Revealed } from './cloud-init-secrets.ts';
import type { CloudInitSubject } from './cloud-init-subject.ts';

type Known = Revealed<CloudInit>;
type User = Exclude<NonNullable<Known['users']>[number], string>;
type File = NonNullable<Known['write_files']>[number];

/** Copied as they are. */
const plain = [
  ...['ssh_pwauth', 'disable_root', 'package_update', 'package_upgrade', 'package_reboot_if_required'],
  ...['packages', 'apt', 'bootcmd', 'runcmd', 'mounts', 'swap', 'growpart', 'resize_rootfs', 'disk_setup'],
  ...['fs_setup', 'timezone', 'locale', 'ntp', 'power_state', 'final_message'],
] as const;

export function userFields(subject: CloudInitSubject): Document {
  const { cloudInit } = subject;
  const copied = Object.fromEntries(plain.map((key) => [key, cloudInit[key as keyof Known]]));
  return said({
    ...accounts(subject),
    ...(copied as Record<string, Json | undefined>),
    package_upgrade: cloudInit.package_upgrade ?? subject.ciupgrade,
    ...(subject.ciuser === 'root' && cloudInit.disable_root === undefined ? { disable_root: false } : {}),
    ...certificates(subject),
    write_files: filesOf(subject),
  });
}

/** The account of the image under the name, keys and password that Proxmox's own keys give it, and further ones. */
function accounts(subject: CloudInitSubject): Record<string, Json | undefined> {
  const { ciuser, sshkeys = [], cipassword, cloudInit } = subject;
  const listed = cloudInit.users ?? [];
  const own = listed.filter((user): user is User => typeof user !== 'string');
  const spoken = ciuser !== undefined || sshkeys.length > 0 || cipassword !== undefined;
  const image = spoken || own.length === 0 || own.length < listed.length ? ['default'] : [];
  return {
    users: [...image, ...own.map((user) => accountOf(user, subject))],
    user: ciuser,
    ssh_authorized_keys: sshkeys.length > 0 ? sshkeys : undefined,
    password: cipassword === undefined ? undefined : hashed(cipassword, ciuser ?? 'default', subject),
  };
}

function accountOf(user: User, subject: CloudInitSubject): Json {
  const { password, hashed_passwd, ...rest } = user;
  const hash = password === undefined ? hashed_passwd : hashed(password, user.name, subject);
  if (hash !== undefined && !/^\$[0-9a-z]{1,2}\$[^\s:]+$/.test(hash)) throw noHash(user.name);
  return said({
    ...(rest as Record<string, Json>),
    hashed_passwd: hash,
    // Without a word cloud-init locks the password that it just set.
    lock_passwd: user.lock_passwd ?? (hash === undefined ? undefined : false),
  });
}

/** A salt has to be another one for each account, not a secret: so the same password stays the same text. */
function hashed(password: string, account: string, { incarnation }: CloudInitSubject): string {
  const salt = saltFrom(sha512(Buffer.from(`${incarnation} ${account}`)).toString('base64'));
  return sha512Crypt(password, salt);
}

function noHash(account: string): PhxError {
  return new PhxError('failed', {
    title: `The secret for hashed_passwd of ${account} is no hash of a password`,
    hint: 'A password itself belongs under password. A hash is what `mkpasswd --method=sha-512` prints.',
  });
}

function certificates({ cloudInit, files }: CloudInitSubject): Record<string, Json | undefined> {
  const { ca_certs } = cloudInit;
  if (ca_certs === undefined) return {};
  const { trusted, ...rest } = ca_certs;
  const texts = trusted?.map((path) => files[path] ?? '');
  return { ca_certs: said({ ...rest, trusted: texts }) };
}

/** Files of the configuration, then the scripts that phx sends along. */
function filesOf({ cloudInit, files, scripts }: CloudInitSubject): Json | undefined {
  const own = (cloudInit.write_files ?? []).map((file) => fileOf(file, files));
  const carried = scripts.map(({ path, script }) => ({
    path,
    ...contentOf(script),
    owner: 'root:root',
    permissions: '0755',
  }));
  return own.length + carried.length === 0 ? undefined : [...own, ...carried];
}

function fileOf({ path, content, file, permissions, ...rest }: File, files: CloudInitSubject['files']): Json {
  return said({
    path,
    ...contentOf(content ?? files[file ?? ''] ?? ''),
    permissions: permissions === undefined ? undefined : permissions.padStart(4, '0'),
    ...rest,
  });
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what no plain text has.
const notPlain = /[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]/;

/** Text that some reader could mangle travels in base64. */
function contentOf(text: string): { content: string; encoding?: string } {
  if (!notPlain.test(text)) return { content: text };
  return { content: Buffer.from(text, 'utf8').toString('base64'), encoding: 'b64' };
}
