/**
 * `pct df`, `mount`, `unmount`, `fsck` and `rescan`: what a person types when something is wrong. Refusals and formats are
 * recorded (ct-power-missing, ct-formats, B29); the rest is from documentation. Nothing is measured: what is used is a tenth.
 */

import { type Call, refuse, type Work } from './call.ts';
import { nodeDevices } from './devices.ts';
import {
  addUnused,
  checkLock,
  findGuest,
  type Guest,
  guestIds,
  isOn,
  isRunning,
  loadGuest,
  type Mount,
  mountsOf,
  printMount,
  save,
  usesVolume,
} from './guests.ts';
import type { Given } from './options.ts';
import { formatSize, parseSize } from './sizes.ts';
import { findVolume } from './storage/volumes.ts';

export function pctDf(call: Call, { values }: Given): undefined {
  const id = values.get('vmid') ?? '';
  if (!findGuest(call, id)) call.err(`${id} doesn't exist\n`);
  const { conf } = loadGuest(call, id);
  const rows = mountsOf(conf).map((mount) => rowOf(mount));
  const heads = ['MP', 'Volume', 'Size', 'Used', 'Avail', 'Use%', 'Path'];
  const widths = heads.map((head, at) => Math.max(head.length, ...rows.map((row) => (row[at] ?? '').length)));
  for (const row of [heads, ...rows]) {
    const cells = row.map((cell, at) =>
      at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(at === 6 ? 0 : (widths[at] ?? 0)),
    );
    call.out(`${cells.join(' ')}\n`);
  }
}

function rowOf({ key, source, properties }: Mount): string[] {
  const size = parseSize(properties.get('size') ?? '0') ?? 0;
  const used = size / 10;
  return [
    key,
    source,
    human(size),
    human(used),
    human(size - used),
    size === 0 ? '0.0' : '0.1',
    properties.get('mp') ?? '/',
  ];
}

function human(bytes: number): string {
  let left = bytes;
  const units = ['B', 'K', 'M', 'G', 'T'];
  let at = 0;
  for (; left >= 1024 && at < units.length - 1; at++) left /= 1024;
  return `${left.toFixed(1)}${units[at]}`;
}

/** Leaves the lock `mounted`, as Proxmox does, until it is unmounted. */
export function pctMount(call: Call, { values }: Given): undefined {
  const guest = loadGuest(call, values.get('vmid') ?? '');
  checkLock(guest);
  guest.conf.keys.set('lock', 'mounted');
  save(guest);
  call.out(`mounted CT ${guest.id} in '/var/lib/lxc/${guest.id}/rootfs'\n`);
}

export function pctUnmount(call: Call, { values }: Given): undefined {
  const guest = loadGuest(call, values.get('vmid') ?? '');
  const lock = guest.conf.keys.get('lock');
  if (lock !== 'mounted')
    refuse(
      lock === undefined
        ? "no lock found trying to remove 'mounted' lock"
        : `found lock '${lock}' trying to remove 'mounted' lock`,
    );
  guest.conf.keys.delete('lock');
  save(guest);
}

export function* pctFsck(call: Call, { values }: Given): Work {
  const guest = loadGuest(call, values.get('vmid') ?? '');
  const key = values.get('device') ?? 'rootfs';
  const mount =
    mountsOf(guest.conf).find((one) => one.key === key) ??
    refuse(`cannot run command on non-existing mount point ${key}`);
  if (guest.state.running) refuse('cannot run fsck when container is running');
  checkCheckable(call, mount);
  yield 200;
  call.out(`fsck from util-linux 2.38.1\n${mount.source}: clean\n`);
}

/** Only file systems of their own can be checked. */
function checkCheckable(call: Call, { kind, source }: Mount): void {
  if (kind !== 'volume') {
    if (!nodeDevices(call.state).includes(source))
      refuse(`path '${source}' does not point to a block device`);
    return;
  }
  const { format } = findVolume(call.state, source);
  if (format !== 'raw') refuse(`unable to run fsck for '${source}' (format == ${format})`);
}

/** Trims what is mounted of a container for the time it takes; its task says nothing where nothing can be trimmed. */
export function* pctFstrim(call: Call, { values }: Given): Work {
  const guest = loadGuest(call, values.get('vmid') ?? '');
  checkLock(guest);
  guest.conf.keys.set('lock', 'fstrim');
  save(guest);
  yield 200;
  const now = loadGuest(call, guest.id);
  now.conf.keys.delete('lock');
  save(now);
  const root = `/var/lib/lxc/${guest.id}/rootfs`;
  for (const { key, kind, properties } of mountsOf(now.conf)) {
    if (kind === 'bind' || isOn(properties.get('ro'))) continue;
    if (key !== 'rootfs' && values.get('ignore-mountpoints') === '1') continue;
    call.out(`${root}${properties.get('mp') ?? '/'}: 0 B (0 bytes) trimmed\n`);
  }
}

/** Volumes that bear a guest's number and that its conf does not name become `unusedN`. */
export function pctRescan(call: Call, { values }: Given): undefined {
  if (values.get('dryrun') === '1') call.out("NOTE: running in dry-run mode, won't write changes out!\n");
  call.out('rescan volumes...\n');
  const only = values.get('vmid');
  const ids = only === undefined ? guestIds(call.state, 'ct') : [Number(only)];
  for (const id of ids) rescan(call, loadGuest(call, id), values.get('dryrun') === '1');
}

function rescan(call: Call, guest: Guest, dry: boolean): void {
  const { conf, id } = guest;
  checkLock(guest);
  for (const [volid, volume] of Object.entries(call.state.volumes)) {
    if (volume.owner !== Number(id) || volume.size === 0 || usesVolume(conf, volid)) continue;
    const key = addUnused(conf, volid);
    call.out(`CT ${id}: add unreferenced volume '${volid}' as '${key}' to config.\n`);
  }
  for (const mount of mountsOf(conf)) {
    const volume = call.state.volumes[mount.source];
    const size = volume?.owner === Number(id) ? volume.size : 0;
    const noted = mount.properties.get('size');
    if (noted !== undefined && parseSize(noted) === size) continue;
    call.out(`CT ${id}: updated volume size of '${mount.source}' in config.\n`);
    mount.properties.set('size', formatSize(size));
    conf.keys.set(mount.key, printMount(mount));
  }
  if (!dry) save(guest);
}

/** Needs criu, which no node has. */
export function pctSuspend(call: Call, { values }: Given): undefined {
  const id = values.get('vmid') ?? '';
  if (!isRunning(call.state, id)) refuse(`CT ${id} not running`);
  checkLock(loadGuest(call, id));
  refuse(`command 'lxc-checkpoint -n ${id} -s -D /var/lib/vz/dump' failed: exit code 1`);
}

export function pctResume(call: Call, { values }: Given): undefined {
  const id = values.get('vmid') ?? '';
  if (isRunning(call.state, id)) refuse(`CT ${id} already running`);
  refuse(`command 'lxc-checkpoint -n ${id} -r --foreground -D /var/lib/vz/dump' failed: exit code 1`);
}
