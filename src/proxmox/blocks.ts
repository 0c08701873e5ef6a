/** What lies on the disks, out of lsblk: who uses them and which signatures they carry. Pure parse; it opens no device. */

/** One line of lsblk. What lies on two devices (RAID) has a line for each. */
export interface Block {
  /** `/dev/sda1`. */
  readonly name: string;
  /** `disk`, `part`, `lvm`, `crypt`, `raid1`, `mpath`, … */
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  readonly fstype?: string;
  /** Of a partition that of the table it stands in. */
  readonly pttype?: string;
  readonly label?: string;
  /** A path, or `[SWAP]`. */
  readonly mountpoint?: string;
  readonly parent?: string;
}

/** Lines without a name are left out. Never throws. */
export function parseLsblk(lines: readonly string[]): Block[] {
  return lines.flatMap((line) => {
    const pairs = [...line.matchAll(/([A-Z0-9_:-]+)="((?:[^"\\]|\\.)*)"/g)];
    const values = new Map(pairs.map(([, key = '', value = '']) => [key, decodeBytes(value)]));
    const name = values.get('NAME');
    if (!name) return [];
    const optional = (key: string, column: string) => {
      const value = values.get(column);
      return value ? { [key]: value } : {};
    };
    return [
      {
        name,
        type: values.get('TYPE') ?? '',
        size: Number(values.get('SIZE') ?? 0),
        ...optional('fstype', 'FSTYPE'),
        ...optional('pttype', 'PTTYPE'),
        ...optional('label', 'LABEL'),
        ...optional('mountpoint', 'MOUNTPOINT'),
        ...optional('parent', 'PKNAME'),
      },
    ];
  });
}

/** lsblk writes odd bytes as `\x22`. */
function decodeBytes(text: string): string {
  if (!text.includes('\\')) return text;
  const bytes: number[] = [];
  for (const [, hex, plain = ''] of text.matchAll(/\\x([0-9a-fA-F]{2})|(\\.|[^\\]+)/g)) {
    if (hex) bytes.push(Number.parseInt(hex, 16));
    else bytes.push(...new TextEncoder().encode(plain.startsWith('\\') ? plain.slice(1) : plain));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

export interface Found {
  /** What uses the device now; a phrase for a person each. */
  readonly inUse: readonly string[];
  /** What was written there once; making something new would destroy it. */
  readonly signatures: readonly string[];
}

/**
 * What is on a device and on all that lies on it. `device` is the kernel's name (`/dev/sda`), not a link to it; one that
 * lsblk did not list is an error, because nothing found must mean blank. The members of an imported ZFS pool are not in
 * use as far as lsblk knows: ask `zpool status` as well.
 */
export function foundOn(blocks: readonly Block[], device: string): Found {
  const own = blocks.find(({ name }) => name === device);
  if (!own) throw new Error(`lsblk lists no device ${device}`);
  const all = [own, ...below(blocks, device, new Set([device]))];
  return {
    inUse: all.flatMap((block) => uses(block, block === own)),
    signatures: all.flatMap(signaturesOf),
  };
}

function below(blocks: readonly Block[], parent: string, seen: Set<string>): Block[] {
  return blocks.flatMap((block) => {
    if (block.parent !== parent || seen.has(block.name)) return [];
    seen.add(block.name);
    return [block, ...below(blocks, block.name, seen)];
  });
}

const layers: readonly (readonly [type: RegExp, words: string])[] = [
  [/^part$/, ''],
  [/^lvm$/, 'an active LVM volume'],
  [/^crypt$/, 'an open encrypted device'],
  [/^(raid|linear|md)/, 'a running RAID'],
  [/^mpath$/, 'a multipath device'],
  [/./, 'an active device'],
];

function uses({ name, type, parent, mountpoint }: Block, own: boolean): string[] {
  const layer = layers.find(([pattern]) => pattern.test(type))?.[1];
  return [
    ...(layer && !own ? [`${name} is ${layer} on ${parent}`] : []),
    ...(mountpoint === '[SWAP]' ? [`${name} is in use as swap`] : []),
    ...(mountpoint && mountpoint !== '[SWAP]' ? [`${name} is mounted at ${mountpoint}`] : []),
  ];
}

function signaturesOf({ name, type, fstype, pttype, label }: Block): string[] {
  const what = fstype === 'zfs_member' ? 'pool' : 'label';
  return [
    ...(pttype && type !== 'part' ? [`${pttype} partition table on ${name}`] : []),
    ...(fstype ? [`${fstype} on ${name}${label ? `, ${what} ${label}` : ''}`] : []),
  ];
}
