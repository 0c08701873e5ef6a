/**
 * What each type of storage is and can do: one table that the checks of the configuration, the preflight, the tasks and
 * the twin all read, from the source of pve-storage (F9, B68, B70). Pure; it knows no storage of any node.
 */

export type Format = 'raw' | 'qcow2' | 'vmdk' | 'subvol';

/** What something is done from: the base volume of a template, a volume as it stands, one of its snapshots. */
export type Origin = 'base' | 'current' | 'snapshot';

/** What can be done with volumes of one format. */
export interface FormatAbilities {
  readonly snapshot: boolean;
  /** It becomes the base volume of a template. */
  readonly template: boolean;
  /** What a copy-on-write clone may lie upon. */
  readonly link: readonly Origin[];
  /** What a VM's disk may be copied from in full. */
  readonly copy: readonly Origin[];
}

export interface StorageType {
  /** What its volumes are made of; the twin has one plugin for each. */
  readonly family: 'dataset' | 'logical' | 'folder' | 'subvolume' | 'object' | 'elsewhere';
  readonly formats: Readonly<Partial<Record<Format, FormatAbilities>>>;
  /** Formats of a VM's disk that one may ask for; the first one is made without a word. Empty: it holds no guests. */
  readonly disks: readonly Format[];
  /** Format of a container's volumes with a size. */
  readonly mounts: Format;
  /** Format that a linked clone gets; containers have no use for qcow2. */
  readonly links: Format;
  /**
   * What `pct resize` does: `quota` raises a limit and is done at once, `image` grows a device or file and the file system
   * in it; nothing ever shrinks (B70).
   */
  readonly resize: 'quota' | 'image' | 'none';
  /** Which snapshots can be rolled back to. */
  readonly rollback: 'newest' | 'any';
  /** A volume's name is `<owner>/<disk>.<format>` instead of the disk alone. */
  readonly folders: boolean;
  /** The id of a linked clone begins with its base, which is not freed before it. */
  readonly namesBase: boolean;
  /** Where the room of a volume is taken as soon as it is made; see `takesWhole`. */
  readonly room: 'thin' | 'whole' | 'sparse' | 'preallocation';
  /** Several nodes see the same volumes. */
  readonly shared: boolean;
  /** The directory is told by the server, below /mnt/pve. */
  readonly mounted: boolean;
  readonly content: readonly string[];
  /** Content when none is given. */
  readonly standard: string;
}

const none: FormatAbilities = { snapshot: false, template: false, link: [], copy: [] };

/** Blocks of a pool: snapshots and clones on their own. */
const thin: FormatAbilities = {
  ...{ snapshot: true, template: true },
  ...{ link: ['base', 'snapshot'], copy: ['base', 'current', 'snapshot'] },
};
const dataset: FormatAbilities = { ...thin, link: ['base'], copy: ['base', 'current'] };
/** A file as it lies: write-protected as a base; qcow2 has its snapshots inside. */
const file: FormatAbilities = { ...none, template: true, link: ['base'], copy: ['base', 'current'] };
const qcow2: FormatAbilities = { ...file, snapshot: true, copy: ['base', 'current', 'snapshot'] };

const anything = ['backup', 'images', 'import', 'iso', 'none', 'rootdir', 'snippets', 'vztmpl'];
const guests = ['images', 'rootdir'];

/** Logical volumes, and what most types have in common. */
const blocks: StorageType = {
  family: 'logical',
  formats: { raw: thin },
  ...{ disks: ['raw'], mounts: 'raw', links: 'raw', resize: 'image', rollback: 'any' },
  ...{ folders: false, namesBase: false, room: 'thin', shared: false, mounted: false },
  ...{ content: guests, standard: 'images' },
};

const folder: StorageType = {
  ...blocks,
  family: 'folder',
  formats: { raw: file, qcow2, vmdk: file, subvol: { ...none, template: true } },
  ...{ disks: ['raw', 'qcow2', 'vmdk'], links: 'qcow2' },
  ...{ folders: true, namesBase: true, room: 'preallocation', content: anything },
};

const share: StorageType = { ...folder, shared: true, mounted: true };

/** What is on a server and holds no volumes of guests. */
const elsewhere: StorageType = { ...blocks, family: 'elsewhere', formats: {}, disks: [], shared: true };

const table: Readonly<Record<string, StorageType>> = {
  zfspool: {
    ...blocks,
    ...{ family: 'dataset', formats: { raw: dataset, subvol: dataset }, mounts: 'subvol' },
    ...{ resize: 'quota', rollback: 'newest', namesBase: true, room: 'sparse' },
    standard: 'images,rootdir',
  },
  lvmthin: { ...blocks, standard: 'images,rootdir' },
  rbd: { ...blocks, family: 'object', namesBase: true, shared: true },
  btrfs: {
    ...folder,
    family: 'subvolume',
    formats: {
      raw: { ...thin, link: ['base', 'current', 'snapshot'] },
      ...{ qcow2, vmdk: file, subvol: { ...thin, link: ['base'] } },
    },
    // A link is a subvolume of its own, and stands for itself.
    ...{ disks: ['raw'], links: 'raw', namesBase: false, room: 'thin', standard: 'images,rootdir' },
  },
  dir: { ...folder, standard: 'images,rootdir' },
  nfs: share,
  cifs: share,
  cephfs: { ...share, content: ['backup', 'import', 'iso', 'snippets', 'vztmpl'], standard: 'backup' },
  glusterfs: { ...share },
  lvm: {
    ...blocks,
    // Snapshots of qcow2 are chains of volumes (Proxmox VE 9, where the storage says so).
    formats: {
      raw: { ...none, copy: ['base', 'current'] },
      qcow2: { ...none, snapshot: true, copy: ['base', 'current', 'snapshot'] },
    },
    ...{ disks: ['raw', 'qcow2'], rollback: 'newest', room: 'whole' },
  },
  iscsi: {
    ...elsewhere,
    ...{ formats: { raw: { ...none, copy: ['current'] } }, disks: ['raw'], resize: 'none' },
    content: ['images', 'none'],
  },
  iscsidirect: { ...elsewhere, content: ['images', 'none'] },
  zfs: { ...elsewhere, content: ['images'] },
  esxi: { ...elsewhere, content: ['import'], standard: 'import' },
  pbs: { ...elsewhere, content: ['backup', 'none'], standard: 'backup' },
};

/** Undefined for a type that is not in the table: then Proxmox decides. */
export function storageType(type: string | undefined): StorageType | undefined {
  return type !== undefined && Object.hasOwn(table, type) ? table[type] : undefined;
}

/** Names of all types. */
export const storageTypeNames: readonly string[] = Object.keys(table);

/**
 * Whether a new volume takes all of its room at once, so that it is refused where there is less. A linked clone never
 * does; a container on ZFS has a limit instead.
 */
export function takesWhole(
  type: StorageType | undefined,
  options: { get(key: string): string | undefined },
  format: string,
): boolean {
  if (type?.room === 'whole') return true;
  if (type?.room === 'sparse') return format === 'raw' && (options.get('sparse') ?? '0') === '0';
  return type?.room === 'preallocation' && /^(full|falloc)$/.test(options.get('preallocation') ?? '');
}
