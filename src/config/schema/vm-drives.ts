/** The drives of a VM: root disk, further drives, firmware variables, TPM. It knows no storage of the node. */
import type { Drive, DriveLimit, RootDisk } from '../fleet.ts';
import { pattern, storageId, whole } from './scalar.ts';
import { z } from './z.ts';

const limits: readonly DriveLimit[] = [
  ...(['mbps', 'mbps_max', 'mbps_rd', 'mbps_rd_max', 'mbps_wr', 'mbps_wr_max'] as const),
  ...(['bps', 'bps_max_length', 'bps_rd', 'bps_rd_max_length', 'bps_wr', 'bps_wr_max_length'] as const),
  ...(['iops', 'iops_max', 'iops_max_length', 'iops_rd', 'iops_rd_max', 'iops_rd_max_length'] as const),
  ...(['iops_wr', 'iops_wr_max', 'iops_wr_max_length'] as const),
];

function limitOf(name: DriveLimit) {
  if (name.startsWith('mbps')) return z.number().positive();
  return whole(name.endsWith('_length') ? 1 : 0);
}

const throughput = Object.fromEntries(limits.map((name) => [name, z.exactOptional(limitOf(name))]));

/** What every bus takes. */
const common = {
  aio: z.exactOptional(z.enum(['native', 'threads', 'io_uring'])),
  backup: z.exactOptional(z.boolean().meta({ description: 'Part of backups; it is without a word.' })),
  cache: z.exactOptional(z.enum(['none', 'writethrough', 'writeback', 'unsafe', 'directsync'])),
  detect_zeroes: z.exactOptional(z.boolean()),
  discard: z.exactOptional(
    z.enum(['ignore', 'on']).meta({ description: 'on: what the guest frees is freed on the storage.' }),
  ),
  replicate: z.exactOptional(z.boolean()),
  rerror: z.exactOptional(z.enum(['ignore', 'report', 'stop'])),
  werror: z.exactOptional(z.enum(['enospc', 'ignore', 'report', 'stop'])),
  serial: z.exactOptional(pattern(/^[\w.~-]{1,20}$/, 'a serial number of letters, digits, - and _')),
  shared: z.exactOptional(z.boolean()),
  snapshot: z.exactOptional(z.boolean().meta({ description: 'Whatever is written is gone after a stop.' })),
  ...throughput,
};

const thread = { iothread: z.exactOptional(z.boolean()), ro: z.exactOptional(z.boolean()) };
const solid = {
  ssd: z.exactOptional(z.boolean()),
  wwn: z.exactOptional(pattern(/^0x[0-9a-fA-F]{16}$/, "a world wide name: '0x' and 16 hexadecimal digits")),
};
const scsiOnly = {
  product: z.exactOptional(pattern(/^[\w -]{1,16}$/, 'at most 16 letters, digits, - and _')),
  vendor: z.exactOptional(pattern(/^[\w -]{1,8}$/, 'at most 8 letters, digits, - and _')),
  queues: z.exactOptional(whole(2)),
  scsiblock: z.exactOptional(z.boolean()),
};

/** The options of each bus; one that a bus does not have is an unknown key there. */
const options = {
  scsi: { ...common, ...thread, ...solid, ...scsiOnly },
  virtio: { ...common, ...thread },
  sata: { ...common, ...solid },
  ide: {
    ...common,
    ...solid,
    model: z.exactOptional(pattern(/^[\w.~-]{1,40}$/, 'a model name of letters, digits, - and _')),
  },
};

const format = z.exactOptional(
  z.enum(['raw', 'qcow2', 'vmdk']).meta({
    description: 'Of a new volume; on a directory only qcow2 can be snapshotted.',
  }),
);
const gib = whole(1).meta({ description: 'GiB; grows, never shrinks.' });

export const rootDisk = z
  .strictObject({
    storage: storageId,
    size: gib,
    bus: z.exactOptional(
      z
        .enum(['scsi', 'virtio', 'sata', 'ide'])
        .meta({ description: 'It is number 0 of its bus: scsi0 without a word.' }),
    ),
    format,
    ...options.scsi,
    ...options.ide,
  })
  .meta({ description: 'The root disk.' }) as unknown as z.ZodType<RootDisk>;

const own = {
  storage: z.exactOptional(storageId.meta({ description: 'Storage of a volume that phx allocates.' })),
  size: z.exactOptional(gib),
  format,
  'import-from': z.exactOptional(
    pattern(
      /^(\/[^,\s]+|[a-zA-Z][\w.-]*:[^,\s]+)$/,
      "a path of the node, or a volume such as 'local:import/x.qcow2'",
    ).meta({ description: 'What a new volume is filled with.' }),
  ),
  cloudinit: z.exactOptional(
    z
      .boolean()
      .meta({ description: 'The drive that carries the settings of cloud-init; ide2 without a word.' }),
  ),
  file: z.exactOptional(
    pattern(
      /^(none|cdrom|\/dev\/[^,\s]+|[a-zA-Z][\w.-]*:[^,\s]+)$/,
      "a volume such as 'local:iso/x.iso', 'none', 'cdrom' or a device such as '/dev/disk/by-id/x'",
    ).meta({ description: 'Something that is there already, instead of `storage`.' }),
  ),
  media: z.exactOptional(z.enum(['cdrom', 'disk'])),
};

function drive(shape: z.core.$ZodLooseShape): z.ZodType<Drive> {
  const object = z
    .strictObject({ ...own, ...shape })
    .refine(
      (value: Drive) => (value.storage === undefined) !== (value.file === undefined),
      'a drive has exactly one of storage and file',
    )
    .refine(
      (value: Drive) =>
        value.storage === undefined
          ? value.size === undefined && value.cloudinit !== true
          : (value.size === undefined) === (value.cloudinit === true),
      'a drive has a size exactly when it is a volume of a storage, and none as the drive of cloud-init',
    )
    .refine(
      (value: Drive) => value.storage !== undefined || (value.format ?? value['import-from']) === undefined,
      'format and import-from are those of a new volume: they stand beside storage',
    )
    .meta({ description: 'A drive, with the options of `qm set` for its bus.' });
  return object as unknown as z.ZodType<Drive>;
}

/** As files write them, each by its bus. */
export const drives = {
  scsi: drive(options.scsi),
  // Proxmox reads no CD on this bus (source of qemu-server).
  virtio: drive({
    ...options.virtio,
    media: z.exactOptional(z.enum(['disk'], "'disk': a CD drive stands on sata, ide or scsi")),
  }),
  sata: drive(options.sata),
  ide: drive(options.ide),
};

/** On whatever bus; which option is whose is looked at where the buses are known. */
export const anyDrive = drive({ ...options.scsi, ...options.ide });

export const efidisk = z
  .strictObject({
    storage: storageId,
    efitype: z.exactOptional(z.enum(['2m', '4m'])),
    format,
    'ms-cert': z.exactOptional(z.enum(['2011', '2023', '2023w', '2023k'])),
    'pre-enrolled-keys': z.exactOptional(z.boolean().meta({ description: 'Secure Boot with known keys.' })),
  })
  .meta({ description: "Where the variables of the firmware are kept; with bios: 'ovmf'." });

export const tpmstate = z
  .strictObject({
    storage: storageId,
    version: z.exactOptional(z.enum(['v1.2', 'v2.0'])),
    format: z.exactOptional(z.enum(['raw', 'qcow2', 'vmdk']).meta({ description: 'Proxmox VE 9.2.' })),
  })
  .meta({ description: 'State of a trusted platform module.' });
