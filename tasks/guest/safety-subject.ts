/** What a kind of guest tells of itself, so that safety points of it can be taken and gone back to: the port that it fills. */

import type { TaskContext } from '../../src/core/task.ts';
import type { GuestConf } from '../../src/proxmox/conf.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { parseStorageCfg } from '../../src/proxmox/storage-cfg.ts';
import type { Machine } from './machine.ts';

export interface SafetySubject {
  readonly id: number;
  readonly machine: (context: TaskContext<Facts>) => Machine;
  /** Why Proxmox would take no snapshot of it. */
  readonly obstacle: (machine: Machine, facts: Facts) => string | undefined;
  /** Volume id of its root. */
  readonly root: (conf: GuestConf) => string;
  /** Keys of what lies beside its root and would go back in time with it. */
  readonly data: (conf: GuestConf) => readonly string[];
  /** Keys of what a restore takes away, puts aside or sets back, besides its root. */
  readonly lost: (conf: GuestConf) => readonly string[];
  /** Has it write what it holds in memory to its root: a snapshot of that alone is to it as if its power had gone. */
  readonly settle?: (context: TaskContext<Facts>) => Promise<void>;
  /** Tells the stopped guest that it goes back in time, where Proxmox knows nothing of that; once too often does no harm. */
  readonly goesBack?: (context: TaskContext<Facts>) => Promise<void>;
  /** Takes away what a restore left that was cut off, where the next one would fail on it. */
  readonly clearRestore?: (context: TaskContext<Facts>) => Promise<void>;
}

/** Where its root lies. */
export function rootOf({ root }: SafetySubject, conf: GuestConf, { host }: Facts) {
  const volume = root(conf);
  const storage = volume.replace(/:.*$/, '');
  const found = parseStorageCfg(host.storageCfg).get(storage);
  return { volume, storage, type: found?.type, pool: found?.options.get('pool') ?? '' };
}
