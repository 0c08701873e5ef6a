/**
 * The ownership mark: a line that phx writes into a guest's description in the very command that makes the guest, so
 * that no crash can leave a guest of ours without it. Clones copy descriptions, so it counts only where the id agrees.
 */

export interface Mark {
  readonly project: string;
  readonly kind: 'ctid' | 'vmid';
  readonly vmid: number;
  /** Random; another guest of the same id has another one. */
  readonly incarnation: string;
  /** What it was made from: `clone:920@sealed-3f2a` or the template's volume. */
  readonly from: string;
}

export function printMark(mark: Mark): string {
  return `phx: project=${mark.project} kind=${mark.kind} vmid=${mark.vmid} incarnation=${mark.incarnation} from=${mark.from}`;
}

/** The mark in a description, if it is one of the guest `vmid`. */
export function readMark(description: string, vmid: number): Mark | undefined {
  const line = description.split('\n').find((text) => text.startsWith('phx: '));
  if (!line) return undefined;
  const fields = new Map(
    line
      .slice(5)
      .split(' ')
      .map((field) => {
        const equals = field.indexOf('=');
        return [field.slice(0, equals), field.slice(equals + 1)] as const;
      }),
  );
  const incarnation = fields.get('incarnation');
  const kind = fields.get('kind');
  if (fields.get('vmid') !== String(vmid) || !incarnation || (kind !== 'ctid' && kind !== 'vmid'))
    return undefined;
  return { project: fields.get('project') ?? '', kind, vmid, incarnation, from: fields.get('from') ?? '' };
}

/** The description without its mark: what a person wrote. */
export function withoutMark(description: string): string {
  return description
    .split('\n')
    .filter((line) => !line.startsWith('phx: '))
    .join('\n')
    .replace(/\n+$/, '');
}

/** A description that begins with the mark. */
export function withMark(mark: Mark, description: string | undefined): string {
  return description ? `${printMark(mark)}\n${description}` : printMark(mark);
}
