/** /etc/pve/storage.cfg as data. Pure parse; phx changes the file through `pvesm` only. */

export interface StorageSection {
  readonly type: string;
  readonly id: string;
  readonly options: ReadonlyMap<string, string>;
}

/** The definitions by storage id; lines that Proxmox would not understand are left out, as it leaves them out (B135). */
export function parseStorageCfg(text: string): Map<string, StorageSection> {
  const sections = new Map<string, StorageSection>();
  let options: Map<string, string> | undefined;
  for (const line of text.split('\n')) {
    const head = /^([a-z0-9]+):\s+(\S+)\s*$/.exec(line);
    if (head) {
      options = new Map();
      sections.set(head[2] ?? '', { type: head[1] ?? '', id: head[2] ?? '', options });
      continue;
    }
    const option = /^\s+(\S+)(?:\s+(.*?))?\s*$/.exec(line);
    if (option && options) options.set(option[1] ?? '', option[2] ?? '1');
    else if (line.trim() === '') options = undefined;
  }
  return sections;
}

/** A content list as a sorted set: Proxmox writes it in random order. */
export function contentSet(content: string): string {
  return content
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .sort()
    .join(',');
}
