/**
 * What each type of storage can do with the disks of a VM (F9). A pure table, as `storage-abilities.ts` is for containers;
 * it knows no storage of any node.
 */

export interface VmAbilities {
  /** `qm snapshot` takes its disks; `qcow2`: those of that format only. */
  readonly snapshot: boolean | 'qcow2';
  /** `qm template` makes base volumes of its disks. */
  readonly template: boolean;
  /** A clone may lie upon the base volume of a template instead of being a copy. */
  readonly link: boolean;
  /** A full copy may be made of a snapshot. */
  readonly copySnapshot: boolean;
  /** Formats of a new disk; the first one is made without a word. */
  readonly formats: readonly string[];
}

const thin: VmAbilities = {
  ...{ snapshot: true, template: true, link: true, copySnapshot: true },
  formats: ['raw'],
};
const files: VmAbilities = {
  ...{ snapshot: 'qcow2', template: true, link: true, copySnapshot: true },
  formats: ['raw', 'qcow2', 'vmdk'],
};

const table: Readonly<Record<string, VmAbilities>> = {
  // Snapshots are there, but nothing is copied from one.
  zfspool: { ...thin, copySnapshot: false },
  lvmthin: thin,
  rbd: thin,
  btrfs: thin,
  ...{ dir: files, nfs: files, cifs: files, cephfs: files },
  // Snapshots of qcow2 on thick LVM are chains of volumes (Proxmox VE 9, where the storage says so).
  lvm: {
    ...{ snapshot: 'qcow2', template: false, link: false, copySnapshot: false },
    formats: ['raw', 'qcow2'],
  },
  iscsi: { snapshot: false, template: false, link: false, copySnapshot: false, formats: ['raw'] },
};

/** Undefined for a type that is not in the table: then Proxmox decides. */
export function vmAbilitiesOf(type: string | undefined): VmAbilities | undefined {
  return type !== undefined && Object.hasOwn(table, type) ? table[type] : undefined;
}

/** Whether a disk can be snapshotted where it lies; undefined for a type that is not in the table. */
export function canSnapshot(type: string | undefined, format: string | undefined): boolean | undefined {
  const abilities = vmAbilitiesOf(type);
  if (!abilities) return undefined;
  return abilities.snapshot === 'qcow2' ? (format ?? abilities.formats[0]) === 'qcow2' : abilities.snapshot;
}
