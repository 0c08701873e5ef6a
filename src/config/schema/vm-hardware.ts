/** What a VM is made of besides its drives: processor, memory, firmware, devices; one schema for each key of `qm`. */
import { bridgeName, configId, mac, pattern, singleLine, storageId, whole } from './scalar.ts';
import { z } from './z.ts';

const flag = z.exactOptional(z.boolean());
const newer = (what: string) => ({ description: `${what} (Proxmox VE 9.2).` });

/** A key whose main part may stand alone, as `qm` lets it. */
function orObject<S extends z.ZodType, O extends z.ZodType>(short: S, object: O, words: string) {
  return z.exactOptional(z.union([short, object], words));
}

export const vmNet = z
  .strictObject({
    model: z.enum([
      ...(['virtio', 'e1000', 'e1000-82540em', 'e1000-82544gc', 'e1000-82545em', 'e1000e'] as const),
      ...(['i82551', 'i82557b', 'i82559er', 'ne2k_isa', 'ne2k_pci', 'pcnet', 'rtl8139'] as const),
      'vmxnet3',
    ]),
    bridge: z.exactOptional(
      bridgeName.meta({ description: 'Without one it hangs behind the NAT of QEMU itself.' }),
    ),
    macaddr: z.exactOptional(mac),
    firewall: flag,
    link_down: flag,
    mtu: z.exactOptional(whole(1, 65520).meta({ description: '1: that of the bridge. virtio only.' })),
    queues: z.exactOptional(whole(0, 64)),
    rate: z.exactOptional(z.number().min(0).meta({ description: 'Limit in MB/s.' })),
    tag: z.exactOptional(whole(1, 4094).meta({ description: 'VLAN.' })),
    trunks: z.exactOptional(z.array(whole(1, 4094)).min(1).meta({ description: 'VLANs that pass through.' })),
    'host-tunnel': z.exactOptional(z.boolean().meta(newer('Tunnels of the host pass through'))),
  })
  .meta({ description: 'A network interface, with the keys of `qm set --netN`.' });

const cpuType = pattern(/^[a-zA-Z0-9_.-]+$/, "a CPU type such as 'host' or 'x86-64-v2-AES'");
const cpuModel = z.strictObject({
  cputype: z.exactOptional(cpuType),
  flags: z.exactOptional(z.array(pattern(/^[+-][\w.-]+$/, "a flag such as '+aes' or '-pcid'")).min(1)),
  hidden: flag,
  'hv-vendor-id': z.exactOptional(pattern(/^[a-zA-Z0-9]{1,12}$/, 'at most 12 letters and digits')),
  'phys-bits': z.exactOptional(z.union([whole(8, 64), z.literal('host')], "8 to 64, or 'host'")),
  'guest-phys-bits': z.exactOptional(whole(32, 64).meta(newer('Address bits that the guest sees'))),
  level: z.exactOptional(whole(0, 4_294_967_295).meta(newer('Highest CPUID level'))),
});

/** Proxmox writes a list of them with commas, but inside of another key with semicolons. */
const cpuList = pattern(/^\d+(-\d+)?(,\d+(-\d+)?)*$/, "numbers and ranges such as '0-3,8'");
const cpuSet = pattern(/^\d+(-\d+)?(;\d+(-\d+)?)*$/, "numbers and ranges such as '0-3;8'");
export const numaNode = z
  .strictObject({
    cpus: cpuSet,
    hostnodes: z.exactOptional(cpuSet),
    memory: z.exactOptional(whole(1).meta({ description: 'MiB.' })),
    policy: z.exactOptional(z.enum(['preferred', 'bind', 'interleave'])),
  })
  .meta({ description: 'A NUMA node of the guest; with numa: true.' });

const machineType = pattern(
  /^(pc|q35|virt|pc(-i440fx|-q35)?-\d+(\.\d+)+(\+pve\d+)?(\.pxe)?|virt-\d+(\.\d+)+(\+pve\d+)?)$/,
  "a machine type such as 'q35' or 'pc-q35-9.2+pve1'",
);
const vgaType = z.enum([
  ...(['std', 'cirrus', 'qxl', 'qxl2', 'qxl3', 'qxl4', 'none', 'virtio', 'virtio-gl', 'vmware'] as const),
  ...(['serial0', 'serial1', 'serial2', 'serial3'] as const),
]);
const rngSource = z.enum(['/dev/urandom', '/dev/random', '/dev/hwrng']);
const watchdogModel = z.enum(['i6300esb', 'ib700']);
const id16 = z.exactOptional(pattern(/^0x[0-9a-fA-F]{4}$/, "four hexadecimal digits such as '0x10de'"));

const pciAddress = '([0-9a-f]{4,}:)?[0-9a-f]{2}:[0-9a-f]{2}(\\.[0-9a-f])?';
export const hostPci = z
  .strictObject({
    host: z.exactOptional(
      pattern(
        new RegExp(`^${pciAddress}(;${pciAddress})*$`),
        "a PCI address such as '0000:01:00' (all functions) or '0000:01:00.0'",
      ),
    ),
    mapping: z.exactOptional(
      configId.meta({ description: 'A mapping of the data center, instead of host.' }),
    ),
    mdev: z.exactOptional(pattern(/^[^/.:,\s]+$/, "a mediated device such as 'nvidia-63'")),
    pcie: z.exactOptional(z.boolean().meta({ description: "With machine: 'q35'." })),
    rombar: flag,
    romfile: z.exactOptional(pattern(/^[^,;/\s]+$/, 'a file name below /usr/share/kvm')),
    'x-vga': flag,
    'legacy-igd': flag,
    'vendor-id': id16,
    'device-id': id16,
    'sub-vendor-id': id16,
    'sub-device-id': id16,
    driver: z.exactOptional(z.enum(['vfio', 'keep']).meta(newer('Who drives it on the node'))),
  })
  .refine(
    (value) => (value.host === undefined) !== (value.mapping === undefined),
    'a PCI device has exactly one of host and mapping',
  )
  .meta({ description: 'A PCI device that it has for itself, with the keys of `qm set --hostpciN`.' });

export const usb = z
  .strictObject({
    host: z.exactOptional(
      pattern(
        /^([0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}|\d+-\d+(\.\d+)*|spice)$/,
        "'1234:abcd' (vendor and product), '1-2.3' (bus and port) or 'spice'",
      ),
    ),
    mapping: z.exactOptional(configId),
    usb3: flag,
  })
  .refine(
    (value) => (value.host === undefined) !== (value.mapping === undefined),
    'a USB device has exactly one of host and mapping',
  );

export const virtiofs = z
  .strictObject({
    dirid: configId.meta({ description: 'Name of a directory mapping of the data center.' }),
    cache: z.exactOptional(z.enum(['auto', 'always', 'metadata', 'never'])),
    'direct-io': flag,
    'expose-acl': flag,
    'expose-xattr': flag,
  })
  .meta({ description: 'A directory of the node that the guest mounts by virtiofs.' });

export const serial = pattern(/^(socket|\/dev\/[^,\s]+)$/, "'socket' or a device of the node");
export const parallel = pattern(/^(\/dev\/parport\d+|\/dev\/usb\/lp\d+)$/, '/dev/parportN or /dev/usb/lpN');

const text64 = z.exactOptional(singleLine.min(1).max(64));
const uuid = pattern(/^[a-fA-F0-9]{8}(-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}$/, 'a UUID');

/** Single keys, each of the name that `qm` gives it. */
export const hardware = {
  cpu: orObject(cpuType, cpuModel, "a CPU type such as 'host', or { cputype, flags, … }"),
  sockets: z.exactOptional(whole(1)),
  vcpus: z.exactOptional(whole(1).meta({ description: 'Plugged in at the start; at most sockets × cores.' })),
  cpulimit: z.exactOptional(z.number().min(0).max(128)),
  cpuunits: z.exactOptional(whole(1, 262_144)),
  affinity: z.exactOptional(cpuList.meta({ description: 'Host threads that it runs on.' })),
  numa: flag,
  balloon: z.exactOptional(
    whole(0).meta({ description: 'MiB that it always keeps; 0 switches ballooning off.' }),
  ),
  shares: z.exactOptional(whole(0, 50_000)),
  hugepages: z.exactOptional(z.enum(['any', '2', '1024'])),
  keephugepages: flag,
  'allow-ksm': z.exactOptional(z.boolean().meta(newer('Equal pages of memory are shared'))),
  ostype: z.exactOptional(
    z.enum([
      ...(['other', 'wxp', 'w2k', 'w2k3', 'w2k8', 'wvista', 'win7', 'win8', 'win10', 'win11'] as const),
      ...(['l24', 'l26', 'solaris'] as const),
    ]),
  ),
  arch: z.exactOptional(z.enum(['x86_64', 'aarch64'])),
  machine: orObject(
    machineType,
    z.strictObject({
      type: z.exactOptional(machineType),
      viommu: z.exactOptional(z.enum(['intel', 'virtio'])),
      'enable-s3': flag,
      'enable-s4': flag,
      'aw-bits': z.exactOptional(whole(32, 64).meta(newer('Address width of the virtual IOMMU'))),
    }),
    "a machine type such as 'q35', or { type, viommu, … }",
  ),
  bios: z.exactOptional(z.enum(['seabios', 'ovmf'])),
  scsihw: z.exactOptional(
    z.enum([
      ...(['lsi', 'lsi53c810', 'virtio-scsi-pci', 'virtio-scsi-single', 'megasas', 'pvscsi'] as const),
    ]),
  ),
  boot: z.exactOptional(
    z
      .array(pattern(/^(scsi|virtio|sata|ide|net|hostpci|usb)\d+$/, 'a device such as scsi0 or net0'))
      .meta({ description: 'Devices in their order; the root disk without a word.' }),
  ),
  agent: z.union(
    [
      z.boolean(),
      z.strictObject({
        enabled: z.boolean(),
        type: z.exactOptional(z.enum(['virtio', 'isa'])),
        fstrim_cloned_disks: flag,
        'freeze-fs-on-backup': flag,
        'freeze-fs': z.exactOptional(z.boolean().meta(newer('As freeze-fs-on-backup'))),
      }),
    ],
    'true, false or { enabled, … }',
  ),
  vga: orObject(
    vgaType,
    z.strictObject({
      type: z.exactOptional(vgaType),
      memory: z.exactOptional(whole(4, 512).meta({ description: 'MiB.' })),
      clipboard: z.exactOptional(z.literal('vnc')),
    }),
    "a display such as 'std' or 'serial0', or { type, memory, clipboard }",
  ),
  audio0: z.exactOptional(
    z.strictObject({
      device: z.enum(['ich9-intel-hda', 'intel-hda', 'AC97']),
      driver: z.exactOptional(z.enum(['spice', 'none'])),
    }),
  ),
  hotplug: z.exactOptional(
    z.union(
      [z.boolean(), z.array(z.enum(['network', 'disk', 'cpu', 'memory', 'usb', 'cloudinit'])).min(1)],
      'true, false or a list of network, disk, cpu, memory, usb, cloudinit',
    ),
  ),
  tablet: flag,
  rng0: orObject(
    rngSource,
    z.strictObject({
      source: rngSource,
      max_bytes: z.exactOptional(whole(0)),
      period: z.exactOptional(whole(0)),
    }),
    "a source such as '/dev/urandom', or { source, max_bytes, period }",
  ),
  watchdog: orObject(
    watchdogModel,
    z.strictObject({
      model: z.exactOptional(watchdogModel),
      action: z.exactOptional(z.enum(['reset', 'shutdown', 'poweroff', 'pause', 'debug', 'none'])),
    }),
    "'i6300esb', 'ib700' or { model, action }",
  ),
  smbios1: z.exactOptional(
    z
      .strictObject({
        uuid: z.exactOptional(uuid),
        ...{ manufacturer: text64, product: text64, version: text64, serial: text64 },
        ...{ sku: text64, family: text64 },
      })
      .meta({ description: 'What the guest reads of its maker, as plain text; its UUID stays.' }),
  ),
  vmgenid: z.exactOptional(
    z.union([uuid, z.literal('0')], "a UUID, or '0' for none").meta({ description: 'Generation id.' }),
  ),
  hookscript: z.exactOptional(pattern(/^[^:\s]+:snippets\/\S+$/, "a snippet volume 'storage:snippets/file'")),
  args: z.exactOptional(singleLine.min(1).meta({ description: 'Words for QEMU itself, for experts.' })),
  ...{ kvm: flag, acpi: flag, localtime: flag, freeze: flag, reboot: flag, tdf: flag },
  startdate: z.exactOptional(
    pattern(/^(now|\d{4}-\d{1,2}-\d{1,2}(T\d{1,2}:\d{1,2}:\d{1,2})?)$/, "'now' or a date"),
  ),
  spice_enhancements: z.exactOptional(
    z.strictObject({
      foldersharing: flag,
      videostreaming: z.exactOptional(z.enum(['off', 'all', 'filter'])),
    }),
  ),
  ivshmem: z.exactOptional(
    z.strictObject({
      size: whole(1).meta({ description: 'MiB.' }),
      name: z.exactOptional(pattern(/^[a-zA-Z0-9-]+$/, 'a name of letters, digits and -')),
    }),
  ),
  'amd-sev': z.exactOptional(
    z.strictObject({
      type: z.enum(['std', 'es', 'snp']),
      ...{ 'no-debug': flag, 'no-key-sharing': flag, 'kernel-hashes': flag, 'allow-smt': flag },
    }),
  ),
  'intel-tdx': z.exactOptional(
    z
      .strictObject({
        type: z.literal('tdx'),
        attestation: z.boolean(),
        'vsock-cid': z.exactOptional(whole(2)),
        'vsock-port': z.exactOptional(whole(0)),
      })
      .meta(newer('Trust domain extensions')),
  ),
  keyboard: z.exactOptional(
    z.enum([
      ...([
        'de',
        'de-ch',
        'da',
        'en-gb',
        'en-us',
        'es',
        'fi',
        'fr',
        'fr-be',
        'fr-ca',
        'fr-ch',
        'hu',
      ] as const),
      ...(['is', 'it', 'ja', 'lt', 'mk', 'nl', 'no', 'pl', 'pt', 'pt-br', 'sv', 'sl', 'tr'] as const),
    ]),
  ),
  vmstatestorage: z.exactOptional(storageId.meta({ description: 'Where a saved memory goes.' })),
  migrate_downtime: z.exactOptional(z.number().min(0)),
  migrate_speed: z.exactOptional(whole(0)),
};
