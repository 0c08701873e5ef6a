/** `pct restore`: a container from a backup, beside or over the one it came from (B72, B154; backup-restore). */

import {
  copySection,
  emptyConf,
  parseConf,
  parseProperties,
  printConf,
  printProperties,
} from '../proxmox/conf.ts';
import { parseArchive } from './backups.ts';
import { type Call, Refusal, refuse, type Work } from './call.ts';
import { putFile } from './files.ts';
import { copyTree, freshTree } from './guest-tree.ts';
import {
  checkFreeId,
  checkProtection,
  completeNet,
  findGuest,
  isTemplate,
  mountsOf,
  parseMount,
  printMount,
} from './guests.ts';
import { unpackTime } from './latency.ts';
import type { Given } from './options.ts';
import { cleanValue } from './pct-keys.ts';
import { allocateMount } from './pct-volumes.ts';
import { parseSize } from './sizes.ts';
import { contentOf, enabledStorage } from './storage/storages.ts';
import { free, makeBase, volumePath } from './storage/volumes.ts';

/** Options that say how to restore; the others are keys laid over those of the backup. */
const how = new Set([
  'vmid',
  'ostemplate',
  'storage',
  'force',
  'restore',
  'unique',
  'start',
  'bwlimit',
  'pool',
]);

export function* pctRestore(call: Call, { values }: Given): Work {
  const id = Number(values.get('vmid'));
  const volid = values.get('ostemplate') ?? '';
  const former = findGuest(call, id);
  if (!former) checkFreeId(call.state, id);
  if (former) {
    if (values.get('force') !== '1') refuse(`CT ${id} already exists on node '${call.state.hardware.node}'`);
    checkProtection(former, `unable to restore CT ${id}`);
    if (former.state.running) refuse(`unable to restore CT ${id} - can't overwrite running container`);
  }
  call.out(`recovering backed-up configuration from '${volid}'\n`);
  const path = volid.includes(':') ? volumePath(call.state, volid) : volid;
  const file = call.state.files[path];
  if (!file) refuse(`unable to restore CT ${id} - volume '${volid}' does not exist`);
  const found = parseArchive(file.text);
  const archive = found?.kind === 'vm' ? undefined : found;
  if (!archive) refuse(`unable to restore CT ${id} - ERROR: archive contains no configuration file`);
  const conf = { ...emptyConf(), ...copySection(parseConf(archive.conf)) };
  const before = former?.state;
  call.state.guests[id] = { conf: 'lock: create\n', tree: freshTree('unmanaged'), snapshots: {} };
  const made: string[] = [];
  try {
    // From the source: without a storage everything goes to "local", wherever it lay before.
    restoreVolumes(call, id, conf.keys, values.get('storage') ?? 'local', made);
    call.out(`restoring '${volid}' now..\nextracting archive '${path}'\n`);
    yield unpackTime(100_000_000);
    for (const [key, value] of values) if (!how.has(key)) conf.keys.set(key, cleanValue(key, value));
    const description = values.get('description');
    if (description !== undefined) {
      conf.keys.delete('description');
      conf.description = description;
    }
    if (values.get('unique') === '1') renewAddresses(call, conf.keys);
    call.out('Total bytes read: 112957440 (108MiB, 222MiB/s)\nmerging backed-up and given configuration..\n');
    for (const one of formerVolumes(before?.conf)) free(call.state, one);
    for (const key of [...conf.keys.keys()]) if (/^unused\d+$/.test(key)) conf.keys.delete(key);
    if (isTemplate(conf)) {
      for (const mount of mountsOf(conf)) {
        mount.properties.set('volume', makeBase(call.state, mount.source));
        conf.keys.set(mount.key, printMount(mount));
      }
    }
    call.state.guests[id] = { conf: printConf(conf), tree: copyTree(archive.tree), snapshots: {} };
    if (archive.firewall !== undefined)
      putFile(call.state.files, `/etc/pve/firewall/${id}.fw`, archive.firewall);
  } catch (error) {
    for (const one of made) free(call.state, one);
    if (before) call.state.guests[id] = before;
    else delete call.state.guests[id];
    if (error instanceof Refusal) refuse(`unable to restore CT ${id} - ${error.message}`);
    throw error;
  }
}

/** New volumes of the old sizes; bind mounts stand as they stood. */
function restoreVolumes(
  call: Call,
  id: number,
  keys: Map<string, string>,
  storage: string,
  made: string[],
): void {
  const target = enabledStorage(call.state, storage);
  if (!contentOf(target).includes('rootdir'))
    refuse(`storage '${target.id}' does not support container directories`);
  for (const mount of mountsOf({ description: '', keys, lxc: [] })) {
    if (mount.kind !== 'volume') continue;
    const gib = (parseSize(mount.properties.get('size') ?? '4G') ?? 0) / 2 ** 30;
    mount.properties.set('volume', `${target.id}:${gib}`);
    const text = printProperties(mount.properties, ['volume', 'mp'], 'volume');
    keys.set(mount.key, allocateMount(call, id, mount.key, text, made));
  }
}

function renewAddresses(call: Call, keys: Map<string, string>): void {
  for (const [key, value] of keys) {
    if (!/^net\d+$/.test(key)) continue;
    const net = parseProperties(value);
    net.delete('hwaddr');
    keys.set(key, completeNet(call, printProperties(net, [])));
  }
}

/** What `--force` takes away: every volume that the former conf names. */
function formerVolumes(conf: string | undefined): string[] {
  if (conf === undefined) return [];
  const parsed = parseConf(conf);
  const volumes = [parsed, ...parsed.snapshots.values()].flatMap((section) =>
    [...section.keys].flatMap(([key, value]) => {
      if (!/^(rootfs|mp\d+|unused\d+)$/.test(key)) return [];
      const { kind, source } = parseMount(key, value);
      return kind === 'volume' ? [source] : [];
    }),
  );
  return [...new Set(volumes)];
}
