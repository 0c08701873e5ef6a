/** Passwords by realm: pve's in /etc/pve/priv/shadow.cfg, pam's in /etc/shadow; from the source of pve-access-control. */

import { sha1 } from '../core/digest.ts';
import { type Call, refuse } from './call.ts';
import { nodeFile, writeNodeFile } from './node-files.ts';
import { realmType } from './pveum-realms.ts';

/** A hash in the shape of crypt's; not one that a real system would accept. */
export function passwordHash(password: string): string {
  return `$5$twin$${sha1(password)}`;
}

/** Sets the password of a user of Proxmox; realms without passwords refuse. */
export function setPassword(call: Call, id: string, password: string, doing = ''): void {
  const at = id.lastIndexOf('@');
  const [name, realm] = [id.slice(0, at), id.slice(at + 1)];
  if (realm === 'pve') replaceLine(call, '/etc/pve/priv/shadow.cfg', name, [passwordHash(password), '']);
  else if (realm === 'pam') {
    const known = (nodeFile(call.state, '/etc/passwd') ?? '').split('\n');
    if (!known.some((line) => line.startsWith(`${name}:`)))
      refuse(
        `usermod: user '${name}' does not exist\n${doing}change password failed: command 'usermod -p ... ${name}' failed: exit code 6`,
      );
    setShadow(call, name, passwordHash(password));
  } else {
    const type = realmType(call, realm);
    const why = type ? `can't set password on auth type '${type}'` : `auth domain '${realm}' does not exist`;
    refuse(doing + why);
  }
}

/** Sets the second field of a line in /etc/shadow; `!` = no password. */
export function setShadow(call: Call, name: string, hash: string): void {
  replaceLine(call, '/etc/shadow', name, [hash, '19700', '0', '99999', '7', '', '', '']);
}

/** Puts `name:fields` in the place of the line of this name, or at the end. */
function replaceLine(call: Call, path: string, name: string, fields: readonly string[]): void {
  const line = [name, ...fields].join(':');
  const lines = (nodeFile(call.state, path) ?? '').split('\n').filter((one) => one !== '');
  const at = lines.findIndex((one) => one.startsWith(`${name}:`));
  if (at < 0) lines.push(line);
  else lines[at] = line;
  const mode = call.state.files[path]?.mode ?? (path.startsWith('/etc/pve/') ? 0o600 : 0o640);
  writeNodeFile(call.state, path, lines.map((one) => `${one}\n`).join(''), mode);
}

/** Takes the line of this name out. */
export function dropLine(call: Call, path: string, name: string): void {
  const lines = (nodeFile(call.state, path) ?? '').split('\n').filter((one) => one !== '');
  const kept = lines.filter((one) => !one.startsWith(`${name}:`));
  if (kept.length < lines.length) writeNodeFile(call.state, path, kept.map((one) => `${one}\n`).join(''));
}
