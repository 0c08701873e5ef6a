/** Random VMs as a file of the configuration may hold them, over most fields that it can have; all are valid. */

import fc from 'fast-check';
import { common, type GuestText, isObject, mac, switches } from './random-guest.ts';

const keys = { noNullPrototype: true } as const;
type Fields = Readonly<Record<string, fc.Arbitrary<unknown>>>;
const uuid = '11111111-2222-3333-4444-555555555555';

/** The first card is one that works: a running VM is waited for until it has its address. */
const net = (at: number) =>
  fc.record<Record<string, unknown>>(
    {
      model: fc.constantFrom('virtio', ...(at === 0 ? [] : ['e1000', 'vmxnet3', 'rtl8139'])),
      bridge: fc.constant(`vmbr${at}`),
      macaddr: mac(at),
      queues: fc.nat(8),
      rate: fc.constantFrom(0, 0.5, 12.5),
      trunks: fc.uniqueArray(fc.integer({ min: 1, max: 4094 }), { minLength: 1, maxLength: 3 }),
      ...switches('firewall', 'host-tunnel'),
      ...(at === 0
        ? { mtu: fc.constantFrom(1, 1400) }
        : { tag: fc.integer({ min: 1, max: 4094 }), ...switches('link_down') }),
    },
    { requiredKeys: ['model', 'bridge'], ...keys },
  );

const ipconfig = (at: number) =>
  fc
    .record(
      {
        ip: fc.constantFrom('dhcp', `10.0.${at}.101/24`),
        gw: fc.constant(`10.0.${at}.1`),
        ip6: fc.constantFrom('auto', 'dhcp', `fd00::${at + 2}/64`),
        gw6: fc.constant('fd00::1'),
      },
      { requiredKeys: ['ip'], ...keys },
    )
    .map(({ gw, gw6, ...rest }) => ({
      ...rest,
      ...(gw && rest.ip.includes('/') ? { gw } : {}),
      ...(gw6 && rest.ip6?.includes('/') ? { gw6 } : {}),
    }));

const options = {
  aio: fc.constantFrom('native', 'threads', 'io_uring'),
  cache: fc.constantFrom('none', 'directsync'),
  discard: fc.constantFrom('ignore', 'on'),
  rerror: fc.constantFrom('ignore', 'report', 'stop'),
  werror: fc.constantFrom('enospc', 'ignore', 'report', 'stop'),
  serial: fc.constantFrom('A-1', 'x_2.3'),
  ...{
    mbps: fc.constantFrom(1, 12.5),
    iops_rd: fc.nat(1000),
    bps_rd_max_length: fc.integer({ min: 1, max: 9 }),
  },
  ...switches('backup', 'detect_zeroes', 'replicate', 'shared'),
};
const solid = { wwn: fc.constant('0x5000c500a1b2c3d4'), ...switches('ssd') };
const buses: Readonly<Record<'scsi' | 'virtio' | 'sata' | 'ide', Fields>> = {
  scsi: {
    ...{ ...options, ...solid, product: fc.constant('disk 1'), vendor: fc.constant('me') },
    ...{ queues: fc.integer({ min: 2, max: 4 }), ...switches('iothread', 'ro') },
  },
  virtio: { ...options, ...switches('iothread', 'ro') },
  sata: { ...options, ...solid },
  ide: { ...options, ...solid, model: fc.constant('disk.1') },
};

/** A drive has one place, and what it was made as; its options may be any. */
const disk = (bus: keyof typeof buses, storage: string, least = 1) =>
  fc.record<Record<string, unknown>>(
    { storage: fc.constant(storage), size: fc.integer({ min: least, max: least + 3 }), ...buses[bus] },
    { requiredKeys: ['storage', 'size'], ...keys },
  );

const cd = fc.record(
  { file: fc.constantFrom('none', 'iso:iso/x.iso'), media: fc.constant('cdrom') },
  { requiredKeys: ['file', 'media'], ...keys },
);

const cpu = fc.oneof(
  fc.constantFrom('host', 'x86-64-v2-AES', 'kvm64'),
  fc.record(
    {
      cputype: fc.constantFrom('host', 'x86-64-v3'),
      flags: fc.subarray(['+aes', '-pcid', '+ssbd'], { minLength: 1 }),
      'hv-vendor-id': fc.constant('phx'),
      'phys-bits': fc.constantFrom('host', 40),
      ...{ 'guest-phys-bits': fc.constantFrom(39, 48), level: fc.constantFrom(0, 30) },
      ...switches('hidden'),
    },
    { requiredKeys: ['cputype'], ...keys },
  ),
);

const machine = fc.oneof(
  fc.constant('q35'),
  fc.record(
    {
      type: fc.constant('q35'),
      viommu: fc.constantFrom('intel', 'virtio'),
      'aw-bits': fc.constantFrom(39, 48),
      ...switches('enable-s3', 'enable-s4'),
    },
    { requiredKeys: ['type'], ...keys },
  ),
);

const agent = fc.oneof(
  fc.constant(true),
  fc.record(
    {
      enabled: fc.constant(true),
      type: fc.constantFrom('virtio', 'isa'),
      ...switches('fstrim_cloned_disks', 'freeze-fs-on-backup'),
    },
    { requiredKeys: ['enabled'], ...keys },
  ),
);

const vga = fc.oneof(
  fc.constantFrom('std', 'serial0', 'none'),
  fc.record(
    {
      type: fc.constantFrom('std', 'qxl', 'virtio'),
      memory: fc.integer({ min: 4, max: 512 }),
      clipboard: fc.constant('vnc'),
    },
    { requiredKeys: ['type'], ...keys },
  ),
);

const hostpci = (host: string, mapping: string) =>
  fc
    .record(
      {
        what: fc.constantFrom({ host }, { mapping }),
        romfile: fc.constant('vbios.bin'),
        'vendor-id': fc.constant('0x10de'),
        'sub-device-id': fc.constant('0x2d05'),
        driver: fc.constantFrom('vfio', 'keep'),
        ...switches('pcie', 'rombar', 'x-vga', 'legacy-igd'),
      },
      { requiredKeys: ['what'], ...keys },
    )
    .map(({ what, ...rest }) => ({ ...what, ...rest }));

const small = {
  usb0: fc.constantFrom({ host: 'spice' }, { host: '1D6B:0002' }, { mapping: 'stick', usb3: true }),
  usb1: fc.constantFrom({ host: '1-2.3', usb3: false }),
  virtiofs0: fc.record(
    {
      dirid: fc.constant('share'),
      cache: fc.constantFrom('auto', 'never'),
      ...switches('direct-io', 'expose-xattr'),
    },
    { requiredKeys: ['dirid'], ...keys },
  ),
  numa0: fc.record(
    {
      cpus: fc.constantFrom('0', '0-1'),
      hostnodes: fc.constant('0'),
      memory: fc.integer({ min: 1, max: 512 }),
      policy: fc.constantFrom('preferred', 'bind'),
    },
    { requiredKeys: ['cpus'], ...keys },
  ),
  serial1: fc.constant('socket'),
  parallel0: fc.constant('/dev/parport0'),
  audio0: fc.record(
    { device: fc.constantFrom('ich9-intel-hda', 'AC97'), driver: fc.constantFrom('spice', 'none') },
    { requiredKeys: ['device'], ...keys },
  ),
  rng0: fc.oneof(
    fc.constant('/dev/urandom'),
    fc.record(
      { source: fc.constant('/dev/random'), max_bytes: fc.nat(2048), period: fc.nat(1000) },
      { requiredKeys: ['source'], ...keys },
    ),
  ),
  watchdog: fc.oneof(
    fc.constantFrom('i6300esb', 'ib700'),
    fc.record({ model: fc.constant('i6300esb'), action: fc.constantFrom('reset', 'none') }, keys),
  ),
  smbios1: fc.record(
    {
      uuid: fc.constant(uuid),
      ...{ manufacturer: fc.constant('phx'), product: fc.constantFrom('a, b', 'ü=1') },
    },
    { requiredKeys: [], ...keys },
  ),
  spice_enhancements: fc.record(
    { videostreaming: fc.constantFrom('off', 'all'), ...switches('foldersharing') },
    { requiredKeys: ['foldersharing'], ...keys },
  ),
  ivshmem: fc.record(
    { size: fc.integer({ min: 1, max: 64 }), name: fc.constant('shared') },
    { requiredKeys: ['size'], ...keys },
  ),
  'amd-sev': fc.record(
    { type: fc.constantFrom('std', 'snp'), ...switches('no-debug', 'kernel-hashes', 'allow-smt') },
    { requiredKeys: ['type'], ...keys },
  ),
} as const;

const plain = {
  ...{ sockets: fc.integer({ min: 1, max: 2 }), vcpus: fc.constant(1), cpulimit: fc.constantFrom(0, 0.5, 8) },
  ...{ cpuunits: fc.integer({ min: 1, max: 10_000 }), affinity: fc.constantFrom('0', '0-3,8') },
  ...{ balloon: fc.nat(512), shares: fc.nat(50_000), hugepages: fc.constantFrom('any', '2') },
  ...{ ostype: fc.constantFrom('l26', 'l24'), arch: fc.constant('x86_64') },
  ...{ scsihw: fc.constantFrom('virtio-scsi-single'), keyboard: fc.constantFrom('de', 'en-us') },
  hotplug: fc.oneof(fc.boolean(), fc.subarray(['network', 'disk', 'usb', 'cloudinit'], { minLength: 1 })),
  ...{ vmgenid: fc.constantFrom('0', uuid), args: fc.constantFrom('-no-reboot', '-device x,y=1') },
  ...{
    hookscript: fc.constantFrom('iso:snippets/a.sh', 'iso:snippets/b.sh'),
    vmstatestorage: fc.constant('vm'),
  },
  ...{
    startdate: fc.constantFrom('now', '2026-01-01', '2026-1-2T3:4:5'),
    migrate_downtime: fc.constantFrom(0, 0.5),
  },
  migrate_speed: fc.nat(100),
  ...switches('keephugepages', 'allow-ksm', 'tablet', 'localtime', 'freeze', 'reboot', 'tdf', 'acpi', 'kvm'),
};

const cloudInit = {
  ciuser: fc.constantFrom('ops', 'admin'),
  sshkeys: fc.subarray(['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMq a@b', 'ssh-rsa AAAAB3Nza+/= c d']),
  ...switches('ciupgrade'),
  citype: fc.constant('nocloud'),
  // Without a word of it nobody puts the agent into an image.
  cloudInit: fc.record({ packages: fc.subarray(['jq', 'htop'], { minLength: 1 }) }, keys),
};

export const vms: fc.Arbitrary<GuestText> = fc
  .record(
    {
      ...{ ...common, ...plain, ...small, ...cloudInit, cpu, machine, agent, vga },
      memory: fc.integer({ min: 512, max: 4096 }),
      name: fc.constantFrom('web', 'db-1', 'a.b.c'),
      // No smaller than its image.
      disk: disk('scsi', 'vm', 4),
      ...{ scsi1: disk('scsi', 'files'), virtio1: disk('virtio', 'vm'), sata1: disk('sata', 'vm') },
      ...{ ide1: disk('ide', 'files'), ide3: cd, sata5: cd },
      ...{ net0: net(0), net1: net(1), ipconfig0: ipconfig(0), ipconfig1: ipconfig(1) },
      ...{ hostpci0: hostpci('0000:01:00', 'card'), hostpci1: hostpci('0000:02:00.0', 'other') },
      firmware: fc.constantFrom(
        { bios: 'seabios' },
        { bios: 'ovmf', efidisk0: { storage: 'vm', efitype: '4m', 'pre-enrolled-keys': true } },
      ),
      tpmstate0: fc.constant({ storage: 'vm', version: 'v2.0' }),
      boot: fc.constantFrom(['scsi0'], ['scsi0', 'net0']),
    },
    {
      requiredKeys: ['name', 'memory', 'disk', 'restart', 'state', 'net0', 'ipconfig0', 'cloudInit'],
      ...keys,
    },
  )
  .map(({ firmware, ...vm }) => together({ id: 950, kind: 'vm', image: 'noble', ...firmware, ...vm }));

/** What cannot stand alone goes, or gets what it needs. */
function together(vm: GuestText): GuestText {
  const entries = Object.entries(vm).filter(([key]) => key !== 'ipconfig1' || vm.net1 !== undefined);
  const own = Object.fromEntries(entries);
  if (own.numa0 !== undefined || own.hugepages !== undefined) own.numa = true;
  if (own.machine === undefined && (isObject(own.hostpci0) || isObject(own.hostpci1))) own.machine = 'q35';
  if (vm.vga === 'serial0') own.serial0 = 'socket';
  return own;
}
