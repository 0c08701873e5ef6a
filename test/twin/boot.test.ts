/** What a boot starts with: command line, kernels, PCI devices and their drivers, ARC limit; and time, names, locales. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostFacts } from '../../src/proxmox/facts.ts';
import { parseSweep } from '../../src/proxmox/parse-sweep.ts';
import { sweepArgv, sweepScript } from '../../src/proxmox/sweep.ts';
import type { Twin } from '../../src/twin/twin.ts';
import { all, freshTwin, hardware, run } from './node.ts';

async function facts(twin: Twin): Promise<HostFacts> {
  const { host } = parseSweep((await twin.run({ argv: sweepArgv(['host']), stdin: sweepScript })).stdout);
  assert.ok(host);
  return host;
}

const prefix = 'BOOT_IMAGE=/boot/vmlinuz-6.8.12-4-pve root=/dev/mapper/pve-root ro';

test('update-grub reads its files in order, and only a reboot makes them current', async () => {
  const twin = freshTwin();
  assert.equal(await all(twin, 'cat /proc/cmdline'), `${prefix} quiet\n`);
  await twin.writeFile(
    '/etc/default/grub',
    `GRUB_CMDLINE_LINUX_DEFAULT="quiet amd_iommu=on"\nexport GRUB_CMDLINE_LINUX='console=tty0' # one\n`,
  );
  await twin.writeFile(
    '/etc/default/grub.d/phx.cfg',
    ['GRUB_CMDLINE_LINUX_DEFAULT="$', '{GRUB_CMDLINE_LINUX_DEFAULT} iommu=pt"\n'].join(''),
  );
  await twin.writeFile(
    '/etc/default/grub.d/z.cfg',
    'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT last"\n',
  );
  await twin.writeFile('/etc/default/grub.d/not-read', 'GRUB_CMDLINE_LINUX="never"\n');
  await all(twin, 'reboot');
  assert.equal((await facts(twin)).cmdline, `${prefix} quiet`, 'files alone change nothing');
  await all(twin, 'update-grub');
  assert.equal((await facts(twin)).cmdline, `${prefix} quiet`, 'before the reboot');
  await all(twin, 'reboot');
  assert.equal((await facts(twin)).cmdline, `${prefix} console=tty0 quiet amd_iommu=on iommu=pt last`);
});

test('a grub file with an open quote stops update-grub', async () => {
  const twin = freshTwin();
  await twin.writeFile('/etc/default/grub', 'GRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX_DEFAULT="quiet\n');
  const outcome = await run(twin, 'update-grub');
  assert.deepEqual([outcome.exit, /2: \/etc\/default\/grub: Syntax error/.test(outcome.stderr)], [2, true]);
});

test('with systemd-boot it is /etc/kernel/cmdline and proxmox-boot-tool', async () => {
  const twin = freshTwin({ hardware: { ...hardware, bootloader: 'systemd-boot' } });
  const before = await facts(twin);
  assert.equal(before.bootloader, 'systemd-boot');
  assert.match(
    before.cmdline,
    /^initrd=\\EFI\\proxmox\\6\.8\.12-4-pve\\initrd\.img-6\.8\.12-4-pve root=\S+ ro quiet$/,
  );
  await twin.writeFile('/etc/kernel/cmdline', 'root=ZFS=rpool/ROOT/pve-1 boot=zfs iommu=pt\n');
  await all(twin, 'update-grub', 'reboot');
  assert.equal((await facts(twin)).cmdline, before.cmdline);
  await all(twin, 'proxmox-boot-tool refresh', 'reboot');
  assert.match(
    (await facts(twin)).cmdline,
    /initrd\.img-6\.8\.12-4-pve root=ZFS=rpool\/ROOT\/pve-1 boot=zfs iommu=pt$/,
  );
  const grub = freshTwin();
  assert.match(await all(grub, 'proxmox-boot-tool refresh'), /skipping ESP sync/);
  assert.equal((await run(grub, 'proxmox-boot-tool bogus')).exit, 1);
});

test('the graphics cards go to vfio-pci when it is loaded at boot with their ids', async () => {
  const twin = freshTwin();
  const drivers = async () => (await facts(twin)).pci.map((one) => `${one.id} ${one.driver ?? '-'}`);
  const others = ['8086:15f3 igc', '1002:164e amdgpu'];
  const card = (vga: string, audio: string) => [`10de:2d04 ${vga}`, `10de:22eb ${audio}`];
  const nouveau = card('nouveau', 'snd_hda_intel');
  assert.deepEqual(await drivers(), [...nouveau, ...nouveau, ...others]);
  await twin.writeFile(
    '/etc/modprobe.d/vfio.conf',
    'options vfio-pci ids=10de:2d04,10DE:22eb disable_vga=1\n',
  );
  await twin.writeFile('/etc/modules-load.d/vfio.conf', 'vfio\nvfio_iommu_type1\nvfio_pci\n');
  assert.deepEqual(await drivers(), [...nouveau, ...nouveau, ...others], 'before the reboot');
  await all(twin, 'update-initramfs -u -k all', 'reboot');
  const taken = card('vfio-pci', 'vfio-pci');
  assert.deepEqual(await drivers(), [...taken, ...taken, ...others]);
  assert.deepEqual([...(await facts(twin)).modules].sort(), ['vfio', 'vfio_iommu_type1', 'vfio_pci']);
  await twin.removeFile('/etc/modprobe.d/vfio.conf');
  await all(twin, 'reboot');
  assert.deepEqual(await drivers(), [...nouveau, ...nouveau, ...others]);
});

test('without an IOMMU there are no groups, and vfio-pci takes nothing', async () => {
  const twin = freshTwin();
  assert.equal((await facts(twin)).iommuGroups, 20);
  await twin.writeFile(
    '/etc/default/grub',
    'GRUB_CMDLINE_LINUX_DEFAULT="amd_iommu=off vfio-pci.ids=10de:2d04"\n',
  );
  await twin.writeFile('/etc/modules-load.d/vfio.conf', 'vfio-pci\n');
  await all(twin, 'update-grub', 'reboot');
  const off = await facts(twin);
  assert.deepEqual([off.iommuGroups, off.pci[0]?.driver], [0, 'nouveau']);
  await twin.writeFile('/etc/default/grub', 'GRUB_CMDLINE_LINUX_DEFAULT="vfio-pci.ids=10de:2d04"\n');
  await all(twin, 'update-grub', 'reboot');
  assert.equal((await facts(twin)).pci[0]?.driver, 'vfio-pci');
});

test('a running node gives vfio-pci only what no driver holds', async () => {
  const twin = freshTwin();
  await twin.writeFile('/etc/modprobe.d/vfio.conf', 'options vfio-pci ids=10de:2d04\n');
  await all(twin, 'modprobe vfio-pci');
  assert.equal((await facts(twin)).pci[0]?.driver, 'nouveau');
  await all(twin, 'modprobe -r vfio-pci', 'modprobe -r nouveau', 'modprobe vfio-pci');
  assert.equal((await facts(twin)).pci[0]?.driver, 'vfio-pci');
});

test('an upgrade installs what waits; a new kernel is booted by the next reboot', async () => {
  const kernel = 'proxmox-kernel-6.14.8-2-pve-signed';
  const upgrades = { curl: '8.0-1', [kernel]: '6.14.8-2' };
  const twin = freshTwin({ hardware: { ...hardware, upgrades } });
  assert.match(
    await all(twin, 'apt-get -s dist-upgrade'),
    /^1 upgraded, 1 newly[\s\S]*^Inst curl \[7\.88\S*\] \(8\.0-1 /m,
  );
  assert.match(
    await all(twin, 'apt-get -y upgrade'),
    /^1 upgraded, 0 newly installed, 0 to remove and 1 not/m,
  );
  assert.deepEqual((await facts(twin)).kernels, ['6.8.12-4-pve']);
  await all(twin, 'apt-get -y dist-upgrade');
  const before = await facts(twin);
  assert.deepEqual([before.node.kernel, before.kernels], ['6.8.12-4-pve', ['6.8.12-4-pve', '6.14.8-2-pve']]);
  assert.equal(before.packages.get(kernel), '6.14.8-2');
  assert.match(await all(twin, 'update-initramfs -u -k all'), /6\.8\.12-4-pve\n.*6\.14\.8-2-pve\n$/);
  await all(twin, 'reboot');
  assert.equal((await facts(twin)).node.kernel, '6.14.8-2-pve');
  assert.equal(await all(twin, 'uname -r'), '6.14.8-2-pve\n');
  assert.match(await all(twin, 'apt-get -y dist-upgrade'), /^0 upgraded, 0 newly installed/m);
});

test('zfs_arc_max is written at once, and comes from modprobe.d at a boot', async () => {
  const twin = freshTwin();
  const path = '/sys/module/zfs/parameters/zfs_arc_max';
  assert.equal(await twin.readFile(path), '0\n');
  await run(twin, `tee ${path}`, '8589934592');
  assert.equal(await twin.readFile(path), '8589934592\n');
  assert.match((await run(twin, `tee ${path}`, 'much')).stderr, /Invalid argument/);
  await assert.rejects(twin.writeFile(path, '1'), /EACCES.*tee/);
  await all(twin, 'reboot');
  assert.equal(await twin.readFile(path), '0\n');
  await twin.writeFile(
    '/etc/modprobe.d/zfs.conf',
    '# options zfs zfs_arc_max=1\noptions zfs zfs_arc_min=5 zfs_arc_max=4294967296\n',
  );
  await all(twin, 'update-initramfs -u', 'reboot');
  assert.equal(await twin.readFile(path), '4294967296\n');
});

test('time zone and host name show at once, and a name from its file after a boot', async () => {
  const twin = freshTwin();
  await all(twin, 'timedatectl set-timezone Europe/Berlin', 'hostnamectl set-hostname pve7');
  const { timezone, node } = await facts(twin);
  assert.deepEqual([timezone, node.name], ['Europe/Berlin', 'pve7']);
  assert.equal(await all(twin, 'uname -n'), 'pve7\n');
  assert.match((await run(twin, 'hostnamectl set-hostname -- bad_name')).stderr, /Invalid hostname|bad_name/);
  await twin.writeFile('/etc/hostname', 'pve8\n');
  assert.equal((await facts(twin)).node.name, 'pve7');
  await all(twin, 'reboot');
  assert.equal((await facts(twin)).node.name, 'pve8');
});

test('a locale has to be made before it is set; certificates are taken over', async () => {
  const twin = freshTwin();
  assert.match(
    (await run(twin, 'update-locale LANG=de_DE.UTF-8')).stderr,
    /invalid locale settings: {2}LANG=de_DE/,
  );
  await twin.writeFile('/etc/locale.gen', 'de_DE.UTF-8 UTF-8\n# fr_FR.UTF-8 UTF-8\n');
  assert.match(await all(twin, 'locale-gen'), /^ {2}de_DE\.UTF-8\.\.\. done$/m);
  await all(twin, 'update-locale LANG=de_DE.UTF-8 LC_ALL=C.UTF-8', 'update-locale LC_ALL');
  assert.equal(await twin.readFile('/etc/default/locale'), 'LANG=de_DE.UTF-8\n');
  assert.equal(await all(twin, 'locale -a'), 'C\nC.utf8\nPOSIX\nde_DE.utf8\n');
  await twin.writeFile('/etc/locale.gen', 'de_DE\n');
  assert.match((await run(twin, 'locale-gen')).stderr, /Bad entry/);
  await twin.writeFile('/usr/local/share/ca-certificates/own.crt', 'PEM\n');
  assert.match(await all(twin, 'update-ca-certificates'), /^1 added, 0 removed/m);
  assert.equal(await twin.readFile('/etc/ssl/certs/own.pem'), 'PEM\n');
  await twin.removeFile('/usr/local/share/ca-certificates/own.crt');
  assert.match(await all(twin, 'update-ca-certificates'), /^0 added, 1 removed/m);
});
