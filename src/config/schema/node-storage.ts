/** Disks, datasets, directories, storages and what is downloaded to them. It knows no other section. */
import {
  absolutePath,
  accountName,
  hostName,
  httpUrl,
  pattern,
  secretRef,
  sha256,
  sha512,
  storageId,
  whole,
} from './scalar.ts';
import { z } from './z.ts';
import { datasetProperties } from './zfs-properties.ts';

const dataset = z
  .string()
  .regex(/^[A-Za-z][\w.:-]*(\/[A-Za-z0-9][\w.:-]*)+$/, "a dataset's full name, 'pool/dataset'");

const pool = z.strictObject({
  raid: z.enum(['single', 'stripe', 'mirror', 'raidz1', 'raidz2', 'raidz3']),
  disks: z
    .array(pattern(/^\/dev\/disk\/by-id\/\S+$/, 'a path below /dev/disk/by-id'))
    .min(1)
    .meta({ description: 'Paths below /dev/disk/by-id: other names change between boots.' }),
  diskSize: z.exactOptional(
    z.number().positive().meta({ description: 'GiB of the smallest disk, to check quotas with.' }),
  ),
  ashift: whole(9, 16).default(12),
  autotrim: z.boolean().default(true),
});

export const zfs = z.strictObject({
  arcMax: z.exactOptional(whole(1).meta({ description: 'Limit of the ARC in GiB.' })),
  pools: z.record(z.string().regex(/^[A-Za-z][\w.:-]*$/, 'a pool name'), pool),
  datasets: z
    .record(dataset, datasetProperties)
    .meta({ description: "By full name; values are ZFS properties as text: { quota: '800G' }." }),
});

const owner = z.union([
  accountName,
  pattern(/^\d+$/, 'a number'),
  pattern(/^guest:\d+$/, "an account, a number, or 'guest:<number>'"),
]);

export const directories = z
  .record(
    absolutePath,
    z.strictObject({
      owner: z.exactOptional(
        owner.meta({
          description: "An account, a number, or 'guest:0': root inside of unprivileged containers.",
        }),
      ),
      group: z.exactOptional(owner),
      mode: z.exactOptional(pattern(/^[0-7]{3,4}$/, "octal digits as text, such as '2770'")),
    }),
  )
  .meta({ description: 'Directories that guests, shares and exports rest on, with owner and mode.' });

const shared = {
  content: z.array(z.enum(['images', 'rootdir', 'vztmpl', 'iso', 'backup', 'snippets', 'import'])).min(1),
  nodes: z.exactOptional(z.array(hostName)),
  disable: z.exactOptional(z.boolean()),
};
const mountpoint = z.exactOptional(
  z.union([z.boolean(), absolutePath]).meta({
    description: 'The directory is a mount point: without the mount the storage is offline (B133).',
  }),
);
const server = pattern(/^[A-Za-z0-9.:-]+$/, 'a host name or an address');
const shareName = pattern(/^[^\s/]+$/, 'the name of a share');

export const storages = z
  .record(
    storageId,
    z.discriminatedUnion('type', [
      z.strictObject({
        type: z.literal('zfspool'),
        pool: pattern(/^[A-Za-z][\w./:-]*$/, 'a pool or dataset'),
        sparse: z.exactOptional(z.boolean().meta({ description: 'Thin volumes.' })),
        blocksize: z.exactOptional(pattern(/^\d+k?$/i, "a size such as '16k'")),
        ...shared,
      }),
      z.strictObject({
        type: z.literal('dir'),
        path: absolutePath,
        shared: z.exactOptional(z.boolean()),
        is_mountpoint: mountpoint,
        ...shared,
      }),
      z.strictObject({ type: z.literal('btrfs'), path: absolutePath, is_mountpoint: mountpoint, ...shared }),
      z.strictObject({
        type: z.literal('lvmthin'),
        vgname: pattern(/^[\w.+-]+$/, 'a volume group'),
        thinpool: pattern(/^[\w.+-]+$/, 'a thin pool'),
        ...shared,
      }),
      z.strictObject({
        type: z.literal('nfs'),
        server,
        export: absolutePath,
        options: z.exactOptional(pattern(/^\S+$/, 'mount options as in fstab')),
        ...shared,
      }),
      z.strictObject({
        type: z.literal('cifs'),
        server,
        share: shareName,
        username: z.exactOptional(pattern(/^\S+$/, 'a user name')),
        password: z.exactOptional(secretRef),
        domain: z.exactOptional(pattern(/^\S+$/, 'a domain')),
        smbversion: z.exactOptional(z.enum(['default', '2.0', '2.1', '3', '3.0', '3.11'])),
        subdir: z.exactOptional(absolutePath),
        ...shared,
      }),
      z.strictObject({
        type: z.literal('pbs'),
        server,
        datastore: pattern(/^[\w.-]+$/, 'a datastore'),
        username: pattern(/^\S+@\S+$/, "a user with its realm, such as 'backup@pbs'"),
        password: z.exactOptional(secretRef),
        fingerprint: z.exactOptional(
          pattern(/^([0-9A-Fa-f]{2}:){31}[0-9A-Fa-f]{2}$/, 'a SHA-256 fingerprint'),
        ),
        namespace: z.exactOptional(pattern(/^[\w./-]+$/, 'a namespace')),
        port: z.exactOptional(whole(1, 65535)),
        ...shared,
      }),
    ]),
  )
  .meta({ description: 'Storage definitions of Proxmox VE by id.' });

const sums = { sha256: z.exactOptional(sha256), sha512: z.exactOptional(sha512) };

export const templates = z
  .record(
    pattern(/^[A-Za-z0-9][\w.:+~@-]*$/, 'the name of a file'),
    z.strictObject({
      storage: storageId,
      url: z.exactOptional(
        httpUrl.meta({ description: "Where the file lies; without it, it comes from Proxmox's own list." }),
      ),
      oci: z.exactOptional(
        pattern(
          /^[a-z0-9.-]+(:\d+)?\/[\w./-]+(:[\w.-]+)?@sha256:[0-9a-f]{64}$/,
          "an image with its digest, 'docker.io/library/nginx:1.29@sha256:…'",
        ).meta({ description: 'OCI image, pulled as an archive (Proxmox VE 9.1).' }),
      ),
      ...sums,
    }),
  )
  .meta({ description: 'Container templates by file name.' });

export const images = z
  .record(
    pattern(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'a name of letters, digits, ., - and _'),
    z.strictObject({ url: httpUrl, ...sums }),
  )
  .meta({ description: 'Cloud images by name.' });
