/** `pveum pool`: add and delete recorded (backup-jobs), modify and list from the source of pve-manager (B130). */

import { splitList } from '../proxmox/conf.ts';
import { type Call, refuse } from './call.ts';
import { kindOf } from './guests.ts';
import type { Given } from './options.ts';
import { type AccessPool, keepPools, poolsOf } from './pools.ts';
import { allStorages } from './storage/storages.ts';
import { columns, printRows } from './tables.ts';
import type { UserCfg } from './user-cfg.ts';

export function poolAdd(_call: Call, { values }: Given, cfg: UserCfg): boolean {
  const name = values.get('poolid') ?? '';
  const pools = poolsOf(cfg);
  const there = (one: string) => pools.some((pool) => pool.name === one);
  if (there(name)) refuse(`create pool failed: pool '${name}' already exists`);
  const parent = /^(.*)\/[^/]+$/.exec(name)?.[1];
  if (parent !== undefined && !there(parent))
    refuse(`create pool failed: parent '${parent}' of pool '${name}' does not exist`);
  pools.push({ name, comment: values.get('comment') ?? '', vms: [], storages: [] });
  keepPools(cfg, pools);
  return true;
}

export function poolDelete(call: Call, { values }: Given, cfg: UserCfg): boolean {
  const name = values.get('poolid') ?? '';
  const pools = poolsOf(cfg);
  const pool = pools.find((one) => one.name === name);
  if (!pool) return refuse(`delete pool failed: pool '${name}' does not exist`);
  const holds = (what: string) =>
    refuse(`delete pool failed: pool '${name}' is not empty (contains ${what})`);
  const below = pools.find((one) => one.name.startsWith(`${name}/`));
  if (below) holds(`pool '${below.name}'`);
  // What is gone does not count.
  const guest = pool.vms.find((id) => kindOf(call.state, id) !== undefined);
  if (guest !== undefined) holds(`VM ${guest}`);
  const known = allStorages(call.state).map(({ id }) => id);
  const storage = pool.storages.find((id) => known.includes(id));
  if (storage !== undefined) holds(`storage '${storage}'`);
  keepPools(
    cfg,
    pools.filter((one) => one !== pool),
  );
  cfg.acl = cfg.acl.filter(({ path }) => path !== `/pool/${name}`);
  return true;
}

export function poolModify(_call: Call, { values }: Given, cfg: UserCfg): boolean {
  const name = values.get('poolid') ?? '';
  const pools = poolsOf(cfg);
  const pool = pools.find((one) => one.name === name);
  if (!pool) return refuse(`update pools failed: pool '${name}' does not exist`);
  pool.comment = values.get('comment') ?? pool.comment;
  const gone = values.get('delete') === '1';
  for (const id of splitList(values.get('vms') ?? '')) {
    const member = pool.vms.includes(id);
    if (gone && !member) refuse(`update pools failed: VM ${id} is not a pool member`);
    if (!gone && member) refuse(`update pools failed: VM ${id} is already a pool member`);
    if (!gone) leaveOther(pools, id, values.get('allow-move') === '1');
    pool.vms = gone ? pool.vms.filter((one) => one !== id) : [...pool.vms, id];
  }
  for (const id of splitList(values.get('storage') ?? '')) {
    const member = pool.storages.includes(id);
    if (gone && !member) refuse(`update pools failed: Storage '${id}' is not a pool member`);
    if (!gone && member) refuse(`update pools failed: Storage '${id}' is already a pool member`);
    pool.storages = gone ? pool.storages.filter((one) => one !== id) : [...pool.storages, id];
  }
  keepPools(cfg, pools);
  return true;
}

/** A guest is in one pool at most. */
function leaveOther(pools: readonly AccessPool[], id: string, move: boolean): void {
  const other = pools.find(({ vms }) => vms.includes(id));
  if (!other) return;
  if (!move)
    refuse(
      `update pools failed: VM ${id} belongs already to pool '${other.name}' and 'allow-move' is not set`,
    );
  other.vms = other.vms.filter((one) => one !== id);
}

/** The members of one pool are not told: their figures are those of a daemon. */
export function poolList(call: Call, given: Given, cfg: UserCfg): boolean {
  const name = given.values.get('poolid');
  const pools = poolsOf(cfg).filter((pool) => name === undefined || pool.name === name);
  if (name !== undefined && pools.length === 0) refuse(`pool '${name}' does not exist`);
  const rows = pools.map(({ comment, name: poolid }) => ({
    ...(comment === '' ? {} : { comment }),
    ...(name === undefined ? {} : { members: [] }),
    poolid,
  }));
  printRows(call, given, columns('poolid', 'comment', 'members'), rows);
  return false;
}
