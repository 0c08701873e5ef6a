/** What the node serves in the old hypervisor file: NFS exports and Samba shares, with the directories behind them. */

import { pattern } from '../config/schema/scalar.ts';
import type { Json } from '../core/json.ts';
import { exportProblems } from '../proxmox/exports.ts';
import type { Old } from './ledger.ts';
import { dropAll } from './node-storage.ts';
import { anyText, asAccount, asPath, move, read, text } from './values.ts';
import type { Work } from './work.ts';

const workgroupName = text(pattern(/^[A-Za-z0-9-]{1,15}$/, ''), 'a workgroup');
const shareName = text(pattern(/^[^\s[\]/\\:|<>+=;,*?"]+$/, ''), 'the name of a share');

/**
 * A directory where phx has it: datasets are mounted below the name of their pool, not below /mnt/pve. Where its pool is
 * described and no dataset holds it, one is described.
 */
export function onDataset(work: Work, path: string): { readonly path: string; readonly repaired?: string } {
  const pools = work.section('zfs', 'pools').map(([name]) => name);
  const [, first, second, third = ''] = path.split('/');
  const isMounted = first === 'mnt' && second === 'pve' && pools.includes(third);
  const right = isMounted ? path.slice('/mnt/pve'.length) : path;
  const [, pool = '', name] = right.split('/');
  const datasets = work.section('zfs', 'datasets').map(([full]) => `/${full}`);
  const holds = datasets.some((point) => right === point || right.startsWith(`${point}/`));
  if (pools.includes(pool) && !holds && name !== undefined)
    work.guess(
      work.hypervisor,
      ['zfs', 'datasets', `${pool}/${name}`],
      { compression: 'lz4' },
      `No dataset held ${right}: its data lay on the root disk. Give this one a quota, and move the data.`,
    );
  if (!isMounted) return { path: right };
  return {
    path: right,
    repaired: `it was ${path}, which is on the root disk: datasets of ${third} are mounted at /${third}. Move what lies there.`,
  };
}

/** `nfs.exports`, with the directories behind them. */
export function exportsOf(work: Work, old: Old | undefined): void {
  const { hypervisor } = work;
  for (const one of old?.at('exports')?.items() ?? []) {
    const said = one.at('path');
    const path = read<string>(said, asPath);
    const clients = words(one.at('clients'), (client) => exportProblems('/x', [client], []));
    const options = words(one.at('options'), (option) => exportProblems('/x', ['*'], [option]));
    if (said === undefined || path === undefined || clients.length === 0) {
      dropAll(one, 'an export has a path and clients');
      continue;
    }
    const found = onDataset(work, path);
    const place = ['nfs', 'exports', found.path];
    const target = hypervisor.set(place, { clients, options });
    if (found.repaired === undefined) said.carry(target);
    else said.doubt(target, found.repaired);
    for (const key of ['clients', 'options'])
      for (const leaf of one.at(key)?.leaves() ?? [])
        if (!leaf.isSettled) leaf.carry(hypervisor.at([...place, key]));
    const directory = ['directories', found.path];
    if (hypervisor.has(directory)) hypervisor.set([...directory, 'mode'], '2775');
    else {
      const open = { owner: 'nobody', group: 'nogroup', mode: '0777' };
      work.guess(
        hypervisor,
        directory,
        open,
        'as the old step left it: anybody may write there. Narrow it where you can.',
      );
    }
  }
}

/** Words that exportfs takes; the others are dropped. */
function words(old: Old | undefined, problems: (word: string) => readonly string[]): Json[] {
  const good: Json[] = [];
  for (const one of old?.isEmpty === false ? old.items() : []) {
    const word = String(one.value);
    const [problem] = problems(word);
    if (problem === undefined && !good.includes(word)) good.push(word);
    else one.drop(problem ?? 'it stands there twice');
  }
  return good;
}

/** `samba`, with the accounts that its shares name and the directories behind them. */
export function shares(work: Work, old: Old | undefined, workgroup: Old | undefined): void {
  const { hypervisor } = work;
  const user = read<string>(old?.at('user'), asAccount);
  if (old === undefined || user === undefined) {
    dropAll(old, 'shares need a user');
    workgroup?.drop('there are no shares');
    return;
  }
  move(workgroup, hypervisor, ['samba', 'workgroup'], workgroupName);
  move(old.at('user'), hypervisor, ['samba', 'user'], asAccount);
  person(work, user);
  hypervisor.note(
    ['samba', 'user'],
    "Shares can be opened once this account has a password: password: { secret: 'env:SAMBA_PASSWORD' }.",
  );
  hypervisor.set(['samba', 'shares'], {});
  for (const share of old.at('shares')?.items() ?? []) {
    const name = read<string>(share.at('name'), shareName);
    const said = share.at('path');
    const path = read<string>(said, (value) => asPath(`/${String(value).replace(/^\/+/, '')}`));
    if (name === undefined || said === undefined || path === undefined) {
      dropAll(share, 'a share has a name and a path');
      continue;
    }
    const place = ['samba', 'shares', name];
    const found = onDataset(work, path);
    share.at('name')?.carry(hypervisor.at(place));
    const target = hypervisor.set([...place, 'path'], found.path);
    if (found.repaired !== undefined) said.doubt(target, found.repaired);
    else if (said.value === found.path) said.carry(target);
    else said.repair(target, 'an absolute path');
    validUsers(work, share, place, user);
    options(work, share.at('options'), place);
    const directory = ['directories', found.path];
    if (!hypervisor.has(directory))
      work.add(
        hypervisor,
        directory,
        { owner: user, group: user, mode: '2770' },
        'the old step gave shared directories to the user of Samba',
      );
  }
}

function validUsers(work: Work, share: Old, place: readonly string[], user: string): void {
  const users: Json[] = [];
  const target = work.hypervisor.at([...place, 'validUsers']);
  for (const one of share.at('valid_users')?.items() ?? []) {
    const name = read<string>(one, anyText);
    if (name === undefined) continue;
    if (name.startsWith('@') || !('dropped' in asAccount(name))) {
      users.push(name);
      one.carry(target);
      if (!name.startsWith('@')) person(work, name);
    } else one.drop(`'${name}' is not the name of an account`);
  }
  work.hypervisor.set(target.path, users.length > 0 ? users : [user]);
}

/** The account of a share: the old system made the one that it knew, and wanted any other to be there. */
function person(work: Work, name: string): void {
  if (work.hypervisor.has(['users', name])) return;
  if (name === 'heads')
    work.add(
      work.hypervisor,
      ['users', name],
      { sudo: true, administrator: true },
      'the old step create_heads_user made this account',
    );
  else
    work.guess(
      work.hypervisor,
      ['users', name],
      {},
      'the shares name this account; the old system wanted it to be there',
    );
}

/** `browseable=yes writable=yes`: smb.conf's own words, which the old step did not even read. */
function options(work: Work, old: Old | undefined, place: readonly string[]): void {
  if (old === undefined) return;
  const odd: string[] = [];
  let target = work.hypervisor.at(place);
  for (const pair of String(old.value)
    .split(/[\s,;]+(?=\w)/)
    .filter((word) => word !== '')) {
    const [key = '', value = ''] = pair.toLowerCase().split('=');
    const yes = ['yes', 'true', '1'].includes(value);
    if (/^brows(e?)able$/.test(key)) target = work.hypervisor.set([...place, 'browseable'], yes);
    else if (['writable', 'writeable'].includes(key))
      target = work.hypervisor.set([...place, 'writable'], yes);
    else if (key === 'read_only') target = work.hypervisor.set([...place, 'writable'], !yes);
    else odd.push(pair);
  }
  if (odd.length === 0) old.repair(target, 'one text became a value for each option');
  else old.doubt(target, `phx has no such option of a share: ${odd.join(', ')}`);
}
