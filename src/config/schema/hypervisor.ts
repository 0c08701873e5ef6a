/** The node as the merged configuration has it. It knows no file and no guest. */
import {
  absolutePath,
  address,
  anyAddress,
  bridgeName,
  cidr,
  firewallRule,
  hostName,
  pattern,
  policy,
  secretRef,
  storageId,
  whole,
} from './scalar.ts';
import { z } from './z.ts';

const sha256 = pattern(/^[0-9a-f]{64}$/, 'a SHA-256 sum of 64 hexadecimal digits');
const sha512 = pattern(/^[0-9a-f]{128}$/, 'a SHA-512 sum of 128 hexadecimal digits');
const httpUrl = z.url({ protocol: /^https?$/, error: 'a URL that begins with https://' });
const dataset = z
  .string()
  .regex(/^[A-Za-z][\w.:-]*(\/[A-Za-z0-9][\w.:-]*)+$/, "a dataset's full name, 'pool/dataset'");
const sshKey = pattern(/^(ssh-|ecdsa-|sk-)\S+ \S+( .*)?$/, 'a public ssh key on one line');
const content = z
  .array(z.enum(['images', 'rootdir', 'vztmpl', 'iso', 'backup', 'snippets', 'import']))
  .min(1);
const nodes = z.exactOptional(z.array(hostName));

const storage = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('zfspool'),
    pool: pattern(/^[A-Za-z][\w./:-]*$/, 'a pool or dataset'),
    content,
    sparse: z.exactOptional(z.boolean().meta({ description: 'Thin volumes.' })),
    nodes,
  }),
  z.strictObject({
    type: z.literal('dir'),
    path: absolutePath,
    content,
    shared: z.exactOptional(z.boolean()),
    nodes,
  }),
]);

const bridge = z.strictObject({
  address: z.exactOptional(cidr.meta({ description: "The node's address on this bridge." })),
  gateway: z.exactOptional(address),
  ports: z.array(bridgeName).default([]).meta({ description: 'Network cards of the bridge.' }),
  vlanAware: z.exactOptional(z.boolean()),
});

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

const user = z.strictObject({
  sudo: z.boolean().default(false),
  administrator: z
    .boolean()
    .default(false)
    .meta({ description: 'Administrator of Proxmox VE, as user@pam.' }),
  sshKeys: z.array(sshKey).default([]),
  password: z.exactOptional(secretRef),
});

const share = z.strictObject({
  path: absolutePath,
  validUsers: z.array(z.string().min(1)).default([]),
  browseable: z.boolean().default(true),
  writable: z.boolean().default(false),
});

export const hypervisor = z.strictObject({
  hostname: z.exactOptional(hostName),
  timezone: z.exactOptional(pattern(/^[A-Za-z_]+(\/[A-Za-z0-9_+-]+)*$/, 'a time zone such as Europe/Berlin')),
  node: z.exactOptional(
    z
      .strictObject({ memory: whole(1).meta({ description: 'MiB.' }), cores: z.exactOptional(whole(1)) })
      .meta({ description: 'What the machine has, to compare what the guests may take with.' }),
  ),
  repositories: z.strictObject({
    suite: pattern(/^[a-z]+$/, 'a Debian suite such as trixie'),
    enterprise: z.boolean(),
    noSubscription: z.boolean(),
    ceph: z.exactOptional(pattern(/^[a-z]+$/, 'a Ceph release such as squid')),
  }),
  packages: z
    .array(pattern(/^[a-z0-9][a-z0-9.+-]+$/, 'a Debian package name'))
    .meta({ description: 'Debian packages of the node itself.' }),
  network: z.strictObject({ bridges: z.record(bridgeName, bridge), nameservers: z.array(anyAddress) }),
  zfs: z.strictObject({
    arcMax: z.exactOptional(whole(1).meta({ description: 'Limit of the ARC in GiB.' })),
    pools: z.record(z.string().regex(/^[A-Za-z][\w.:-]*$/, 'a pool name'), pool),
    datasets: z
      .record(dataset, z.record(z.string(), z.string()))
      .meta({ description: "By full name; values are ZFS properties as text: { quota: '800G' }." }),
  }),
  storage: z.record(storageId, storage).meta({ description: 'Storage definitions of Proxmox VE by id.' }),
  templates: z
    .record(z.string(), z.strictObject({ storage: storageId, sha512: z.exactOptional(sha512) }))
    .meta({ description: 'Container templates by file name.' }),
  images: z
    .record(z.string(), z.strictObject({ url: httpUrl, sha256: z.exactOptional(sha256) }))
    .meta({ description: 'Cloud images by name.' }),
  nvidia: z.exactOptional(
    z.strictObject({
      version: pattern(/^\d+(\.\d+)+$/, 'a driver version such as 580.76.05'),
      runfile: httpUrl,
      sha256: z.exactOptional(sha256),
      gpus: whole(1).meta({ description: 'Number of cards that the node has.' }),
    }),
  ),
  users: z.record(z.string().regex(/^[a-z_][a-z0-9_-]*$/, 'a user name'), user),
  nfs: z.strictObject({
    exports: z.record(
      absolutePath,
      z.strictObject({ clients: z.array(z.string().min(1)).min(1), options: z.array(z.string().min(1)) }),
    ),
  }),
  samba: z.exactOptional(
    z.strictObject({
      workgroup: z.string().min(1).default('WORKGROUP'),
      user: z.string().min(1),
      password: z.exactOptional(secretRef),
      shares: z.record(z.string().min(1), share),
    }),
  ),
  firewall: z.strictObject({
    enabled: z.boolean(),
    policyIn: policy,
    policyOut: policy,
    rules: z.exactOptional(z.array(firewallRule)),
  }),
});
