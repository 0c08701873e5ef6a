/** The keys of a VM's conf, from the schemas of Proxmox VE 8.4 and 9.2. Data only. */

import { atLeast } from '../proxmox/version.ts';
import { cpuModels } from './cpu-models.ts';
import type { Spec } from './formats.ts';
import { drives84, drives92, efidisk, net, tpmstate } from './qm-drive-options.ts';

const flag: Spec = { type: 'boolean' };
const text: Spec = {};
const hex: Spec = { pattern: /^0x[0-9a-fA-F]{4}$/ };
const word: Spec = { pattern: /^[A-Za-z0-9+/]+={0,2}$/ };
const ranges = /^\d+(?:-\d+)?(?:;\d+(?:-\d+)?)*$/;
const address =
  /^(?:[a-f0-9]{4,}:)?[a-f0-9]{2}:[a-f0-9]{2}(?:\.[a-f0-9])?(;(?:[a-f0-9]{4,}:)?[a-f0-9]{2}:[a-f0-9]{2}(?:\.[a-f0-9])?)*$/;

const snippets: Record<string, Spec> = {};
for (const name of ['meta', 'network', 'user', 'vendor']) snippets[name] = { format: 'pve-volume-id' };

const cpuProps: Readonly<Record<string, Spec>> = {
  cputype: text,
  flags: { pattern: /^[+-][a-zA-Z0-9\-_.]+(;[+-][a-zA-Z0-9\-_.]+)*$/ },
  hidden: flag,
  'hv-vendor-id': { pattern: /^[a-zA-Z0-9]{1,12}$/ },
  'phys-bits': { pattern: /^(host|\d{1,2})$/ },
  'reported-model': { values: cpuModels },
};

const machineProps: Readonly<Record<string, Spec>> = {
  'enable-s3': flag,
  'enable-s4': flag,
  type: {
    maxLength: 40,
    pattern:
      /^(pc|pc(-i440fx)?-\d+(\.\d+)+(\+pve\d+)?(\.pxe)?|q35|pc-q35-\d+(\.\d+)+(\+pve\d+)?(\.pxe)?|virt(?:-\d+(\.\d+)+)?(\+pve\d+)?)$/,
  },
  viommu: { values: ['intel', 'virtio'] },
};

const agentProps: Readonly<Record<string, Spec>> = {
  enabled: { type: 'boolean', required: true },
  'freeze-fs-on-backup': flag,
  fstrim_cloned_disks: flag,
  type: { values: ['virtio', 'isa'] },
};

const hostpciProps: Readonly<Record<string, Spec>> = {
  'device-id': hex,
  host: { pattern: address },
  'legacy-igd': flag,
  mapping: { format: 'pve-configid' },
  mdev: { pattern: /^[^/.:]+$/ },
  pcie: flag,
  rombar: flag,
  romfile: { pattern: /^[^,;]+$/ },
  'sub-device-id': hex,
  'sub-vendor-id': hex,
  'vendor-id': hex,
  'x-vga': flag,
};

const conf84: Readonly<Record<string, Spec>> = {
  ...drives84,
  acpi: flag,
  affinity: { format: 'pve-cpuset' },
  agent: { defaultKey: 'enabled', props: agentProps },
  'amd-sev': {
    defaultKey: 'type',
    props: {
      'allow-smt': flag,
      'kernel-hashes': flag,
      'no-debug': flag,
      'no-key-sharing': flag,
      type: { values: ['std', 'es', 'snp'], maxLength: 3, required: true },
    },
  },
  arch: { values: ['x86_64', 'aarch64'] },
  args: text,
  audio0: {
    props: {
      device: { values: ['ich9-intel-hda', 'intel-hda', 'AC97'], required: true },
      driver: { values: ['spice', 'none'] },
    },
  },
  autostart: flag,
  balloon: { type: 'integer', min: 0 },
  bios: { values: ['seabios', 'ovmf'] },
  boot: {
    defaultKey: 'legacy',
    props: { legacy: { pattern: /^[acdn]{1,4}$/ }, order: { format: 'pve-qm-bootdev-list' } },
  },
  bootdisk: { pattern: /^(ide|sata|scsi|virtio)\d+$/ },
  cicustom: { props: snippets },
  cipassword: text,
  citype: { values: ['configdrive2', 'nocloud', 'opennebula'] },
  ciupgrade: flag,
  ciuser: text,
  cores: { type: 'integer', min: 1 },
  cpu: { defaultKey: 'cputype', format: 'pve-vm-cpu-conf', props: cpuProps },
  cpulimit: { type: 'number', min: 0, max: 128 },
  cpuunits: { type: 'integer', min: 1, max: 262_144 },
  description: { maxLength: 8192 },
  efidisk0: efidisk,
  freeze: flag,
  hookscript: { format: 'pve-volume-id' },
  'hostpci[n]': { defaultKey: 'host', props: hostpciProps },
  hotplug: { format: 'pve-hotplug-features' },
  hugepages: { values: ['any', '2', '1024'] },
  'ipconfig[n]': {
    props: {
      gw: { format: 'ipv4', requires: 'ip' },
      gw6: { format: 'ipv6', requires: 'ip6' },
      ip: { format: 'pve-ipv4-config' },
      ip6: { format: 'pve-ipv6-config' },
    },
  },
  ivshmem: {
    props: { name: { pattern: /^[a-zA-Z0-9-]+$/ }, size: { type: 'integer', min: 1, required: true } },
  },
  keephugepages: flag,
  keyboard: {
    values: [
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
      'is',
    ].concat(['it', 'ja', 'lt', 'mk', 'nl', 'no', 'pl', 'pt', 'pt-br', 'sv', 'sl', 'tr']),
  },
  kvm: flag,
  localtime: flag,
  lock: {
    values: ['backup', 'clone', 'create', 'migrate', 'rollback', 'snapshot', 'snapshot-delete'].concat([
      'suspending',
      'suspended',
    ]),
  },
  machine: { defaultKey: 'type', props: machineProps },
  memory: { defaultKey: 'current', props: { current: { type: 'integer', min: 16, required: true } } },
  migrate_downtime: { type: 'number', min: 0 },
  migrate_speed: { type: 'integer', min: 0 },
  name: { format: 'dns-name' },
  nameserver: { format: 'address-list' },
  'net[n]': net,
  numa: flag,
  'numa[n]': {
    props: {
      cpus: { pattern: ranges, required: true },
      hostnodes: { pattern: ranges },
      memory: { type: 'number' },
      policy: { values: ['preferred', 'bind', 'interleave'] },
    },
  },
  onboot: flag,
  ostype: {
    values: [
      'other',
      'wxp',
      'w2k',
      'w2k3',
      'w2k8',
      'wvista',
      'win7',
      'win8',
      'win10',
      'win11',
      'l24',
      'l26',
    ].concat('solaris'),
  },
  'parallel[n]': { pattern: /^(\/dev\/parport\d+|\/dev\/usb\/lp\d+)$/ },
  protection: flag,
  reboot: flag,
  rng0: {
    defaultKey: 'source',
    props: {
      max_bytes: { type: 'integer' },
      period: { type: 'integer' },
      source: { values: ['/dev/urandom', '/dev/random', '/dev/hwrng'], required: true },
    },
  },
  scsihw: { values: ['lsi', 'lsi53c810', 'virtio-scsi-pci', 'virtio-scsi-single', 'megasas', 'pvscsi'] },
  searchdomain: text,
  'serial[n]': { pattern: /^(\/dev\/.+|socket)$/ },
  shares: { type: 'integer', min: 0, max: 50_000 },
  smbios1: {
    maxLength: 512,
    props: {
      base64: flag,
      ...Object.fromEntries(
        ['family', 'manufacturer', 'product', 'serial', 'sku', 'version'].map((name) => [name, word]),
      ),
      uuid: { pattern: /^[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}$/ },
    },
  },
  smp: { type: 'integer', min: 1 },
  sockets: { type: 'integer', min: 1 },
  spice_enhancements: {
    props: { foldersharing: flag, videostreaming: { values: ['off', 'all', 'filter'] } },
  },
  sshkeys: text,
  startdate: { pattern: /^(now|\d{4}-\d{1,2}-\d{1,2}(T\d{1,2}:\d{1,2}:\d{1,2})?)$/ },
  startup: { format: 'pve-startup-order' },
  tablet: flag,
  tags: { format: 'pve-tag-list' },
  tdf: flag,
  template: flag,
  tpmstate0: tpmstate,
  'unused[n]': {
    defaultKey: 'file',
    props: { file: { format: 'pve-volume-id', required: true }, volume: { alias: 'file' } },
  },
  'usb[n]': {
    defaultKey: 'host',
    props: {
      host: { pattern: /^((0x)?[0-9A-Fa-f]{4}:(0x)?[0-9A-Fa-f]{4}|\d+-\d+(\.\d+)*|spice)$/i },
      mapping: { format: 'pve-configid' },
      usb3: flag,
    },
  },
  vcpus: { type: 'integer', min: 1 },
  vga: {
    defaultKey: 'type',
    props: {
      clipboard: { values: ['vnc'] },
      memory: { type: 'integer', min: 4, max: 512 },
      type: {
        values: ['cirrus', 'qxl', 'qxl2', 'qxl3', 'qxl4', 'none', 'serial0', 'serial1', 'serial2'].concat([
          'serial3',
          'std',
          'virtio',
          'virtio-gl',
          'vmware',
        ]),
      },
    },
  },
  'virtiofs[n]': {
    defaultKey: 'dirid',
    props: {
      cache: { values: ['auto', 'always', 'metadata', 'never'] },
      'direct-io': flag,
      dirid: { format: 'pve-configid', required: true },
      'expose-acl': flag,
      'expose-xattr': flag,
    },
  },
  vmgenid: { pattern: /^(?:[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}|[01])$/ },
  vmstatestorage: { format: 'pve-storage-id' },
  watchdog: {
    defaultKey: 'model',
    props: {
      action: { values: ['reset', 'shutdown', 'poweroff', 'pause', 'debug', 'none'] },
      model: { values: ['i6300esb', 'ib700'] },
    },
  },
};

function withProps(key: string, more: Readonly<Record<string, Spec>>): Spec {
  const own = conf84[key] ?? {};
  return { ...own, props: { ...own.props, ...more } };
}

const conf92: Readonly<Record<string, Spec>> = {
  ...conf84,
  ...drives92,
  agent: withProps('agent', {
    'freeze-fs': flag,
    'freeze-fs-on-backup': { alias: 'freeze-fs' },
    'guest-fsfreeze': { alias: 'freeze-fs' },
  }),
  'allow-ksm': flag,
  cpu: withProps('cpu', {
    'guest-phys-bits': { type: 'integer', min: 32, max: 64 },
    level: { type: 'integer', min: 0, max: 4_294_967_295 },
  }),
  'hostpci[n]': withProps('hostpci[n]', { driver: { values: ['vfio', 'keep'] } }),
  'intel-tdx': {
    defaultKey: 'type',
    props: {
      attestation: { type: 'boolean', required: true },
      type: { values: ['tdx'], required: true },
      'vsock-cid': { type: 'integer', min: 2 },
      'vsock-port': { type: 'integer', min: 0 },
    },
  },
  machine: withProps('machine', { 'aw-bits': { type: 'number', min: 32, max: 64 } }),
  'net[n]': withProps('net[n]', { 'host-tunnel': flag }),
  'serial[n]': { pattern: /^(\/dev\/[^,]+|socket)$/ },
  tpmstate0: withProps('tpmstate0', { format: { values: ['raw', 'qcow2', 'vmdk'] } }),
};

/** The highest number of what has one, where it is not 255. */
export const highest: Readonly<Record<string, number>> = {
  hostpci: 15,
  ide: 3,
  ipconfig: 31,
  net: 31,
  numa: 7,
  parallel: 2,
  sata: 5,
  scsi: 30,
  serial: 3,
  usb: 13,
  virtio: 15,
  virtiofs: 9,
};

/** The keys of a VM's conf on a node with these packages. */
export function vmKeysOf(packages: Readonly<Record<string, string>>): Readonly<Record<string, Spec>> {
  return atLeast(new Map(Object.entries(packages)), '9.2') === true ? conf92 : conf84;
}

/** What a drive or an interface may say, on any version: for reading what stands in a conf. */
export const driveSpec: Spec = drives84['scsi[n]'] ?? {};
export const netSpec: Spec = net;
