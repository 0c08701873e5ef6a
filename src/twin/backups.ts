/**
 * Backups of the twin: an archive is a file whose text tells what was packed, so that it is copied, removed and counted
 * like any other. It knows no command line.
 */

import type { Files } from './files.ts';
import { exists, namesIn } from './files.ts';
import { parseMount } from './guests.ts';
import type { GuestTree, Storage, TwinState } from './state.ts';

/** What `vzdump` packed of a guest. */
export interface Archive {
  readonly vmid: number;
  /** Absent = a container. */
  readonly kind?: 'vm';
  /** Epoch milliseconds. */
  readonly at: number;
  /** The live section of its conf, with what was pending left out. */
  readonly conf: string;
  readonly tree: GuestTree;
  /** Text of its firewall file, when it has one. */
  readonly firewall?: string;
}

const mark = 'phx-twin backup ';

export function printArchive(archive: Archive): string {
  return `${mark}${JSON.stringify(archive)}`;
}

export function parseArchive(text: string | undefined): Archive | undefined {
  return text?.startsWith(mark) ? (JSON.parse(text.slice(mark.length)) as Archive) : undefined;
}

/** `vzdump-lxc-900-2026_11_24-04_20_00`, in UTC (B153). */
export function archiveStem(vmid: number, at: number, kind: 'lxc' | 'qemu' = 'lxc'): string {
  const [day = '', time = ''] = new Date(at).toISOString().slice(0, 19).split('T');
  return `vzdump-${kind}-${vmid}-${day.replaceAll('-', '_')}-${time.replaceAll(':', '_')}`;
}

/** Why a mount is not part of a backup, as vzdump says it; undefined when it is (B151). */
export function excludedBecause(key: string, text: string): string | undefined {
  const { kind, properties } = parseMount(key, text);
  if (kind !== 'volume') return 'not a volume';
  return key === 'rootfs' || properties.get('backup') === '1' ? undefined : 'disabled';
}

export interface Backup {
  readonly volid: string;
  readonly path: string;
  readonly name: string;
  readonly vmid: number;
  readonly protected: boolean;
}

/** The backups of a storage, oldest first. */
export function backupsIn(state: TwinState, storage: Storage): Backup[] {
  const dir = `${storage.options.path ?? ''}/dump`;
  return namesIn(state.files, dir).flatMap((name) => {
    const vmid = /^vzdump-(?:lxc|qemu)-(\d+)-[\d_-]+\.(?:tar|vma)(?:\.(?:zst|gz|lzo))?$/.exec(name)?.[1];
    if (storage.options.path === undefined || vmid === undefined) return [];
    const path = `${dir}/${name}`;
    const volid = `${storage.id}:backup/${name}`;
    return [{ volid, path, name, vmid: Number(vmid), protected: isProtected(state.files, path) }];
  });
}

export function isProtected(files: Files, path: string): boolean {
  return exists(files, `${path}.protected`);
}

/** Removes an archive with the notes and the log beside it. */
export function removeBackup(files: Files, path: string): void {
  for (const one of [
    path,
    `${path}.notes`,
    `${path}.protected`,
    `${path.replace(/\.(tar|vma)(\.\w+)?$/, '')}.log`,
  ])
    delete files[one];
}

/** Removes all but the newest of a guest; what is protected stays and does not count. */
export function prune(
  state: TwinState,
  storage: Storage,
  vmid: number | undefined,
  keep: number,
  tell: (volid: string) => void,
): void {
  const open = backupsIn(state, storage).filter((one) => !one.protected);
  for (const id of new Set(open.map((one) => one.vmid))) {
    if (vmid !== undefined && id !== vmid) continue;
    const own = open.filter((one) => one.vmid === id);
    for (const { volid, path } of own.slice(0, Math.max(0, own.length - keep))) {
      tell(volid);
      removeBackup(state.files, path);
    }
  }
}
