/** Which number on the node an account of a container is (F17). Pure arithmetic. */

export interface Mapping {
  readonly unprivileged: boolean;
  /** Raw lines of the container, in normal form; its `lxc.idmap` lines count. */
  readonly lines: readonly string[];
  /** `idmap` of the mount: `passthrough`, or ranges `u:<inside>:<on disk>:<count>`. */
  readonly mount?: string | undefined;
}

/** The number that user or group `id` of the container has in the node's own directories. */
export function hostId(kind: 'u' | 'g', id: number, { unprivileged, lines, mount }: Mapping): number {
  if (mount === 'passthrough') return id;
  const ranges = mount === undefined ? rangesOf(lines) : mount.split(';').map((range) => range.split(':'));
  for (const [whose, inside, outside, count] of ranges) {
    const offset = id - Number(inside);
    const both = whose === 'b';
    if ((both || whose === kind) && offset >= 0 && offset < Number(count)) return Number(outside) + offset;
  }
  return unprivileged ? 100_000 + id : id;
}

function rangesOf(lines: readonly string[]): string[][] {
  return lines
    .filter((line) => line.startsWith('lxc.idmap: '))
    .map((line) => line.slice('lxc.idmap: '.length).trim().split(/\s+/));
}
