/** A container as the merged configuration has it. It knows no file and no other guest. */
import { adopted, cloneSource, guestFields } from './guest.ts';
import {
  absolutePath,
  address,
  anyAddress,
  bridgeName,
  guestAddress,
  guestAddress6,
  hostName,
  mac,
  octalMode,
  pattern,
  singleLine,
  storageId,
  whole,
} from './scalar.ts';
import { z } from './z.ts';

export const containerNet = z
  .strictObject({
    name: bridgeName.meta({ description: 'Name of the interface inside the container.' }),
    bridge: bridgeName,
    hwaddr: z.exactOptional(mac),
    ip: z.exactOptional(guestAddress),
    gw: z.exactOptional(address),
    ip6: z.exactOptional(guestAddress6),
    gw6: z.exactOptional(anyAddress),
    firewall: z.exactOptional(z.boolean()),
    tag: z.exactOptional(whole(1, 4094).meta({ description: 'VLAN.' })),
    mtu: z.exactOptional(whole(64, 65535)),
    rate: z.exactOptional(z.number().positive().meta({ description: 'Limit in MB/s.' })),
    link_down: z.exactOptional(z.boolean()),
    trunks: z.exactOptional(z.array(whole(1, 4094)).min(1).meta({ description: 'VLANs that pass through.' })),
    type: z.exactOptional(z.literal('veth')),
    'host-managed': z.exactOptional(
      z.boolean().meta({ description: 'The node sets the addresses (Proxmox VE 9.2).' }),
    ),
  })
  .meta({ description: 'A network interface, with the keys of `pct set --netN`.' });

const idmap = z.exactOptional(
  pattern(
    /^(passthrough|[ug]:\d+:\d+:[1-9]\d*(;[ug]:\d+:\d+:[1-9]\d*)*)$/,
    "'passthrough' or ranges such as 'u:0:100000:65536;g:0:100000:65536'",
  ).meta({ description: 'Mapping of owners on this volume (Proxmox VE 9.2).' }),
);
const mountOptions = {
  acl: z.exactOptional(z.boolean()),
  mountoptions: z.exactOptional(
    z.array(z.enum(['discard', 'lazytime', 'noatime', 'nodev', 'noexec', 'nosuid'])).min(1),
  ),
  quota: z.exactOptional(z.boolean().meta({ description: 'User quotas inside; not for unprivileged ones.' })),
  replicate: z.exactOptional(z.boolean()),
  ro: z.exactOptional(z.boolean()),
  shared: z.exactOptional(z.boolean().meta({ description: 'The same on every node of the cluster.' })),
  idmap,
};

export const mount = z
  .strictObject({
    storage: z.exactOptional(storageId.meta({ description: 'Storage of a volume that phx allocates.' })),
    size: z.exactOptional(whole(1).meta({ description: 'GiB, with `storage`.' })),
    source: z.exactOptional(absolutePath.meta({ description: 'Directory on the node; then no `storage`.' })),
    mp: absolutePath.meta({ description: 'Path inside the container.' }),
    backup: z.exactOptional(z.boolean().meta({ description: 'Part of backups; a directory never is.' })),
    keepattrs: z.exactOptional(
      z.boolean().meta({ description: 'Keeps the attributes of its directory (Proxmox VE 9.2).' }),
    ),
    owner: z.exactOptional(
      whole(0, 65535).meta({ description: 'Owner inside of a source directory; it is made with it.' }),
    ),
    group: z.exactOptional(whole(0, 65535)),
    mode: z.exactOptional(octalMode),
    ...mountOptions,
  })
  .refine(
    (value) => (value.storage === undefined) !== (value.source === undefined),
    'a mount has exactly one of storage and source',
  )
  .refine(
    (value) => (value.storage === undefined) === (value.size === undefined),
    'a mount has a size exactly when it has a storage',
  )
  .refine(
    (value) => value.source !== undefined || (value.owner ?? value.group ?? value.mode) === undefined,
    'owner, group and mode are those of a source directory; a volume keeps its own',
  )
  .refine(
    (value) => value.source === undefined || value.backup !== true,
    'a directory of the node is never part of a backup (B151)',
  )
  .meta({ description: 'A volume (storage, size) or a directory of the node (source), mounted at mp.' });

export const device = z
  .strictObject({
    path: absolutePath.meta({ description: 'Device node of the node, below /dev.' }),
    mode: z.exactOptional(pattern(/^0[0-7]{3}$/, "four octal digits such as '0660'")),
    uid: z.exactOptional(whole(0)),
    gid: z.exactOptional(whole(0)),
    'deny-write': z.exactOptional(z.boolean()),
  })
  .meta({ description: 'A device handed through, with the keys of `pct set --devN`.' });

const lxcLine = pattern(/^lxc\.[a-z0-9_.-]+\s*[:=]\s*\S.*$/, "a raw line such as 'lxc.cap.drop: sys_time'");

export const container = z
  .strictObject({
    kind: z.literal('ct'),
    ...guestFields,
    hostname: hostName,
    ostemplate: z.exactOptional(
      pattern(/^[^:\s]+:vztmpl\/[^/\s]+$/, "a template volume 'storage:vztmpl/file'").meta({
        description:
          "Template volume or OCI archive, 'storage:vztmpl/file'. Exactly one of ostemplate, clone and adopted.",
      }),
    ),
    clone: z.exactOptional(cloneSource),
    adopted: z.exactOptional(adopted),
    template: z.exactOptional(
      z.boolean().meta({ description: 'Turned into a template once built; it never starts again.' }),
    ),
    unprivileged: z
      .boolean()
      .meta({ description: "Decided when the container is made; a clone has its source's." }),
    rootfs: z
      .strictObject({
        storage: storageId,
        size: whole(1).meta({ description: 'GiB; grows, never shrinks.' }),
        ...mountOptions,
      })
      .meta({ description: 'The root volume.' }),
    ostype: z.exactOptional(
      z.enum([
        'debian',
        'devuan',
        'ubuntu',
        'centos',
        'fedora',
        'opensuse',
        'archlinux',
        'alpine',
        'gentoo',
        'nixos',
        'unmanaged',
      ]),
    ),
    arch: z.exactOptional(z.enum(['amd64', 'i386', 'arm64', 'armhf', 'riscv32', 'riscv64'])),
    swap: whole(0).meta({ description: 'Swap in MiB.' }),
    cpulimit: z.exactOptional(z.number().min(0).max(8192)),
    cpuunits: z.exactOptional(whole(0, 500_000)),
    timezone: z.exactOptional(
      pattern(/^(host|[A-Za-z_]+(\/[A-Za-z0-9_+-]+)*)$/, "a time zone such as Europe/Berlin, or 'host'"),
    ),
    tty: z.exactOptional(whole(0, 6)),
    console: z.exactOptional(z.boolean()),
    cmode: z.exactOptional(z.enum(['tty', 'console', 'shell'])),
    hookscript: z.exactOptional(
      pattern(/^[^:\s]+:snippets\/\S+$/, "a snippet volume 'storage:snippets/file'"),
    ),
    debug: z.exactOptional(z.boolean()),
    entrypoint: z.exactOptional(
      singleLine.min(1).meta({ description: 'Init command of an application container (Proxmox VE 9.2).' }),
    ),
    env: z.exactOptional(
      z.record(z.string().regex(/^\w+$/, 'a variable name'), singleLine).meta({
        description: "Environment of the init command (Proxmox VE 9.2), laid over the image's own.",
      }),
    ),
    lxc: z.exactOptional(
      z.array(lxcLine).meta({ description: 'Raw lxc lines, for what pct has no key for.' }),
    ),
    features: z.exactOptional(
      z
        .strictObject({
          nesting: z.exactOptional(z.boolean()),
          keyctl: z.exactOptional(z.boolean()),
          fuse: z.exactOptional(z.boolean()),
          mknod: z.exactOptional(z.boolean()),
          force_rw_sys: z.exactOptional(z.boolean()),
          mount: z.exactOptional(z.array(z.string().regex(/^[a-z0-9]+$/, 'a file system type'))),
        })
        .meta({ description: "pct's own switches. Scripts that install software go to `layers`." }),
    ),
    nets: z.record(z.string().regex(/^net([12]?\d|3[01])$/, 'net0 … net31'), containerNet),
    mounts: z.record(z.string().regex(/^mp(1?\d{1,2}|2[0-4]\d|25[0-5])$/, 'mp0 … mp255'), mount),
    devs: z.record(z.string().regex(/^dev(1?\d{1,2}|2[0-4]\d|25[0-5])$/, 'dev0 … dev255'), device),
    gpus: z.array(whole(0, 255)).meta({ description: "Indices of the node's NVIDIA GPUs." }),
  })
  .refine(
    (value) => [value.ostemplate, value.clone, value.adopted].filter((one) => one !== undefined).length === 1,
    'a container has exactly one of ostemplate, clone and adopted',
  )
  .refine(
    (value) => !(value.template === true && value.snapshot !== undefined),
    'a template has no snapshot: Proxmox refuses to make one of a container that has snapshots (B25)',
  )
  .refine(
    (value) => !(value.template === true && value.state === 'running'),
    "a template never runs: say state: 'stopped'",
  );
