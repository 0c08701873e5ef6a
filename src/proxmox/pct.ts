/** argv of every `pct` command that phx sends. Pure builders: no quoting, no shell, options in a fixed order. */

import type { CtKeys } from './ct-keys.ts';

export interface CreateOptions {
  readonly template: string;
  readonly storage: string;
  /** GiB. */
  readonly size: number;
  readonly hostname: string;
  readonly unprivileged: boolean;
  readonly description: string;
  readonly ostype?: string;
}

export interface CloneOptions {
  readonly source: number;
  readonly snapshot?: string;
  readonly hostname: string;
  readonly storage: string;
  readonly full: boolean;
  /** The node that it is born on, where that is not the one of its source. */
  readonly target?: string;
  readonly description: string;
}

/** A backup of one guest; a running one is frozen only for the moment of its snapshot (B152). */
export function vzdump(id: number, storage: string, notes?: string): string[] {
  return [
    ...['vzdump', String(id), '--storage', storage, '--mode', 'snapshot', '--compress', 'zstd'],
    ...(notes === undefined ? [] : ['--notes-template', notes]),
  ];
}

export const pct = {
  program: 'pct' as const,
  create: (id: number, options: CreateOptions): string[] => [
    ...['pct', 'create', String(id), options.template],
    ...['--hostname', options.hostname, '--rootfs', `${options.storage}:${options.size}`],
    // Always said: the command line's default is privileged, the API's of Proxmox VE 9 is not (F1, B55).
    ...['--unprivileged', options.unprivileged ? '1' : '0', '--description', options.description],
    ...(options.ostype ? ['--ostype', options.ostype] : []),
  ],
  clone: (id: number, options: CloneOptions): string[] => [
    ...['pct', 'clone', String(options.source), String(id)],
    ...(options.snapshot ? ['--snapname', options.snapshot] : []),
    ...['--hostname', options.hostname, '--full', options.full ? '1' : '0'],
    // A linked clone stays on its source's storage and refuses the option (B68).
    ...(options.full ? ['--storage', options.storage] : []),
    ...(options.target ? ['--target', options.target] : []),
    ...['--description', options.description],
  ],
  /** `digest`: of the conf that the change was decided on; another one by then is refused (B22). */
  set: (id: number, keys: CtKeys, remove: readonly string[] = [], digest?: string): string[] => [
    ...['pct', 'set', String(id)],
    ...Object.entries(keys).flatMap(([key, value]) => [`--${key}`, value]),
    ...(remove.length > 0 ? ['--delete', remove.join(',')] : []),
    ...unchanged(digest),
  ],
  /** Drops changes that wait for the next start; `--delete` does not drop what is only pending (B39, B40). */
  revert: (id: number, keys: readonly string[], digest?: string): string[] => [
    ...['pct', 'set', String(id), '--revert', keys.join(','), ...unchanged(digest)],
  ],
  start: (id: number): string[] => ['pct', 'start', String(id)],
  /** Ends it by force after `seconds`, and starts it again (B61). */
  reboot: (id: number, seconds: number): string[] => [
    ...['pct', 'reboot', String(id), '--timeout', String(seconds)],
  ],
  shutdown: (id: number, seconds: number): string[] => [
    ...['pct', 'shutdown', String(id), '--timeout', String(seconds), '--forceStop', '1'],
  ],
  resize: (id: number, volume: string, gib: number, digest?: string): string[] => [
    ...['pct', 'resize', String(id), volume, `${gib}G`, ...unchanged(digest)],
  ],
  snapshot: (id: number, name: string, description: string): string[] => [
    ...['pct', 'snapshot', String(id), name, '--description', description],
  ],
  deleteSnapshot: (id: number, name: string): string[] => ['pct', 'delsnapshot', String(id), name],
  /** Also volumes that the conf no longer names (B33); with `purge` out of backup jobs and replication, too. */
  destroy: (id: number, { purge = false }: { readonly purge?: boolean } = {}): string[] => [
    ...['pct', 'destroy', String(id), '--destroy-unreferenced-disks', '1'],
    ...(purge ? ['--purge', '1'] : []),
  ],
  /** Only what its conf names: volumes that nobody names may be somebody's data. */
  destroyNamed: (id: number, { purge = false }: { readonly purge?: boolean } = {}): string[] => [
    ...['pct', 'destroy', String(id), ...(purge ? ['--purge', '1'] : [])],
  ],
  /** Gives a volume to another container; both are stopped (F16). */
  moveVolume: (id: number, key: string, target: number, targetKey: string): string[] => [
    ...['pct', 'move-volume', String(id), key],
    ...['--target-vmid', String(target), '--target-volume', targetKey],
  ],
  /** Without a storage it would all go to `local`; MAC, bind mounts and raw lines come back as they were (B72). */
  restore: (id: number, backup: string, storage: string, description: string): string[] => [
    ...['pct', 'restore', String(id), backup, '--storage', storage, '--description', description],
  ],
  /** Over the container that stands; every volume of it is replaced, and `storage` is where the new ones lie (B72, B154). */
  restoreOver: (id: number, backup: string, storage: string): string[] => [
    ...['pct', 'restore', String(id), backup, '--storage', storage, '--force', '1'],
  ],
  rollback: (id: number, name: string): string[] => ['pct', 'rollback', String(id), name],
  template: (id: number): string[] => ['pct', 'template', String(id)],
  unlock: (id: number): string[] => ['pct', 'unlock', String(id)],
  /** One that runs is shut down, and started there (schema 9.2). */
  migrate: (id: number, node: string, running: boolean): string[] => [
    ...['pct', 'migrate', String(id), node, ...(running ? ['--restart', '1'] : [])],
  ],
  /** The caller's environment is kept out: the default lets it in (F2b, B63). */
  exec: (id: number, argv: readonly string[]): string[] => [
    'pct',
    'exec',
    String(id),
    '--keep-env',
    '0',
    '--',
    ...argv,
  ],
};

function unchanged(digest: string | undefined): string[] {
  return digest === undefined ? [] : ['--digest', digest];
}
