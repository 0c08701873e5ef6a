/** The text of /etc/pve/storage.cfg: a view of the twin's storages, also writable by hand (B131, B135). */

import { sorted } from '../proxmox/conf.ts';
import { storageTypes } from './pvesm-options.ts';
import type { Storage } from './state.ts';

/** Prints the file: `disable` first, then the type's required options and the path, then the others by name. */
export function printStorageCfg(storages: readonly Storage[]): string {
  return storages.map(printStorage).join('');
}

function printStorage(storage: Storage): string {
  const { id, type, options } = storage;
  const required = storageTypes[type]?.required ?? [];
  const first = options.path === undefined ? required : sorted(new Set([...required, 'path']));
  const rest = sorted(Object.keys(options)).filter((key) => !first.includes(key) && key !== 'disable');
  let text = `${type}: ${id}\n`;
  if (options.disable !== undefined && options.disable !== '0') text += '\tdisable\n';
  for (const key of [...first, ...rest]) if (options[key] !== undefined) text += `\t${key} ${options[key]}\n`;
  return `${text}\n`;
}

/** Reads the file; lines and types that Proxmox would not know are left out, as its next write does (B135). */
export function parseStorageCfg(text: string): Storage[] {
  const storages: Storage[] = [];
  let current: Storage | undefined;
  for (const line of text.split('\n')) {
    const head = /^(\S+):\s*(\S+)\s*$/.exec(line);
    if (head) {
      current = undefined;
      if (!storageTypes[head[1] ?? '']) continue;
      current = { type: head[1] ?? '', id: head[2] ?? '', options: {} };
      storages.push(current);
      continue;
    }
    const option = /^\s+(\S+)(?:\s+(.*?))?\s*$/.exec(line);
    if (option && current) current.options[option[1] ?? ''] = option[2] ?? '1';
  }
  return storages;
}
