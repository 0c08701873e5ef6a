/** `pct restore`: a container from a backup, beside or over the one it came from (B72, B154; backup-restore). */

import {
  type ConfSection,
  copySection,
  emptyConf,
  type GuestConf,
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
  isOn,
  isTemplate,
  mountsOf,
  parseMount,
  printMount,
} from './guests.ts';
import { unpackTime } from './latency.ts';
import type { Given } from './options.ts';
import { freeOwn } from './pct-apply.ts';
import { checkRequest } from './pct-create-checks.ts';
import { startAfterCreate } from './pct-create-start.ts';
import { allocateMount } from './pct-volumes.ts';
import { joinPool } from './pools.ts';
import { parseSize } from './sizes.ts';
import { free, makeBase, volumePath } from './storage/volumes.ts';

export function* pctRestore(call: Call, { values }: Given): Work {
  const id = Number(values.get('vmid'));
  const volid = values.get('ostemplate') ?? '';
  const former = values.get('force') === '1' ? findGuest(call, id) : undefined;
  if (!former) checkFreeId(call.state, id);
  if (former?.state.running) refuse("can't overwrite running container");
  if (former) checkProtection(former, `unable to restore CT ${id}`);
  const given = checkRequest(call, 'restore', values);
  const lock = former?.conf.keys.get('lock');
  if (lock !== undefined) refuse(`unable to restore CT ${id} - CT is locked (${lock})`);
  call.out(`recovering backed-up configuration from '${volid}'\n`);
  const path = volid.includes(':') ? volumePath(call.state, volid) : volid;
  const file = call.state.files[path];
  if (!file)
    refuse(
      `unable to restore CT ${id} - ${volid.includes(':') ? `volume '${volid}' does not exist` : `can't find file '${volid}'`}`,
    );
  const found = parseArchive(file.text);
  const archive = found?.kind === 'vm' ? undefined : found;
  if (!archive) refuse(`unable to restore CT ${id} - ERROR: archive contains no configuration file`);
  const saved = parseConf(archive.conf);
  const before = former?.state;
  call.state.guests[id] = { conf: 'lock: create\n', tree: freshTree('unmanaged'), snapshots: {} };
  const made: string[] = [];
  try {
    const mounts =
      given.mounts.size > 0 ? given.mounts : savedMounts(call, saved, values.get('storage') ?? 'local');
    const conf = merged(call, given.conf, saved, values);
    for (const [key, text] of mounts) conf.keys.set(key, allocateMount(call, id, key, text, made));
    call.out(`restoring '${volid}' now..\nextracting archive '${path}'\n`);
    yield unpackTime(100_000_000);
    call.out('Total bytes read: 112957440 (108MiB, 222MiB/s)\nmerging backed-up and given configuration..\n');
    for (const one of formerVolumes(before?.conf)) freeOwn(call, id, one, call.out);
    if (isTemplate(saved)) makeTemplate(call, conf);
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
  joinPool(call, values.get('pool'), id);
  if (values.get('start') === '1') yield* startAfterCreate(call, id);
}

/** The saved mount points, their volumes as new ones of the same size; bind mounts stand as they stood. */
function savedMounts(call: Call, saved: ConfSection, storage: string): Map<string, string> {
  const mounts = new Map<string, string>();
  for (const mount of mountsOf(saved)) {
    if (mount.kind === 'volume') {
      const size = mount.properties.get('size');
      if (size === undefined) refuse(`unable to detect disk size - please specify ${mount.key} (size)`);
      mount.properties.set('volume', `${storage}:${(parseSize(size) ?? 0) / 2 ** 30}`);
      mount.properties.delete('size');
    } else if (isOn(mount.properties.get('backup'))) {
      const where = `${mount.kind} mount point ${mount.key} ('${mount.properties.get('mp')}')`;
      call.out(
        `WARNING - unsupported configuration!\nbackup was enabled for ${where}\nmount point configuration will be restored after archive extraction!\ncontained files will be restored to wrong directory!\n`,
      );
    }
    mounts.set(mount.key, printMount(mount));
  }
  return mounts;
}

/** The saved keys below the given ones; without mount points, which come from elsewhere. */
function merged(call: Call, given: GuestConf, saved: GuestConf, values: Given['values']): GuestConf {
  const conf = { ...emptyConf(), ...copySection(given), lxc: copySection(saved).lxc };
  for (const [key, value] of saved.keys) {
    if (/^(rootfs|parent|template|unprivileged|(mp|unused)\d+)$/.test(key)) continue;
    const net = /^net\d+$/.test(key) && values.get('unique') === '1';
    if (net) conf.keys.set(key, withNewAddress(call, value));
    else if (!conf.keys.has(key)) conf.keys.set(key, value);
  }
  if (!values.has('description')) conf.description = saved.description;
  const unprivileged = values.get('unprivileged') ?? saved.keys.get('unprivileged');
  if (isOn(unprivileged)) conf.keys.set('unprivileged', '1');
  return conf;
}

function makeTemplate(call: Call, conf: GuestConf): void {
  call.out('Convert restored container to template...\n');
  for (const mount of mountsOf(conf)) {
    mount.properties.set('volume', makeBase(call.state, mount.source));
    conf.keys.set(mount.key, printMount(mount));
  }
  conf.keys.set('template', '1');
}

function withNewAddress(call: Call, value: string): string {
  const net = parseProperties(value);
  net.delete('hwaddr');
  return completeNet(call, printProperties(net, []));
}

/** What `--force` takes away: every volume that the former conf names. */
function formerVolumes(conf: string | undefined): string[] {
  if (conf === undefined) return [];
  const parsed = parseConf(conf);
  const volumes = [parsed, parsed.pending].flatMap((section) =>
    [...section.keys].flatMap(([key, value]) => {
      if (!/^(rootfs|mp\d+|unused\d+)$/.test(key)) return [];
      const { kind, source } = parseMount(key, value);
      return kind === 'volume' ? [source] : [];
    }),
  );
  return [...new Set(volumes)];
}
