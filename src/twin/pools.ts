/** Pools as lines of user.cfg, and the guests that join and leave them (B130; from the source of pve-access-control). */

import { decodeText, encodeText, sorted, splitList } from '../proxmox/conf.ts';
import { type Call, refuse } from './call.ts';
import { nodeFile, writeNodeFile } from './node-files.ts';
import { parseUserCfg, printUserCfg, type UserCfg } from './user-cfg.ts';

export interface AccessPool {
  readonly name: string;
  comment: string;
  vms: string[];
  storages: string[];
}

export function poolsOf(cfg: UserCfg): AccessPool[] {
  return cfg.pools.map((line) => {
    const [, name = '', comment = '', vms = '', storages = ''] = line.split(':');
    return { name, comment: decodeText(comment), vms: splitList(vms), storages: splitList(storages) };
  });
}

export function keepPools(cfg: UserCfg, pools: readonly AccessPool[]): void {
  const byName = [...pools].sort((a, b) => (a.name < b.name ? -1 : 1));
  cfg.pools = byName.map(
    ({ name, comment, vms, storages }) =>
      `pool:${name}:${encodeText(comment)}:${sorted(vms).join(',')}:${sorted(storages).join(',')}:`,
  );
}

const file = '/etc/pve/user.cfg';

function read(call: Call): UserCfg {
  return parseUserCfg(nodeFile(call.state, file) ?? '', () => {});
}

/** Refuses a pool that is not there. */
export function checkPool(call: Call, name: string | undefined): void {
  if (name !== undefined && !poolsOf(read(call)).some((pool) => pool.name === name))
    refuse(`403 Permission check failed (pool '${name}' does not exist)`);
}

/** A new guest is in the pool that it was made for. */
export function joinPool(call: Call, name: string | undefined, id: number): void {
  if (name === undefined) return;
  const cfg = read(call);
  const pools = poolsOf(cfg);
  pools.find((pool) => pool.name === name)?.vms.push(String(id));
  keepPools(cfg, pools);
  writeNodeFile(call.state, file, printUserCfg(cfg), 0o640);
}

/** A destroyed guest leaves its pool, and what was permitted for it is gone. */
export function leaveAccess(call: Call, id: number): void {
  const cfg = read(call);
  const pools = poolsOf(cfg);
  const acl = cfg.acl.filter(({ path }) => path !== `/vms/${id}`);
  if (acl.length === cfg.acl.length && !pools.some(({ vms }) => vms.includes(String(id)))) return;
  cfg.acl = acl;
  for (const pool of pools) pool.vms = pool.vms.filter((one) => one !== String(id));
  keepPools(cfg, pools);
  writeNodeFile(call.state, file, printUserCfg(cfg), 0o640);
}
