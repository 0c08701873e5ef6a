/** Which options each type of storage takes, from the schemas of Proxmox VE 8.4 and 9.2. Data only. */

function words(text: string): readonly string[] {
  return text.split(' ').filter((word) => word !== '');
}

/** Of every type. */
const common = words('content disable nodes');
/** Of most types that are folders. */
const folder =
  'create-base-path create-subdirs format max-protected-backups maxfiles mkdir preallocation prune-backups';

interface TypeOptions {
  readonly optional: readonly string[];
  /** Only at creation. */
  readonly fixed: readonly string[];
}

const types: Readonly<Record<string, TypeOptions>> = {
  btrfs: { optional: words(`${folder} is_mountpoint nocow shared`), fixed: words('path') },
  cephfs: {
    optional: words(
      'bwlimit content-dirs create-base-path create-subdirs format fs-name fuse keyring max-protected-backups maxfiles mkdir monhost options prune-backups subdir username',
    ),
    fixed: words('path'),
  },
  cifs: {
    optional: words(`${folder} bwlimit content-dirs domain options password smbversion subdir username`),
    fixed: words('path server share snapshot-as-volume-chain'),
  },
  dir: {
    optional: words(`${folder} bwlimit content-dirs is_mountpoint shared`),
    fixed: words('path snapshot-as-volume-chain'),
  },
  esxi: { optional: words('password port shared skip-cert-verification'), fixed: words('') },
  glusterfs: { optional: words(`${folder} bwlimit server server2 transport`), fixed: words('path volume') },
  iscsi: { optional: words('bwlimit'), fixed: words('portal target') },
  iscsidirect: { optional: words('bwlimit'), fixed: words('portal target') },
  lvm: {
    optional: words(
      'bwlimit saferemove saferemove-stepsize saferemove_throughput shared snapshot-as-volume-chain tagged_only',
    ),
    fixed: words('base vgname'),
  },
  lvmthin: { optional: words('bwlimit'), fixed: words('thinpool vgname') },
  nfs: {
    optional: words(`${folder} bwlimit content-dirs options`),
    fixed: words('export path server snapshot-as-volume-chain'),
  },
  pbs: {
    optional: words(
      'encryption-key fingerprint master-pubkey max-protected-backups maxfiles namespace password port prune-backups username',
    ),
    fixed: words('datastore server'),
  },
  rbd: {
    optional: words('bwlimit data-pool keyring krbd monhost namespace pool username'),
    fixed: words(''),
  },
  zfs: {
    optional: words('bwlimit comstar_hg comstar_tg lio_tpg nowritecache sparse zfs-base-path'),
    fixed: words('blocksize iscsiprovider pool portal target'),
  },
  zfspool: { optional: words('blocksize bwlimit mountpoint sparse'), fixed: words('pool') },
};

/** Does the type take this option at all? One that must be given later may be changed later, too, unless it is fixed. */
export function takesOption(type: string, key: string, required: readonly string[]): boolean {
  const own = types[type];
  return !own || [...common, ...own.optional, ...own.fixed, ...required].includes(key);
}

/** Can it only be said at creation? */
export function isFixedOption(type: string, key: string): boolean {
  return types[type]?.fixed.includes(key) ?? false;
}

/** May it be missing? */
export function isOptional(type: string, key: string, required: readonly string[]): boolean {
  return takesOption(type, key, required) && !required.includes(key);
}
