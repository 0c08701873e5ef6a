/** /etc/pve/storage.cfg as data. Pure parse; phx changes the file through `pvesm` only. */

import { parseSections, type Section } from './sections.ts';
import { storageType } from './storage-types.ts';

export type StorageSection = Section;

/** The definitions by storage id. */
export function parseStorageCfg(text: string): Map<string, StorageSection> {
  return parseSections(text);
}

/** Whether other nodes see the same there: by its type, or because its definition says so. */
export function isShared({ type, options }: StorageSection): boolean {
  return options.get('shared') === '1' || storageType(type)?.shared === true;
}

/** A content list as a sorted set: Proxmox writes it in random order. */
export function contentSet(content: string): string {
  const parts = content.split(',').map((part) => part.trim());
  return [...new Set(parts.filter((part) => part !== ''))].sort().join(',');
}
