/** What `qm set` changes on a running VM at once, and what it must leave pending (B91, vm-cloudinit-update; from the source of qemu-server). */

import { type ConfSection, emptySection, parseProperties, sorted, splitList } from '../proxmox/conf.ts';
import { type Call, Refusal, refuse } from './call.ts';
import { hasSystem } from './guest-tree.ts';
import type { Guest } from './guests.ts';
import { deleteVmKey, putVmKey } from './qm-apply.ts';
import { isCdrom, isCloudInit, isDriveKey, parseDrive, parseVmNet } from './vms.ts';

/** Only written down; nothing in the running VM changes. */
const noted = new Set([
  'description',
  'hookscript',
  'lock',
  'migrate_downtime',
  'migrate_speed',
  'name',
  'onboot',
  'protection',
  'shares',
  'startup',
  'tags',
  'vmstatestorage',
]);

/** Keys of cloud-init: noted too, and recorded until the drive is written anew (B93). */
export function isCloudInitKey(key: string): boolean {
  return /^(ci(custom|password|type|upgrade|user)|nameserver|searchdomain|sshkeys|ipconfig\d+)$/.test(key);
}

/** Set live in its cgroup. */
const cgroup = new Set(['cpuunits', 'cpulimit']);

/** Applies what can be hotplugged; returns errors by key. What fails stays pending. */
export function hotplugVm(
  call: Call,
  guest: Guest,
  only: ReadonlySet<string>,
  force: boolean,
): Map<string, string> {
  const { conf } = guest;
  const errors = new Map<string, string>();
  const attempt = (key: string, change: () => boolean, done: () => void) => {
    try {
      if (change()) done();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      errors.set(key, `hotplug problem - ${error.message.trimEnd()}\n`);
    }
  };
  for (const key of sorted(conf.pendingDelete)) {
    if (!only.has(key)) continue;
    attempt(
      key,
      () => unplugs(guest, key),
      () => {
        record(guest, key, conf.keys.get(key), undefined);
        deleteVmKey(call, guest, key, force);
      },
    );
  }
  for (const key of sorted(conf.pending.keys.keys())) {
    if (!only.has(key)) continue;
    const value = conf.pending.keys.get(key) ?? '';
    attempt(
      key,
      () => plugs(call, guest, key, value),
      () => {
        conf.pending.keys.delete(key);
        record(guest, key, conf.keys.get(key), value);
        putVmKey(call, guest, key, value);
      },
    );
  }
  return errors;
}

function features({ conf }: Guest): readonly string[] {
  const text = conf.keys.get('hotplug') ?? '1';
  if (text === '0') return [];
  return text === '1' ? ['network', 'disk', 'usb'] : splitList(text);
}

/** A device goes only when the system inside lets it go. */
function letGo(guest: Guest, key: string): void {
  if (!hasSystem(guest.state.tree)) refuse(`error on hot-unplugging device '${key}'`);
}

function unplugs(guest: Guest, key: string): boolean {
  if (noted.has(key) || isCloudInitKey(key) || cgroup.has(key)) return true;
  const able = features(guest);
  if (/^net\d+$/.test(key)) {
    if (!able.includes('network')) return false;
    letGo(guest, key);
    return true;
  }
  if (!/^(scsi|virtio)\d+$/.test(key) || !able.includes('disk')) return false;
  letGo(guest, key);
  return true;
}

function plugs(call: Call, guest: Guest, key: string, value: string): boolean {
  if (noted.has(key) || isCloudInitKey(key) || cgroup.has(key)) return true;
  const able = features(guest);
  const before = guest.conf.keys.get(key);
  if (/^net\d+$/.test(key)) return able.includes('network') && plugsNet(call, guest, key, value, before);
  if (!isDriveKey(key)) return false;
  const drive = parseDrive(key, value);
  if (before !== undefined) {
    const former = parseDrive(key, before);
    // Another disc in the drive needs nobody's help; another way to use the same disk needs a start.
    if (isCdrom(former) && isCdrom(drive)) return true;
    if (former.source === drive.source || isCloudInit(former)) return false;
    if (able.includes('disk') && /^(scsi|virtio)/.test(key)) letGo(guest, key);
  }
  return able.includes('disk') && /^(scsi|virtio)\d+$/.test(key);
}

function plugsNet(call: Call, guest: Guest, key: string, value: string, before: string | undefined): boolean {
  const bridge = parseProperties(value).get('bridge');
  if (bridge !== undefined && !call.state.bridges.includes(bridge))
    refuse(`bridge '${bridge}' does not exist`);
  if (before === undefined) return true;
  const [old, fresh] = [parseVmNet(before), parseVmNet(value)];
  const other = (name: string) => old.rest.get(name) !== fresh.rest.get(name);
  if (old.model !== fresh.model || old.mac !== fresh.mac || other('queues') || other('mtu'))
    letGo(guest, key);
  return true;
}

/** Keeps in `[special:cloudinit]` what the drive still says otherwise than the conf. */
function record(guest: Guest, key: string, old: string | undefined, fresh: string | undefined): void {
  if (!isCloudInitKey(key) && key !== 'name' && !/^net\d+$/.test(key)) return;
  const { conf } = guest;
  if (![...conf.keys].some(([name, value]) => isDriveKey(name) && isCloudInit(parseDrive(name, value))))
    return;
  const section: ConfSection = conf.cloudinit ?? emptySection();
  const added = new Set(splitList(section.keys.get('added') ?? ''));
  const known = section.keys.get(key);
  if (fresh !== undefined && known === fresh) section.keys.delete(key);
  else if (known === undefined && added.has(key)) {
    if (fresh === undefined) added.delete(key);
  } else if (known === undefined && old !== undefined && old !== fresh) section.keys.set(key, old);
  else if (known === undefined && old === undefined && fresh !== undefined) added.add(key);
  if (added.size > 0) section.keys.set('added', sorted(added).join(','));
  else section.keys.delete('added');
  conf.cloudinit = section;
}
