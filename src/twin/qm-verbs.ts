/** The verbs of `qm` with their arguments and options, from the schemas of Proxmox VE 8.4 and 9.2. Data only. */

import type { Spec } from './formats.ts';
import type { Verb } from './options.ts';
import { highest, vmKeysOf } from './qm-options.ts';

const flag: Spec = { type: 'boolean' };
const text: Spec = {};
const count: Spec = { type: 'integer', min: 0 };
const vmid: Spec = { type: 'integer', format: 'pve-vmid', required: true };
const snapname: Spec = { format: 'pve-configid', maxLength: 40, required: true };
const storage: Spec = { format: 'pve-storage-id' };
const imageFormat: Spec = { values: ['raw', 'qcow2', 'vmdk'] };
const digest: Spec = { maxLength: 40 };

function numbered(name: string, last: number): string[] {
  return Array.from({ length: last + 1 }, (_, n) => `${name}${n}`);
}

const disks = [
  ...['ide', 'scsi', 'virtio', 'sata'].flatMap((bus) => numbered(bus, highest[bus] ?? 0)),
  'efidisk0',
  'tpmstate0',
];
const disksAndUnused = [...disks, ...numbered('unused', 255)];

const commands = [
  'fsfreeze-freeze',
  'fsfreeze-status',
  'fsfreeze-thaw',
  'fstrim',
  'get-fsinfo',
  'get-host-name',
  'get-memory-block-info',
  'get-memory-blocks',
  'get-osinfo',
  'get-time',
  'get-timezone',
  'get-users',
  'get-vcpus',
  'info',
  'network-get-interfaces',
  'ping',
  'shutdown',
  'suspend-disk',
  'suspend-hybrid',
  'suspend-ram',
];

const plain: Verb = { args: { vmid }, options: {} };

const verbs: Readonly<Record<string, Verb>> = {
  clone: {
    args: { vmid, newid: vmid },
    options: {
      bwlimit: count,
      description: text,
      format: imageFormat,
      full: flag,
      name: { format: 'dns-name' },
      pool: { format: 'pve-poolid' },
      snapname: { format: 'pve-configid', maxLength: 40 },
      storage,
      target: { format: 'pve-node' },
    },
  },
  'cloudinit dump': {
    args: { vmid, type: { values: ['user', 'network', 'meta'], required: true } },
    options: {},
  },
  'cloudinit pending': plain,
  'cloudinit update': plain,
  config: {
    args: { vmid },
    options: { current: flag, snapshot: { format: 'pve-configid', maxLength: 40 } },
  },
  delsnapshot: { args: { vmid, snapname }, options: { force: flag } },
  destroy: {
    args: { vmid },
    options: { 'destroy-unreferenced-disks': flag, purge: flag, skiplock: flag },
  },
  'disk import': {
    args: { vmid, source: { required: true }, storage: { ...storage, required: true } },
    options: { format: imageFormat, 'target-disk': { values: disksAndUnused } },
  },
  'disk move': {
    args: { vmid, disk: { values: disksAndUnused, required: true } },
    options: {
      bwlimit: count,
      delete: flag,
      digest,
      format: imageFormat,
      storage,
      'target-digest': digest,
      'target-disk': { values: disksAndUnused },
      'target-vmid': { type: 'integer', format: 'pve-vmid' },
    },
    further: ['storage'],
  },
  'disk rescan': { args: {}, options: { dryrun: flag, vmid: { type: 'integer', format: 'pve-vmid' } } },
  'disk resize': {
    args: {
      vmid,
      disk: { values: disks, required: true },
      size: { pattern: /^\+?\d+(\.\d+)?[KMGT]?$/, required: true },
    },
    options: { digest, skiplock: flag },
  },
  'disk unlink': {
    args: { vmid },
    options: { force: flag, idlist: { format: 'pve-configid-list', required: true } },
  },
  'guest cmd': { args: { vmid, command: { values: commands, required: true } }, options: {} },
  'guest exec': {
    args: { vmid, 'extra-args': text },
    options: { 'pass-stdin': flag, synchronous: flag, timeout: count },
    rest: true,
  },
  'guest passwd': {
    args: { vmid, username: { required: true } },
    options: { crypted: flag, password: { minLength: 5, maxLength: 1024 } },
  },
  'guest exec-status': { args: { vmid, pid: { type: 'integer', required: true } }, options: {} },
  list: { args: {}, options: { full: flag } },
  listsnapshot: plain,
  migrate: {
    args: { vmid, target: { format: 'pve-node', required: true } },
    options: {
      bwlimit: count,
      force: flag,
      migration_network: {},
      migration_type: { values: ['secure', 'insecure'] },
      online: flag,
      targetstorage: {},
      'with-local-disks': flag,
    },
  },
  monitor: plain,
  pending: plain,
  reboot: { args: { vmid }, options: { timeout: count } },
  reset: { args: { vmid }, options: { skiplock: flag } },
  resume: { args: { vmid }, options: { nocheck: flag, skiplock: flag } },
  rollback: { args: { vmid, snapname }, options: { start: flag } },
  sendkey: { args: { vmid, key: { required: true } }, options: { skiplock: flag } },
  showcmd: {
    args: { vmid },
    options: { pretty: flag, snapshot: { format: 'pve-configid', maxLength: 40 } },
  },
  shutdown: {
    args: { vmid },
    options: { forceStop: flag, keepActive: flag, skiplock: flag, timeout: count },
  },
  snapshot: { args: { vmid, snapname }, options: { description: text, vmstate: flag } },
  start: {
    args: { vmid },
    options: {
      'force-cpu': text,
      migratedfrom: { format: 'pve-node' },
      skiplock: flag,
      stateuri: { maxLength: 128 },
      timeout: count,
    },
  },
  status: { args: { vmid }, options: { verbose: flag } },
  stop: {
    args: { vmid },
    options: {
      keepActive: flag,
      migratedfrom: { format: 'pve-node' },
      'overrule-shutdown': flag,
      skiplock: flag,
      timeout: count,
    },
  },
  suspend: {
    args: { vmid },
    options: { skiplock: flag, statestorage: { ...storage, requires: 'todisk' }, todisk: flag },
  },
  template: { args: { vmid }, options: { disk: { values: disks } } },
  terminal: {
    args: { vmid },
    options: { escape: text, iface: { values: ['serial0', 'serial1', 'serial2', 'serial3'] } },
  },
  unlock: plain,
  wait: { args: { vmid }, options: { timeout: { type: 'integer', min: 1 } } },
};

/** Other names of verbs. */
export const aliases: Readonly<Record<string, string>> = {
  agent: 'guest cmd',
  importdisk: 'disk import',
  'move-disk': 'disk move',
  move_disk: 'disk move',
  rescan: 'disk rescan',
  resize: 'disk resize',
  unlink: 'disk unlink',
};

/** The verb as a node with these packages has it. */
export function qmVerb(packages: Readonly<Record<string, string>>, name: string): Verb | undefined {
  const conf = vmKeysOf(packages);
  const start = verbs.start ?? plain;
  if (name === 'start') return { ...start, options: { ...start.options, machine: conf.machine ?? text } };
  const migrate = verbs.migrate ?? plain;
  if (name === 'migrate' && Object.hasOwn(conf, 'allow-ksm'))
    return { ...migrate, options: { ...migrate.options, 'with-conntrack-state': flag } };
  if (name !== 'create' && name !== 'set') return Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  const since92: Readonly<Record<string, Spec>> = Object.hasOwn(conf, 'allow-ksm')
    ? { 'ha-managed': flag }
    : {};
  const only: Readonly<Record<string, Spec>> =
    name === 'create'
      ? {
          ...since92,
          archive: { maxLength: 255 },
          bwlimit: count,
          force: { ...flag, requires: 'archive' },
          'import-working-storage': storage,
          'live-restore': flag,
          pool: { format: 'pve-poolid' },
          start: flag,
          storage,
          unique: { ...flag, requires: 'archive' },
        }
      : {
          delete: { format: 'pve-configid-list' },
          digest,
          force: { ...flag, requires: 'delete' },
          revert: { format: 'pve-configid-list' },
          skiplock: flag,
        };
  return { args: { vmid }, options: { ...conf, ...only }, highest };
}
