/** `pveum user token`: recorded (B122, B128). The values are kept in /etc/pve/priv/token.cfg, as Proxmox does. */

import { sorted, splitList } from '../proxmox/conf.ts';
import { type Call, refuse } from './call.ts';
import { bootId } from './fresh.ts';
import { nodeFile, writeNodeFile } from './node-files.ts';
import { type Given, refuseParameters, usage } from './options.ts';
import { pveumVerbs } from './pveum-options.ts';
import { columns, printObject, printRows } from './tables.ts';
import type { AccessToken, AccessUser, UserCfg } from './user-cfg.ts';

const file = '/etc/pve/priv/token.cfg';

function userOf(given: Given, cfg: UserCfg): AccessUser {
  const id = given.values.get('userid') ?? '';
  return cfg.users.get(id) ?? refuse(`no such user ('${id}')`);
}

function tokenOf(given: Given, cfg: UserCfg): AccessToken {
  const name = given.values.get('tokenid') ?? '';
  const found = userOf(given, cfg).tokens.get(name);
  return found ?? refuse(`no such token '${name}' for user '${given.values.get('userid')}'`);
}

/** Puts a token's value into the file, or takes it out. */
function keep(call: Call, id: string, value: string | undefined): void {
  const lines = (nodeFile(call.state, file) ?? '').split('\n').filter((line) => line !== '');
  const kept = lines.filter((line) => !line.startsWith(`${id} `));
  if (value !== undefined) kept.push(`${id} ${value}`);
  writeNodeFile(call.state, file, kept.map((line) => `${line}\n`).join(''), 0o600);
}

export function addToken(call: Call, given: Given, cfg: UserCfg): boolean {
  const { values } = given;
  const user = userOf(given, cfg);
  const name = values.get('tokenid') ?? '';
  if (user.tokens.has(name))
    refuseParameters(
      new Map([['tokenid', 'Token already exists.']]),
      usage('pveum', 'user token add', pveumVerbs['user token add'] ?? { args: {}, options: {} }),
    );
  user.tokens.set(name, {
    expire: Number(values.get('expire') ?? 0),
    privsep: values.get('privsep') !== '0',
    comment: values.get('comment') ?? '',
  });
  const id = `${values.get('userid')}!${name}`;
  const value = bootId(call.random);
  keep(call, id, value);
  const said = ['comment', 'expire', 'privsep'].map((key) => [key, values.get(key)]);
  const info = {
    privsep: 1,
    ...Object.fromEntries(
      said.filter(([key, one]) => one !== undefined && (key !== 'comment' || one !== '')),
    ),
  };
  printObject(call, given, { 'full-tokenid': id, info, value });
  return true;
}

export function modifyToken(call: Call, given: Given, cfg: UserCfg): boolean {
  const { values } = given;
  const token = tokenOf(given, cfg);
  // An empty one changes nothing.
  token.comment = values.get('comment') || token.comment;
  token.expire = Number(values.get('expire') ?? token.expire);
  token.privsep = (values.get('privsep') ?? (token.privsep ? '1' : '0')) === '1';
  // Since 9.2, from documentation.
  for (const key of splitList(values.get('delete') ?? '')) {
    if (key === 'comment') token.comment = '';
    if (key === 'expire') token.expire = 0;
  }
  const fresh = values.get('regenerate') === '1' ? bootId(call.random) : undefined;
  if (fresh !== undefined) keep(call, `${values.get('userid')}!${values.get('tokenid')}`, fresh);
  printObject(call, given, { ...showToken(token), ...(fresh === undefined ? {} : { value: fresh }) });
  return true;
}

export function showToken({ comment, expire, privsep }: AccessToken): Record<string, unknown> {
  return { ...(comment === '' ? {} : { comment }), expire, privsep: privsep ? 1 : 0 };
}

export function removeToken(call: Call, given: Given, cfg: UserCfg): boolean {
  tokenOf(given, cfg);
  const name = given.values.get('tokenid') ?? '';
  userOf(given, cfg).tokens.delete(name);
  keep(call, `${given.values.get('userid')}!${name}`, undefined);
  return true;
}

export function listTokens(call: Call, given: Given, cfg: UserCfg): boolean {
  const { tokens } = userOf(given, cfg);
  const rows = sorted(tokens.keys()).flatMap((tokenid) => {
    const token = tokens.get(tokenid);
    return token ? [{ ...showToken(token), tokenid }] : [];
  });
  printRows(call, given, columns('tokenid', 'comment', 'expire#', 'privsep'), rows);
  return false;
}
