/**
 * What each type of storage can do with the volumes of a container (F9). A pure table: the configuration is checked with
 * it before anything runs, and a clone is made in the way that it allows. It knows no storage of any node.
 */

export interface StorageAbilities {
  /** `pct snapshot` takes its volumes. Containers on directories and shares have raw images, which it does not take. */
  readonly snapshot: boolean;
  /** `pct template` makes base volumes of its volumes. */
  readonly template: boolean;
  /** A clone may lie upon the base volume of a template instead of being a copy (B68). */
  readonly link: boolean;
  /** Also volumes that are no base are linked: a copy-on-write copy that stands for itself. */
  readonly linkAny: boolean;
  /**
   * What `pct resize` does: `quota` raises a limit and is done at once, `image` grows a device or file and the file system
   * in it; nothing ever shrinks (B70).
   */
  readonly resize: 'quota' | 'image' | 'none';
}

/** Raw images in a directory: copied in full, never snapshotted; a base volume of them is a write-protected image. */
const files: StorageAbilities = {
  snapshot: false,
  template: true,
  link: false,
  linkAny: false,
  resize: 'image',
};

const thin: StorageAbilities = {
  snapshot: true,
  template: true,
  link: true,
  linkAny: false,
  resize: 'image',
};

const table: Readonly<Record<string, StorageAbilities>> = {
  zfspool: { ...thin, resize: 'quota' },
  lvmthin: thin,
  rbd: thin,
  btrfs: { ...thin, linkAny: true },
  dir: files,
  nfs: files,
  cifs: files,
  cephfs: files,
  // Thick LVM and iSCSI copy, and nothing else.
  lvm: { snapshot: false, template: false, link: false, linkAny: false, resize: 'image' },
  iscsi: { snapshot: false, template: false, link: false, linkAny: false, resize: 'none' },
};

/** Undefined for a type that is not in the table: then Proxmox decides. */
export function abilitiesOf(type: string | undefined): StorageAbilities | undefined {
  return type !== undefined && Object.hasOwn(table, type) ? table[type] : undefined;
}

/** Types of storages whose containers can be snapshotted, for messages. */
export const snapshotTypes: readonly string[] = Object.keys(table).filter((type) => table[type]?.snapshot);
