/** The node as the merged configuration has it. It knows no file and no guest. */
import { backups } from './backups.ts';
import { firewall } from './firewall.ts';
import { health } from './guest.ts';
import { haRules } from './ha.ts';
import { access, users } from './node-access.ts';
import { apparmor, certificates, dns, nfs, samba } from './node-services.ts';
import { directories, images, storages, templates, zfs } from './node-storage.ts';
import {
  address,
  anyAddress,
  bridgeName,
  cidr,
  hostName,
  httpUrl,
  pattern,
  sha256,
  singleLine,
  whole,
} from './scalar.ts';
import { z } from './z.ts';

const bridge = z.strictObject({
  address: z.exactOptional(cidr.meta({ description: "The node's address on this bridge." })),
  gateway: z.exactOptional(address),
  ports: z.array(bridgeName).default([]).meta({ description: 'Network cards of the bridge.' }),
  vlanAware: z.exactOptional(z.boolean()),
});

const network = z.strictObject({
  bridges: z.record(bridgeName, bridge),
  nameservers: z.array(anyAddress),
  domain: z.exactOptional(
    hostName.meta({ description: 'Domain of the node; short names are looked up there.' }),
  ),
  hosts: z.record(hostName, anyAddress).meta({ description: 'Further lines of /etc/hosts: name → address.' }),
});

const nvidia = z.strictObject({
  version: pattern(/^\d+(\.\d+)+$/, 'a driver version such as 580.76.05'),
  runfile: httpUrl,
  sha256: z.exactOptional(sha256),
  gpus: whole(1).meta({ description: 'Number of cards that the node has.' }),
  persistence: z
    .boolean()
    .default(true)
    .meta({ description: 'Keeps the driver initialised while no program uses the cards.' }),
});

const vfio = z
  .strictObject({
    ids: z.array(pattern(/^[0-9a-f]{4}:[0-9a-f]{4}$/, "a 'vendor:device' pair as lspci -nn shows it")).min(1),
    cmdline: z
      .array(pattern(/^[\w.,:=@/+%-]+$/, 'a word of the kernel command line without quotes'))
      .default(['iommu=pt'])
      .meta({ description: "Words for the kernel's command line; Intel wants intel_iommu=on besides." }),
  })
  .meta({ description: 'PCI devices that are given whole to VMs.' });

export const hypervisor = z.strictObject({
  hostname: z.exactOptional(hostName),
  timezone: z.exactOptional(pattern(/^[A-Za-z_]+(\/[A-Za-z0-9_+-]+)*$/, 'a time zone such as Europe/Berlin')),
  locale: z.exactOptional(
    pattern(/^([a-z]{2,3}_[A-Z]{2}(\.UTF-8)|C\.UTF-8)$/, 'a locale such as en_US.UTF-8'),
  ),
  ntp: z.array(hostName).meta({ description: 'Time servers; chrony keeps its own without any.' }),
  node: z.exactOptional(
    z
      .strictObject({ memory: whole(1).meta({ description: 'MiB.' }), cores: z.exactOptional(whole(1)) })
      .meta({ description: 'What the machine has, to compare what the guests may take with.' }),
  ),
  repositories: z.exactOptional(
    z
      .strictObject({
        suite: pattern(/^[a-z]+$/, 'a Debian suite such as trixie'),
        enterprise: z.boolean().default(false),
        noSubscription: z.boolean().default(true),
        ceph: z.exactOptional(pattern(/^[a-z]+$/, 'a Ceph release such as squid')),
      })
      .meta({ description: 'Where packages come from; without this section the node keeps what it has.' }),
  ),
  packages: z
    .array(pattern(/^[a-z0-9][a-z0-9.+-]+$/, 'a Debian package name'))
    .meta({ description: 'Debian packages of the node itself.' }),
  upgrade: z.exactOptional(
    singleLine.min(1).meta({
      description: 'Any text, such as a date: all packages are upgraded once whenever it is another one.',
    }),
  ),
  network,
  commitConfirm: whole(10, 3600).meta({
    description:
      'Seconds for which a change of network or firewall is on trial before the former comes back.',
  }),
  zfs,
  directories,
  storage: storages,
  templates,
  images,
  backups,
  ha: z.strictObject({ rules: haRules }),
  external: z
    .record(pattern(/^[1-9]\d{2,8}$/, 'an id of a guest'), z.strictObject({ health }))
    .meta({ description: 'Guests that phx does not manage; others may name them under dependencies.' }),
  nvidia: z.exactOptional(nvidia),
  vfio: z.exactOptional(vfio),
  users,
  access,
  apparmor,
  nfs,
  samba: z.exactOptional(samba),
  dns: z.exactOptional(dns),
  certificates,
  firewall,
});
