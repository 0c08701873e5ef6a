/** A container as the merged configuration has it. It knows no file and no other guest. */
import { cloneSource, guestFields } from './guest.ts';
import {
  absolutePath,
  address,
  anyAddress,
  bridgeName,
  guestAddress,
  guestAddress6,
  hostName,
  mac,
  pattern,
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
  })
  .meta({ description: 'A network interface, with the keys of `pct set --netN`.' });

export const mount = z
  .strictObject({
    storage: z.exactOptional(storageId.meta({ description: 'Storage of a volume that phx allocates.' })),
    size: z.exactOptional(whole(1).meta({ description: 'GiB, with `storage`.' })),
    source: z.exactOptional(absolutePath.meta({ description: 'Directory on the node; then no `storage`.' })),
    mp: absolutePath.meta({ description: 'Path inside the container.' }),
    ro: z.exactOptional(z.boolean()),
    backup: z.exactOptional(z.boolean()),
  })
  .refine(
    (value) => (value.storage === undefined) !== (value.source === undefined),
    'a mount has exactly one of storage and source',
  )
  .refine(
    (value) => (value.storage === undefined) === (value.size === undefined),
    'a mount has a size exactly when it has a storage',
  )
  .meta({ description: 'A volume (storage, size) or a directory of the node (source), mounted at mp.' });

export const container = z
  .strictObject({
    kind: z.literal('ct'),
    ...guestFields,
    hostname: hostName,
    template: z.exactOptional(
      pattern(/^[^:\s]+:vztmpl\/[^/\s]+$/, "a template volume 'storage:vztmpl/file'").meta({
        description: "Template volume, 'storage:vztmpl/file'. Exactly one of template and clone.",
      }),
    ),
    clone: z.exactOptional(cloneSource),
    unprivileged: z
      .boolean()
      .meta({ description: "Decided when the container is made; a clone has its source's." }),
    rootfs: z
      .strictObject({
        storage: storageId,
        size: whole(1).meta({ description: 'GiB; grows, never shrinks.' }),
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
    gpus: z.array(whole(0, 255)).meta({ description: "Indices of the node's NVIDIA GPUs." }),
  })
  .refine(
    (value) => (value.template === undefined) !== (value.clone === undefined),
    'a container has exactly one of template and clone',
  );
