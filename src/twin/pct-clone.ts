/** `pct clone`: locks its source while it copies (B30, B35), full or linked (B68), from a snapshot too (B69), to another node too. */

import {
  type ConfSection,
  copySection,
  emptyConf,
  parseProperties,
  printConf,
  printProperties,
  sorted,
} from '../proxmox/conf.ts';
import { type Call, Refusal, refuse, type Work } from './call.ts';
import { checkStorageFor, handTo, isForAll, otherNode } from './clone-target.ts';
import { copyTree } from './guest-tree.ts';
import {
  checkFreeId,
  checkLock,
  completeNet,
  findGuest,
  type Guest,
  isTemplate,
  loadGuest,
  type Mount,
  mountsOf,
  printMount,
  save,
} from './guests.ts';
import { copyTime, workTime } from './latency.ts';
import type { Given } from './options.ts';
import { checkPool, joinPool } from './pools.ts';
import type { Storage, Volume } from './state.ts';
import { canLink } from './storage/abilities.ts';
import { copyOf } from './storage/copies.ts';
import { contentOf, enabledStorage, findStorage, hasQuota } from './storage/storages.ts';
import { allocate, findVolume, free, parseVolumeId, volumePath } from './storage/volumes.ts';

/** What Proxmox looks at before the task begins, in the order of its source. */
export function checkClone(call: Call, { values }: Given) {
  const source = Number(values.get('vmid'));
  const target = Number(values.get('newid'));
  checkPool(call, values.get('pool'));
  const store = values.get('storage');
  const node = otherNode(call, values.get('target'));
  checkStorageFor(call, store, node);
  const from = loadGuest(call, source);
  checkLock(from);
  checkFreeId(call.state, target);
  const full = values.has('full') ? values.get('full') === '1' : !isTemplate(from.conf);
  if (store !== undefined && !full) refuse("parameter 'storage' not allowed for linked clones", 2);
  const name = values.get('snapname');
  const section = sectionOf(from, name);
  const mounts = checkMounts(call, from, section, full, name, store);
  if (node !== undefined) {
    const local = mounts.filter(({ source: volid }) => !isForAll(call, volid, store));
    for (const { source: volid } of local) call.err(`found non-shared volume: ${volid}\n`);
    if (local.length > 0) refuse(`can't clone CT to node '${node}' (CT uses local storage)`);
  }
  return { from, full, mounts, name, node, section, source, store, target };
}

export function* pctClone(call: Call, given: Given): Work {
  const { values } = given;
  const { from, full, mounts, name, node, section, source, store, target } = checkClone(call, given);
  call.state.guests[target] = { conf: 'lock: create\n', tree: copyTree(treeOf(from, name)), snapshots: {} };
  lockSource(from);
  const made: string[] = [];
  try {
    const conf = targetConf(call, section, values);
    for (const mount of mounts) findVolume(call.state, mount.source);
    let bytes = 0;
    for (const mount of mounts) bytes += copyMount(call, target, mount, { full, store, name }, made, conf);
    yield full ? copyTime(bytes) : workTime('pct clone');
    const guest = call.state.guests[target];
    if (guest) guest.conf = printConf({ ...emptyConf(), ...conf });
    copyFirewall(call, source, target);
    joinPool(call, values.get('pool'), target);
    handTo(call, target, node);
  } catch (error) {
    for (const volid of made) free(call.state, volid);
    delete call.state.guests[target];
    if (error instanceof Refusal) refuse(`clone failed: ${error.message}`);
    call.err('clone failed: interrupted by signal\n');
    throw error;
  } finally {
    unlockSource(call, source);
  }
}

function sectionOf(from: Guest, name: string | undefined): ConfSection {
  if (name === undefined) return from.conf;
  const snapshot = from.conf.snapshots.get(name);
  if (!snapshot) refuse(`snapshot '${name}' does not exist`);
  return snapshot;
}

function treeOf(from: Guest, name: string | undefined) {
  return (name === undefined ? undefined : from.state.snapshots[name]) ?? from.state.tree;
}

/** The mount points to copy, or the refusal of the first that cannot be (B66, B68). */
function checkMounts(
  call: Call,
  from: Guest,
  section: ConfSection,
  full: boolean,
  name: string | undefined,
  store: string | undefined,
): Mount[] {
  const mounts = mountsOf(section);
  for (const mount of [...mounts].sort((a, b) => (a.key < b.key ? -1 : 1))) {
    if (mount.kind !== 'volume') refuse(`unable to clone mountpoint '${mount.key}' (type ${mount.kind})`);
    findStorage(call.state, store ?? parseVolumeId(mount.source).storage);
    if (full && from.state.running && name === undefined)
      refuse('Cannot do full clones on a running container without snapshots');
    if (!full && !canLink(call.state, mount.source, name))
      refuse(`Linked clone feature for '${mount.source}' is not available`, 2);
  }
  return mounts;
}

function lockSource(from: Guest): void {
  from.conf.keys.set('lock', 'disk');
  save(from);
}

function unlockSource(call: Call, source: number): void {
  const guest = findGuest(call, source);
  if (guest?.conf.keys.get('lock') !== 'disk') return;
  guest.conf.keys.delete('lock');
  save(guest);
}

/** What the clone takes over: everything but lock, parent, template flag and unused volumes; MACs are new. */
function targetConf(call: Call, section: ConfSection, values: ReadonlyMap<string, string>): ConfSection {
  const conf = copySection(section);
  for (const key of ['lock', 'parent', 'template', 'snaptime']) conf.keys.delete(key);
  for (const key of sorted(conf.keys.keys())) {
    if (/^unused\d+$/.test(key)) conf.keys.delete(key);
    if (!/^net\d+$/.test(key)) continue;
    const net = parseProperties(conf.keys.get(key) ?? '');
    net.delete('hwaddr');
    conf.keys.set(key, completeNet(call, printProperties(net, [])));
  }
  const hostname = values.get('hostname');
  if (hostname) conf.keys.set('hostname', hostname);
  const description = values.get('description');
  if (description) conf.description = description;
  return conf;
}

interface How {
  readonly full: boolean;
  readonly store: string | undefined;
  readonly name: string | undefined;
}

/** What keeps a volume from being copied, as its task finds it (source). */
function checkCopy({ state }: Call, volume: Volume, storage: Storage, name: string | undefined): void {
  const from = findStorage(state, volume.storage);
  if (!contentOf(storage).includes('rootdir') && !hasQuota(storage))
    refuse(`content type 'rootdir' is not available or configured on storage '${storage.id}'`);
  if (name !== undefined && volume.format === 'subvol' && !hasQuota(from))
    refuse(`cannot mount subvol snapshots for storage type '${from.type}'`);
}

/** Copies or links one volume into the target's conf; returns the bytes copied. */
function copyMount(
  call: Call,
  target: number,
  mount: Mount,
  { full, store, name }: How,
  made: string[],
  conf: ConfSection,
): number {
  const volume = findVolume(call.state, mount.source);
  const storage = enabledStorage(call.state, store ?? parseVolumeId(mount.source).storage);
  call.out(
    full
      ? `create full clone of mountpoint ${mount.key} (${mount.source})\n`
      : `create linked clone of mount point ${mount.key} (${mount.source})\n`,
  );
  if (full) checkCopy(call, volume, storage, name);
  const from = full ? { copy: copyOf(volume, target) } : { link: mount.source };
  const volid = allocate(call, storage, target, volume.size, from);
  made.push(volid);
  if (full) call.out(`Number of files: 10,000 (copy of ${volumePath(call.state, mount.source)})\n`);
  mount.properties.set('volume', volid);
  conf.keys.set(mount.key, printMount(mount));
  return full ? volume.size : 0;
}

/** The firewall file is copied along (B147). */
function copyFirewall(call: Call, source: number, target: number): void {
  const rules = call.state.files[`/etc/pve/firewall/${source}.fw`];
  if (rules) call.state.files[`/etc/pve/firewall/${target}.fw`] = { ...rules };
}
