/** `pveum pool add` and `delete`: recorded (backup-jobs); what lies in a pool is not modelled. */

import { type Call, refuse } from './call.ts';
import type { Given } from './options.ts';
import type { UserCfg } from './user-cfg.ts';

const nameOf = (line: string) => line.split(':')[1];

export function poolAdd(_call: Call, { values }: Given, cfg: UserCfg): boolean {
  const name = values.get('poolid') ?? '';
  if (cfg.pools.some((line) => nameOf(line) === name))
    refuse(`create pool failed: pool '${name}' already exists`);
  cfg.pools.push(`pool:${name}:${values.get('comment') ?? ''}:::`);
  return true;
}

export function poolDelete(_call: Call, { values }: Given, cfg: UserCfg): boolean {
  const name = values.get('poolid') ?? '';
  const left = cfg.pools.filter((line) => nameOf(line) !== name);
  if (left.length === cfg.pools.length) refuse(`delete pool failed: pool '${name}' does not exist`);
  cfg.pools = left;
  return true;
}
