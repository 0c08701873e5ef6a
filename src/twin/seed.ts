/** A twin in memory that looks like an observed node, for `phx plan` and `phx rehearse`. It reads facts, no host. */

import { type ConfSection, parseConf, splitList } from '../proxmox/conf.ts';
import type { Facts, GuestFacts, HostFacts } from '../proxmox/facts.ts';
import { layersPath, printLayer } from '../proxmox/guest-layer.ts';
import { printUninstall, uninstallPath } from '../proxmox/guest-uninstall.ts';
import { notedOf } from '../proxmox/inside-note.ts';
import { baseIdOf } from '../proxmox/volume-names.ts';
import { observedBoot } from './boot.ts';
import { diskSize, findDisk } from './disks.ts';
import { isFile } from './files.ts';
import { freshState } from './fresh.ts';
import { freshTree } from './guest-tree.ts';
import { hostnameOf, mountsOf } from './guests.ts';
import { linksOf, parseInterfaces } from './interfaces.ts';
import { parseBlocks } from './lsblk.ts';
import { removeNodeFile, writeNodeFile } from './node-files.ts';
import { seedVm, startOf } from './seed-vms.ts';
import { parseSize } from './sizes.ts';
import type { GuestTree, TwinHardware, TwinState } from './state.ts';
import { seedRooms } from './storage/seeding.ts';
import { parseStorageCfg } from './storage-cfg.ts';
import { Twin, type TwinOptions } from './twin.ts';
import { shortName } from './units.ts';

/** Figures of a sweep that are no settings. */
const figures = new Set(['used', 'available']);

/**
 * A twin with the node's storages, pools, datasets, packages, templates, guests and asked files. Its identity is
 * the node's machine-id, so that the node's stamps hold on it. What was not swept is not there.
 */
export function seedTwin(
  facts: Facts,
  { identity, ...options }: Omit<TwinOptions, 'stateFile' | 'hardware'> & { readonly identity?: string } = {},
): Twin {
  const hardware = hardwareOf(facts);
  const state = freshState(hardware, (options.clock ?? Date.now)(), options.random ?? Math.random);
  const { host } = facts;
  state.id = identity ?? host.node.machineId;
  state.machineId = host.node.machineId;
  state.bootId = host.node.bootId;
  seedMachine(state, host);
  if (facts.clock) state.clock = facts.clock;
  state.storages = parseStorageCfg(host.storageCfg);
  state.bridges = [...host.bridges];
  state.packages = Object.fromEntries(host.packages);
  state.modules = [
    ...host.modules,
    ...(host.nvidia.devices.includes('/dev/nvidia-uvm') ? ['nvidia_uvm'] : []),
  ];
  const { installed, loaded } = host.nvidia;
  state.nvidia = { ...(installed ? { installed } : {}), ...(loaded ? { loaded } : {}) };
  for (const { path, size } of host.templates) {
    const ostype = /\/(?:almalinux|rockylinux)-[^/]*$/.test(path)
      ? 'centos'
      : /\/([a-z]+)-[^/]*$/.exec(path)?.[1];
    state.files[path] = { text: `phx-twin archive ${ostype ?? 'unmanaged'}\n`, mode: 0o644, size };
  }
  for (const { path, size } of host.images)
    state.files[path] = { text: `phx-twin image ${path}\n`, mode: 0o644, size };
  for (const [path, dir] of facts.dirs)
    if (dir)
      state.files[path] = {
        ...{ text: '', dir: true, mode: Number.parseInt(dir.mode, 8) },
        owner: `${dir.uid}:${dir.gid}`,
      };
  for (const [name, pool] of host.zpools)
    state.pools[name] = {
      size: pool.size,
      vdevs: pool.vdevs.map((vdev) => ({ ...vdev })),
      options: Object.fromEntries(pool.properties),
    };
  for (const [name, props] of host.datasets)
    state.datasets[name] = { props: Object.fromEntries([...props].filter(([key]) => !figures.has(key))) };
  for (const [path, text] of facts.files) {
    if (text !== undefined) seedFile(state, path, text);
    else if (isFile(state.files, path)) removeNodeFile(state, path);
  }
  if (facts.files.get('/etc/network/interfaces') !== undefined) {
    delete state.links;
    state.links = [...linksOf(state)];
  }
  for (const [name, { known, active, enabled }] of facts.units) {
    if (known) state.units[shortName(name)] = { active, enabled };
    else delete state.units[shortName(name)];
  }
  for (const guest of facts.guests.values()) {
    const layers = guest.layers ?? notedOf(facts, guest.id)?.layers;
    const known = layers ? { ...guest, layers } : guest;
    (guest.kind === 'vm' ? seedVm : seedGuest)(state, known);
  }
  seedRooms(state, host);
  return new Twin({ ...options, hardware: state.hardware }, state);
}

/** What the kernel or a server shows as a file becomes what it shows; everything else is a file. */
function seedFile(state: TwinState, path: string, text: string): void {
  const lines = text.split('\n').filter((line) => line !== '');
  if (path === '/sys/kernel/security/apparmor/profiles')
    state.profiles = lines.map((line) => line.replace(/ \(enforce\)$/, ''));
  else if (path === '/var/lib/nfs/etab')
    state.exports = lines.map((line) => {
      const [, shared = '', client = '', options = ''] = /^(\S+)\t([^(]*)\((.*)\)$/.exec(line) ?? [];
      return [shared.replaceAll('\\040', ' '), client, options].join('\t');
    });
  else writeNodeFile(state, path, text);
}

/** Time zone, boot, disks, and which PCI devices are handed to guests. */
function seedMachine(state: TwinState, host: HostFacts): void {
  if (host.timezone !== undefined) state.timezone = host.timezone;
  const boot = observedBoot(host.cmdline, host.node.kernel, host.kernels);
  state.boot = boot;
  writeNodeFile(state, '/etc/default/grub', `GRUB_CMDLINE_LINUX_DEFAULT="${boot.options}"\n`);
  if (host.bootloader === 'systemd-boot')
    writeNodeFile(state, '/etc/kernel/cmdline', `${boot.root} ${boot.options}\n`);
  state.disks = parseBlocks(host.blocks, host.deviceOf);
  for (const path of host.disks)
    if (!findDisk(state, path))
      state.disks[path] = { device: host.deviceOf.get(path) ?? path, size: diskSize, parts: [] };
  state.vfioIds = host.pci.filter((one) => one.driver === 'vfio-pci').map((one) => one.id);
}

function hardwareOf(facts: Facts): TwinHardware {
  const { host, files } = facts;
  const stanzas = parseInterfaces(files.get('/etc/network/interfaces') ?? '');
  const main = stanzas.find((one) => one.options.has('gateway'))?.options;
  const ports = stanzas.flatMap((one) => (one.options.get('bridge-ports') ?? '').split(/\s+/));
  const nics = [...new Set(ports.filter((name) => name !== '' && name !== 'none'))];
  return {
    node: host.node.name,
    memory: host.node.memory,
    ...(host.node.cores === undefined ? {} : { cores: host.node.cores }),
    disks: [...host.disks],
    gpus: host.gpus,
    bootloader: host.bootloader,
    iommuGroups: host.iommuGroups,
    ...(host.pci.length > 0 ? { pci: host.pci } : {}),
    ...(nics.length > 0 ? { nics } : {}),
    // A node that asks for its address has none that could be watched.
    address: main?.get('address') ?? (stanzas.length > 0 ? '' : '192.168.1.2/24'),
    gateway: main?.get('gateway') ?? '192.168.1.1',
  };
}

function seedGuest(state: TwinState, facts: GuestFacts): void {
  const conf = parseConf(facts.conf);
  const tree: GuestTree = { ...freshTree(conf.keys.get('ostype') ?? 'unmanaged'), unseen: true };
  if (facts.layers)
    tree.files[layersPath] = {
      text: facts.layers.map((one) => `${printLayer(one)}\n`).join(''),
      mode: 0o644,
    };
  // The scripts themselves are not looked at; what they would take away is not known here.
  for (const layer of facts.layers ?? [])
    if (layer.uninstall)
      tree.files[uninstallPath(layer.name)] = { text: printUninstall(layer, [], 'true'), mode: 0o700 };
  const snapshots = Object.fromEntries(
    [...conf.snapshots.keys()].map((name) => [name, structuredClone(tree)]),
  );
  state.guests[facts.id] = {
    conf: facts.conf,
    tree,
    snapshots,
    ...(facts.running
      ? { running: { hostname: hostnameOf(facts.id, conf), since: state.bootedAt, ...startOf(facts) } }
      : {}),
  };
  seedVolumes(state, facts.id, conf);
  const byAge = [...conf.snapshots].sort(([, a], [, b]) => age(a) - age(b));
  for (const [name, section] of byAge) {
    seedVolumes(state, facts.id, section);
    for (const mount of mountsOf(section)) state.volumes[mount.source]?.snapshots.push(name);
  }
}

function age(section: ConfSection): number {
  return Number(section.keys.get('snaptime') ?? 0);
}

/** Volumes that a conf names exist: a storage that lost one shows only when it is used. */
function seedVolumes(state: TwinState, owner: number, section: ConfSection): void {
  const named = mountsOf(section)
    .filter((mount) => mount.kind === 'volume')
    .map((mount) => ({ volid: mount.source, size: parseSize(mount.properties.get('size') ?? '') ?? 0 }));
  for (const [key, value] of section.keys)
    if (/^unused\d+$/.test(key)) named.push({ volid: splitList(value)[0] ?? '', size: 0 });
  for (const { volid, size } of named) {
    const base = baseIdOf(volid);
    state.volumes[volid] ??= {
      storage: volid.split(':')[0] ?? '',
      owner,
      format: /[:/](subvol|basevol)-[^/]*$/.test(volid) ? 'subvol' : 'raw',
      size,
      snapshots: [],
      ...(base === undefined ? {} : { base }),
    };
  }
}
