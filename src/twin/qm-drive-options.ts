/** The sub-options of a VM's drives and interfaces, from the schemas of Proxmox VE 8.4 and 9.2. Data only. */

import type { Spec } from './formats.ts';

const flag: Spec = { type: 'boolean' };
const integer: Spec = { type: 'integer' };
const length: Spec = { type: 'integer', min: 1 };
const number: Spec = { type: 'number' };

export const imageFormats = ['raw', 'qcow', 'qed', 'qcow2', 'vmdk', 'cloop'];

const file: Readonly<Record<string, Spec>> = {
  file: { format: 'pve-volume-id-or-qm-path', required: true },
  'import-from': { format: 'pve-volume-id-or-absolute-path' },
  size: { format: 'disk-size' },
  volume: { alias: 'file' },
};

/** Limits of throughput: `bps`, `iops` and their like, with the names that they had before. */
function limits(): Record<string, Spec> {
  const found: Record<string, Spec> = { bps: integer, bps_rd: integer, bps_wr: integer };
  for (const kind of ['bps', 'iops'])
    for (const way of ['', '_rd', '_wr']) found[`${kind}${way}_max_length`] = length;
  for (const kind of ['bps', 'iops'])
    for (const way of ['_rd', '_wr']) found[`${kind}${way}_length`] = { alias: `${kind}${way}_max_length` };
  for (const way of ['', '_rd', '_wr'])
    for (const most of ['', '_max']) {
      found[`iops${way}${most}`] = integer;
      found[`mbps${way}${most}`] = number;
    }
  return found;
}

const common: Readonly<Record<string, Spec>> = {
  ...file,
  ...limits(),
  aio: { values: ['native', 'threads', 'io_uring'] },
  backup: flag,
  cache: { values: ['none', 'writethrough', 'writeback', 'unsafe', 'directsync'] },
  detect_zeroes: flag,
  discard: { values: ['ignore', 'on'] },
  format: { values: imageFormats },
  media: { values: ['cdrom', 'disk'] },
  replicate: flag,
  rerror: { values: ['ignore', 'report', 'stop'] },
  serial: { maxLength: 60 },
  shared: flag,
  snapshot: flag,
  werror: { values: ['enospc', 'ignore', 'report', 'stop'] },
};

/** The geometry of a disk, which 9.2 has no more. */
const geometry: Readonly<Record<string, Spec>> = {
  cyls: integer,
  heads: integer,
  secs: integer,
  trans: { values: ['none', 'lba', 'auto'] },
};

const solid: Readonly<Record<string, Spec>> = { ssd: flag, wwn: { pattern: /^(0x)[0-9a-fA-F]{16}$/ } };
const threaded: Readonly<Record<string, Spec>> = { iothread: flag, ro: flag };

/** The drives of a bus, as 8.4 (`old`) or 9.2 takes them. */
function drives(old: boolean): Record<string, Spec> {
  const base = { ...common, ...(old ? geometry : {}) };
  const drive = (props: Readonly<Record<string, Spec>>): Spec => ({ defaultKey: 'file', props });
  const ide: Readonly<Record<string, Spec>> = { ...base, ...solid, model: { maxLength: 120 } };
  const { 'import-from': _, ...discs } = ide;
  return {
    'ide[n]': drive(ide),
    'sata[n]': drive({ ...base, ...solid }),
    'scsi[n]': drive({
      ...base,
      ...solid,
      ...threaded,
      product: { pattern: /^[A-Za-z0-9\-_\s]{0,16}$/ },
      queues: { type: 'integer', min: 2 },
      scsiblock: flag,
      vendor: { pattern: /^[A-Za-z0-9\-_\s]{0,8}$/ },
    }),
    'virtio[n]': drive({ ...base, ...threaded }),
    cdrom: drive(discs),
  };
}

export const drives84: Readonly<Record<string, Spec>> = drives(true);
export const drives92: Readonly<Record<string, Spec>> = drives(false);

export const efidisk: Spec = {
  defaultKey: 'file',
  props: {
    ...file,
    efitype: { values: ['2m', '4m'] },
    format: { values: imageFormats },
    'ms-cert': { values: ['2011', '2023', '2023w', '2023k'] },
    'pre-enrolled-keys': flag,
  },
};

export const tpmstate: Spec = {
  defaultKey: 'file',
  props: { ...file, version: { values: ['v1.2', 'v2.0'] } },
};

const models = ['e1000', 'e1000-82540em', 'e1000-82544gc', 'e1000-82545em', 'e1000e', 'i82551'].concat([
  'i82557b',
  'i82559er',
  'ne2k_isa',
  'ne2k_pci',
  'pcnet',
  'rtl8139',
  'virtio',
  'vmxnet3',
]);

const model: Spec = { alias: 'macaddr', keyAlias: 'model' };

export const net: Spec = {
  defaultKey: 'model',
  props: {
    ...Object.fromEntries(models.map((name) => [name, model])),
    bridge: { format: 'pve-bridge-id' },
    firewall: flag,
    link_down: flag,
    macaddr: { format: 'mac-addr' },
    model: { values: models, required: true },
    mtu: { type: 'integer', min: 1, max: 65_520 },
    queues: { type: 'integer', min: 0, max: 64 },
    rate: { type: 'number', min: 0 },
    tag: { type: 'integer', min: 1, max: 4094 },
    trunks: { pattern: /^\d+(?:-\d+)?(?:;\d+(?:-\d+)?)*$/ },
  },
};
