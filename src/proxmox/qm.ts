/** argv of every `qm` command that phx sends. Pure builders: no quoting, no shell, options in a fixed order. */

import type { VmKeys } from './vm-keys.ts';

export interface VmCreateOptions {
  readonly name: string;
  /** What the machine is made of, the root disk among it. */
  readonly keys: VmKeys;
  readonly description: string;
}

export interface VmCloneOptions {
  readonly source: number;
  readonly snapshot?: string;
  readonly name: string;
  readonly storage: string;
  readonly format?: string;
  readonly full: boolean;
  /** The node that it is born on, where that is not the one of its source. */
  readonly target?: string;
  readonly description: string;
}

export const qm = {
  program: 'qm' as const,
  create: (id: number, { name, keys, description }: VmCreateOptions): string[] => [
    ...['qm', 'create', String(id), '--name', name],
    ...Object.entries(keys).flatMap(([key, value]) => [`--${key}`, value]),
    ...['--description', description],
  ],
  clone: (id: number, options: VmCloneOptions): string[] => [
    ...['qm', 'clone', String(options.source), String(id)],
    ...(options.snapshot ? ['--snapname', options.snapshot] : []),
    ...['--name', options.name, '--full', options.full ? '1' : '0'],
    // A linked clone stays on its source's storage and refuses the option (vm-template-clone).
    ...(options.full ? ['--storage', options.storage] : []),
    ...(options.full && options.format ? ['--format', options.format] : []),
    ...(options.target ? ['--target', options.target] : []),
    ...['--description', options.description],
  ],
  /** `digest`: of the conf that the change was decided on; another one by then is refused (B22). */
  set: (id: number, keys: VmKeys, remove: readonly string[] = [], digest?: string): string[] => [
    ...['qm', 'set', String(id)],
    ...Object.entries(keys).flatMap(([key, value]) => [`--${key}`, value]),
    ...(remove.length > 0 ? ['--delete', remove.join(',')] : []),
    ...unchanged(digest),
  ],
  /** Drops changes that wait for the next start. */
  revert: (id: number, keys: readonly string[], digest?: string): string[] => [
    ...['qm', 'set', String(id), '--revert', keys.join(','), ...unchanged(digest)],
  ],
  start: (id: number): string[] => ['qm', 'start', String(id)],
  /** Asks the guest to end, and ends it after `seconds`: without `forceStop` a deaf one fails the command (B98). */
  shutdown: (id: number, seconds: number): string[] => [
    ...['qm', 'shutdown', String(id), '--timeout', String(seconds), '--forceStop', '1'],
  ],
  /** Exits 0 also when it refuses (B4). */
  resize: (id: number, disk: string, gib: number, digest?: string): string[] => [
    ...['qm', 'resize', String(id), disk, `${gib}G`, ...unchanged(digest)],
  ],
  /** Of the disks alone: a memory image would make every seal as large as the machine. */
  snapshot: (id: number, name: string, description: string): string[] => [
    ...['qm', 'snapshot', String(id), name, '--description', description],
  ],
  deleteSnapshot: (id: number, name: string): string[] => ['qm', 'delsnapshot', String(id), name],
  /** Also volumes that the conf no longer names; with `purge` out of backup jobs and replication, too. */
  destroy: (id: number, { purge = false }: { readonly purge?: boolean } = {}): string[] => [
    ...['qm', 'destroy', String(id), '--destroy-unreferenced-disks', '1'],
    ...(purge ? ['--purge', '1'] : []),
  ],
  /** Over the VM that stands. Each disk goes to the storage that it lay on: without a storage that is what the backup says. */
  restoreOver: (id: number, backup: string): string[] => ['qmrestore', backup, String(id), '--force', '1'],
  rollback: (id: number, name: string): string[] => ['qm', 'rollback', String(id), name],
  template: (id: number): string[] => ['qm', 'template', String(id)],
  unlock: (id: number): string[] => ['qm', 'unlock', String(id)],
  /** Disks on storages of one node are copied; of one that runs only where that is said (schema 9.2). */
  migrate: (id: number, node: string, running: boolean): string[] => [
    ...['qm', 'migrate', String(id), node],
    ...(running ? ['--online', '1', '--with-local-disks', '1'] : []),
  ],
};

function unchanged(digest: string | undefined): string[] {
  return digest === undefined ? [] : ['--digest', digest];
}
