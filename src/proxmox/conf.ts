/**
 * The text of a guest's conf file as Proxmox reads and writes it: description, keys, raw lxc lines, the pending
 * section, a VM's record of its cloud-init drive, and snapshot sections. Pure parse and print; it knows no host and no defaults (B57, B58, B112).
 */

/** One section of a conf file: the live one, the pending one or a snapshot. */
export interface ConfSection {
  /** Plain text; ends with a line break when it was read from a file. Empty = none. */
  description: string;
  /** Key → value, in no particular order. */
  keys: Map<string, string>;
  /** Raw `lxc.*` lines, in their order. */
  lxc: { key: string; value: string }[];
}

/** A whole conf file. */
export interface GuestConf extends ConfSection {
  /** `[pve:pending]` of a container, `[PENDING]` of a VM (its source): new values, and the names that will be deleted (its `delete:` line). */
  pending: ConfSection;
  pendingDelete: string[];
  snapshots: Map<string, ConfSection>;
  /** Of a VM only: its sections have names of their own. */
  kind?: 'vm';
  /** `[special:cloudinit]`: what a running VM's cloud-init drive still says otherwise (vm-cloudinit-update). */
  cloudinit?: ConfSection;
  /** Lines that Proxmox cannot parse; it complains about them at each read and drops them at the next write. */
  unknown: string[];
}

export function emptySection(): ConfSection {
  return { description: '', keys: new Map(), lxc: [] };
}

export function emptyConf(): GuestConf {
  return {
    ...emptySection(),
    pending: emptySection(),
    pendingDelete: [],
    snapshots: new Map(),
    unknown: [],
  };
}

/** A deep copy of one section. */
export function copySection(section: ConfSection): ConfSection {
  return {
    description: section.description,
    keys: new Map(section.keys),
    lxc: section.lxc.map((line) => ({ ...line })),
  };
}

/** Percent-encodes control characters, `%`, `:`, DEL and all that is not ASCII (B57). */
export function encodeText(text: string): string {
  let encoded = '';
  for (const byte of new TextEncoder().encode(text)) {
    const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25 && byte !== 0x3a;
    encoded += plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

/** The inverse of `encodeText`; broken escapes are kept as they are. */
export function decodeText(text: string): string {
  const bytes: number[] = [];
  const source = new TextEncoder().encode(text);
  for (let at = 0; at < source.length; at++) {
    const byte = source[at] ?? 0;
    const hex = byte === 0x25 ? String.fromCharCode(source[at + 1] ?? 0, source[at + 2] ?? 0) : '';
    if (/^[0-9a-fA-F]{2}$/.test(hex)) {
      bytes.push(Number.parseInt(hex, 16));
      at += 2;
    } else bytes.push(byte);
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

/** Reads a conf file, a VM's when `kind` says so; never throws, what cannot be parsed is in `unknown`. */
export function parseConf(text: string, kind: 'ct' | 'vm' = 'ct'): GuestConf {
  const conf: GuestConf = { ...emptyConf(), ...(kind === 'vm' ? { kind } : {}) };
  let section: ConfSection = conf;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const head = /^\[([a-z][a-z0-9_:-]+)\]\s*$/i.exec(line)?.[1];
    if (head?.toLowerCase() === (kind === 'vm' ? 'pending' : 'pve:pending')) section = conf.pending;
    else if (kind === 'vm' && head?.toLowerCase() === 'special:cloudinit') {
      section = emptySection();
      conf.cloudinit = section;
    } else if (head) {
      section = emptySection();
      conf.snapshots.set(head, section);
    } else if (!parseLine(line, section, conf)) conf.unknown.push(line);
  }
  return conf;
}

function parseLine(line: string, section: ConfSection, conf: GuestConf): boolean {
  if (line.startsWith('#')) {
    section.description += `${decodeText(line.slice(1))}\n`;
    return true;
  }
  const raw = /^(lxc\.[a-z0-9_.-]+)(?::|\s*=)\s*(.*?)\s*$/.exec(line);
  if (raw) {
    section.lxc.push({ key: raw[1] ?? '', value: raw[2] ?? '' });
    return true;
  }
  const match = /^([a-z][a-z_-]*\d*):\s*(.+?)\s*$/.exec(line);
  if (!match) return false;
  const [, key = '', value = ''] = match;
  if (key === 'description') section.description += `${decodeText(value)}\n`;
  else if (key === 'delete' && section === conf.pending) conf.pendingDelete = splitList(value);
  else section.keys.set(key, value);
  return true;
}

/** Splits a list as Proxmox does: commas, semicolons and blanks. */
export function splitList(text: string): string[] {
  return text.split(/[,;\s\0]+/).filter((part) => part !== '');
}

/** The text that Proxmox writes: description, sorted keys, raw lines; then pending, then snapshots by name. */
export function printConf(conf: GuestConf): string {
  let text = printSection(conf);
  if (conf.pending.keys.size > 0 || conf.pendingDelete.length > 0) {
    const pending = copySection(conf.pending);
    if (conf.pendingDelete.length > 0) pending.keys.set('delete', conf.pendingDelete.join(','));
    text += `\n[${conf.kind === 'vm' ? 'PENDING' : 'pve:pending'}]\n${printSection(pending)}`;
  }
  if (conf.cloudinit && conf.cloudinit.keys.size > 0)
    text += `\n[special:cloudinit]\n${printSection(conf.cloudinit)}`;
  for (const name of sorted(conf.snapshots.keys()))
    text += `\n[${name}]\n${printSection(conf.snapshots.get(name) ?? emptySection())}`;
  return text;
}

function printSection(section: ConfSection): string {
  let text = '';
  const lines = section.description.replace(/\n+$/, '');
  if (section.description !== '') for (const line of lines.split('\n')) text += `#${encodeText(line)}\n`;
  for (const key of sorted(section.keys.keys())) text += `${key}: ${section.keys.get(key)}\n`;
  for (const line of section.lxc) text += `${line.key}: ${line.value}\n`;
  return text;
}

/** Byte order, as Perl sorts. */
export function sorted(names: Iterable<string>): string[] {
  return [...names].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** A property string `a=1,b=2`; a part without `=` is the default key's value. */
export function parseProperties(text: string, defaultKey?: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const part of text.split(',')) {
    if (part.trim() === '') continue;
    const equals = part.indexOf('=');
    if (equals > 0) properties.set(part.slice(0, equals), part.slice(equals + 1));
    else if (defaultKey) properties.set(defaultKey, part);
  }
  return properties;
}

/** Prints a property string in Proxmox's order: `first` (the default key without its name), then by name. */
export function printProperties(
  properties: ReadonlyMap<string, string>,
  first: readonly string[],
  defaultKey?: string,
): string {
  const rest = sorted([...properties.keys()].filter((key) => !first.includes(key)));
  return [...first.filter((key) => properties.has(key)), ...rest]
    .map((key) => (key === defaultKey ? `${properties.get(key)}` : `${key}=${properties.get(key)}`))
    .join(',');
}
