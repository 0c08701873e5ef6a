/** The options of `pvesm` and of its storage types, from the schema of Proxmox VE 8.4. Data only. */

import type { Spec } from './formats.ts';
import type { Verb } from './options.ts';

const flag: Spec = { type: 'boolean' };
const text: Spec = {};
const number: Spec = { type: 'integer' };

const prune: Readonly<Record<string, Spec>> = {
  'keep-all': flag,
  ...Object.fromEntries(
    ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'].map((unit) => [`keep-${unit}`, number]),
  ),
};

/** Options that stay as they were given at creation; `pvesm set` does not know them. */
const fixed: Readonly<Record<string, Spec>> = {
  base: { format: 'pve-volume-id' },
  datastore: text,
  export: { format: 'pve-storage-path' },
  iscsiprovider: text,
  path: { format: 'pve-storage-path' },
  portal: text,
  share: text,
  target: text,
  thinpool: text,
  vgname: text,
  volume: text,
};

const changing: Readonly<Record<string, Spec>> = {
  blocksize: text,
  bwlimit: {
    props: Object.fromEntries(
      ['clone', 'default', 'migration', 'move', 'restore'].map((kind) => [kind, { type: 'number', min: 0 }]),
    ),
  },
  comstar_hg: text,
  comstar_tg: text,
  content: { format: 'pve-storage-content-list' },
  'content-dirs': text,
  'create-base-path': flag,
  'create-subdirs': flag,
  'data-pool': text,
  disable: flag,
  domain: text,
  'encryption-key': text,
  fingerprint: text,
  format: { values: ['raw', 'qcow2', 'subvol', 'vmdk'] },
  'fs-name': text,
  fuse: flag,
  is_mountpoint: text,
  keyring: text,
  krbd: flag,
  lio_tpg: text,
  'master-pubkey': text,
  'max-protected-backups': number,
  maxfiles: number,
  mkdir: flag,
  monhost: text,
  mountpoint: text,
  namespace: text,
  nocow: flag,
  nodes: { format: 'pve-node-list' },
  nowritecache: flag,
  options: text,
  password: text,
  pool: text,
  port: number,
  preallocation: { values: ['off', 'metadata', 'falloc', 'full'] },
  'prune-backups': { props: prune, exclusive: 'keep-all' },
  saferemove: flag,
  saferemove_throughput: text,
  server: text,
  server2: text,
  shared: flag,
  'skip-cert-verification': flag,
  smbversion: text,
  sparse: flag,
  subdir: text,
  tagged_only: flag,
  transport: text,
  username: text,
  'zfs-base-path': text,
};

/** Every option that `pvesm set` and its `--delete` know. */
export const changeable = new Set(Object.keys(changing));

export interface StorageType {
  /** Options that `pvesm add` wants, in the order it asks for them; they cannot be changed later. */
  readonly required: readonly string[];
  readonly content: readonly string[];
  /** Content when none is given. */
  readonly standard: string;
}

const files = ['backup', 'images', 'import', 'iso', 'none', 'rootdir', 'snippets', 'vztmpl'];
const blocks = ['images', 'rootdir'];

export const storageTypes: Readonly<Record<string, StorageType>> = {
  btrfs: { required: ['path'], content: files, standard: 'images,rootdir' },
  cephfs: { required: [], content: ['backup', 'import', 'iso', 'snippets', 'vztmpl'], standard: 'backup' },
  cifs: { required: ['server', 'share'], content: files, standard: 'images' },
  dir: { required: ['path'], content: files, standard: 'images,rootdir' },
  esxi: { required: ['server', 'username'], content: ['import'], standard: 'import' },
  glusterfs: { required: ['volume'], content: files, standard: 'images' },
  iscsi: { required: ['portal', 'target'], content: ['images', 'none'], standard: 'images' },
  iscsidirect: { required: ['portal', 'target'], content: ['images', 'none'], standard: 'images' },
  lvm: { required: ['vgname'], content: blocks, standard: 'images' },
  lvmthin: { required: ['thinpool', 'vgname'], content: blocks, standard: 'images,rootdir' },
  nfs: { required: ['export', 'server'], content: files, standard: 'images' },
  pbs: { required: ['datastore', 'server'], content: ['backup', 'none'], standard: 'backup' },
  rbd: { required: ['pool'], content: blocks, standard: 'images' },
  zfs: { required: ['portal', 'target', 'pool'], content: ['images'], standard: 'images' },
  zfspool: { required: ['pool'], content: blocks, standard: 'images,rootdir' },
};

const storage: Spec = { format: 'pve-storage-id', required: true };
const volume: Spec = { format: 'pve-volume-id', required: true };

export const pvesmVerbs: Readonly<Record<string, Verb>> = {
  add: {
    args: { type: { values: Object.keys(storageTypes), required: true }, storage },
    options: { ...changing, ...fixed },
  },
  set: {
    args: { storage },
    options: { ...changing, delete: { format: 'pve-configid-list' }, digest: { maxLength: 64 } },
  },
  remove: { args: { storage }, options: {} },
  status: {
    args: {},
    options: {
      content: { format: 'pve-storage-content-list' },
      enabled: flag,
      storage: { format: 'pve-storage-id' },
      target: text,
    },
  },
  list: {
    args: { storage },
    options: {
      content: { format: 'pve-storage-content-list' },
      vmid: { type: 'integer', format: 'pve-vmid' },
    },
  },
  path: { args: { volume }, options: {} },
  extractconfig: { args: { volume }, options: {} },
  'prune-backups': {
    args: { storage },
    options: {
      'dry-run': flag,
      'keep-last': number,
      type: { values: ['qemu', 'lxc'] },
      vmid: { type: 'integer', format: 'pve-vmid' },
    },
  },
  free: { args: { volume: text }, options: { delay: number, storage: { format: 'pve-storage-id' } } },
};
