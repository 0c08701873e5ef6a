/** The form of storage.cfg, jobs.cfg and the files in /etc/pve/ha: sections `type: id` with indented options. Pure parse. */

export interface Section {
  readonly type: string;
  readonly id: string;
  readonly options: ReadonlyMap<string, string>;
}

/** The sections by id; lines that Proxmox would not understand are left out, as it leaves them out (B135). */
export function parseSections(text: string): Map<string, Section> {
  const sections = new Map<string, Section>();
  let options: Map<string, string> | undefined;
  for (const line of text.split('\n')) {
    const head = /^([a-z0-9-]+):\s+(\S+)\s*$/.exec(line);
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
