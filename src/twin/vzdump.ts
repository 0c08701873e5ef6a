/** `vzdump`, as recorded for containers (B150 to B153): modes, refusals, notes, protection, retention. VMs: `vzdump-vms.ts`. */

import { emptyConf, parseConf, printConf, splitList } from '../proxmox/conf.ts';
import { firewallOf, keepNotes, time } from './backup-notes.ts';
import { archiveStem, excludedBecause, printArchive } from './backups.ts';
import { type Call, Refusal, refuse, type Work } from './call.ts';
import { isDir, putFile, sizeOf } from './files.ts';
import { formats } from './formats.ts';
import { copyTree } from './guest-tree.ts';
import { checkLock, type Guest, hostnameOf, kindOf, loadGuest, mountsOf, printMount } from './guests.ts';
import { workTime } from './latency.ts';
import { type Given, readOptions, refuseParameters, type Verb } from './options.ts';
import { beforeHalt, halt, startGuest } from './pct-power.ts';
import type { GuestTree, Storage } from './state.ts';
import { allStorages, contentOf } from './storage/storages.ts';
import { mountAbove } from './volume-content.ts';
import { backUpVm } from './vzdump-vms.ts';

const flag = { type: 'boolean' } as const;
const spec: Verb = {
  args: { vmid: {} },
  rest: true,
  options: {
    all: flag,
    bwlimit: { type: 'integer', min: 0 },
    compress: { values: ['0', '1', 'gzip', 'lzo', 'zstd'] },
    dumpdir: {},
    exclude: { format: 'pve-vmid-list' },
    'exclude-path': { type: 'array', items: {} },
    mode: { values: ['snapshot', 'suspend', 'stop'] },
    ionice: { type: 'integer', min: 0, max: 8 },
    lockwait: { type: 'integer', min: 0 },
    'notes-template': { maxLength: 1024, requires: 'storage' },
    protected: { ...flag, requires: 'storage' },
    'prune-backups': {},
    quiet: flag,
    remove: flag,
    stdexcludes: flag,
    storage: { format: 'pve-storage-id' },
    zstd: { type: 'integer', min: 0 },
  },
};
const endings: Readonly<Record<string, string>> = {
  zstd: 'tar.zst',
  gzip: 'tar.gz',
  '1': 'tar.lzo',
  lzo: 'tar.lzo',
};

export function* vzdump(call: Call): Work {
  const values = optionsOf(call);
  const ids = guestsOf(call, values);
  const { dir, storage } = placeOf(call, values);
  call.out(`INFO: starting new backup job: vzdump ${call.args.map(quoted).join(' ')}\n`);
  let failed = false;
  for (const id of ids) {
    try {
      yield* backUp(call, id, dir, storage, values);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      failed = true;
      call.out(`ERROR: Backup of VM ${id} failed - ${error.message}`);
      call.out(`INFO: Failed at ${time(call.now())}\n`);
    }
  }
  call.out(`INFO: Backup job finished ${failed ? 'with errors' : 'successfully'}\n`);
  if (failed) refuse('job errors');
}

const line = 'vzdump {<vmid>} [OPTIONS]';

/** Its positionals are guests, as many as one likes. */
function optionsOf(call: Call): Given['values'] {
  try {
    const { values, rest } = readOptions('vzdump', '', spec, call.args);
    if (rest.length === 0) return values;
    const ids = rest.join(',');
    const wrong = formats['pve-vmid-list'](ids);
    if (wrong !== undefined) refuseParameters(new Map([['vmid', `invalid format - ${wrong}\n`]]), line);
    return new Map([['vmid', ids], ...values]);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refuse(error.message.replace(/^vzdump .*$/m, line));
  }
}

function guestsOf(call: Call, values: Given['values']): string[] {
  const [named, excluded] = [values.get('vmid'), values.get('exclude')];
  const conflict = (key: string, other: string) =>
    refuseParameters(new Map([[key, `option conflicts with option '${other}'`]]), line);
  if (values.get('all') === '1' && named !== undefined) conflict('all', 'vmid');
  if (excluded !== undefined && named !== undefined) conflict('exclude', 'vmid');
  const all = values.get('all') === '1' || excluded !== undefined;
  if (!all && named === undefined) refuseParameters(new Map([['vmid', 'property is missing']]), line);
  const left = splitList(excluded ?? '');
  return all ? Object.keys(call.state.guests).filter((id) => !left.includes(id)) : splitList(named ?? '');
}

function placeOf(call: Call, values: Given['values']): { dir: string; storage: Storage | undefined } {
  const dir = values.get('dumpdir');
  if (dir !== undefined) {
    if (!isDir(call.state.files, dir)) refuse(`dumpdir '${dir}' does not exist`);
    return { dir, storage: undefined };
  }
  const id = values.get('storage') ?? 'local';
  const storage = allStorages(call.state).find((one) => one.id === id);
  if (!storage)
    return refuse(
      `could not activate storage '${id}': storage '${id}' does not exist could not get storage information for '${id}': storage '${id}' does not exist`,
    );
  if (!contentOf(storage).includes('backup'))
    refuse(
      `could not get storage information for '${id}': can't use storage '${id}' for backups - wrong content type`,
    );
  return { dir: `${storage.options.path ?? ''}/dump`, storage };
}

function* backUp(
  call: Call,
  id: string,
  dir: string,
  storage: Storage | undefined,
  values: Given['values'],
): Work {
  const info = (text: string) => call.out(`INFO: ${text}\n`);
  if (!call.state.guests[id]) refuse(`unable to find VM '${id}'`);
  if (kindOf(call.state, id) === 'vm') return yield* backUpVm(call, id, dir, storage, values);
  const guest = loadGuest(call, id);
  const at = call.now();
  info(`Starting Backup of VM ${id} (lxc)`);
  info(`Backup started at ${time(at)}`);
  const running = guest.state.running !== undefined;
  info(`status = ${running ? 'running' : 'stopped'}`);
  checkLock(guest);
  const mode = running ? (values.get('mode') ?? 'snapshot') : 'stop';
  tellBefore(guest, mode, info);
  const archived = printArchive({
    vmid: guest.id,
    at,
    conf: packedConf(guest),
    tree: packedTree(guest),
    ...firewallOf(call, guest.id),
  });
  if (running && mode === 'stop') {
    info('stopping virtual guest');
    beforeHalt(call, guest.id);
    halt(call, guest.id);
  }
  const compress = values.get('compress') ?? '0';
  const stem = `${dir}/${archiveStem(guest.id, at)}`;
  const path = `${stem}.${endings[compress] ?? 'tar'}`;
  info(`creating vzdump archive '${path}'`);
  putFile(call.state.files, `${stem}.log`, '');
  yield workTime('vzdump');
  putFile(call.state.files, path, archived);
  info('Total bytes written: 112957440 (108MiB, 222MiB/s)');
  info(
    `archive file size: ${Math.max(1, Math.round(sizeOf(call.state.files[path] ?? { text: '', mode: 0 }) / 2 ** 20))}MB`,
  );
  const name = hostnameOf(guest.id, guest.conf);
  keepNotes(call, { id: guest.id, name, path, storage, values });
  if (mode === 'stop' && running) {
    info('restarting vm');
    yield* startGuest(call, guest.id, false);
    info('guest is online again after 2 seconds');
  }
  if (mode === 'snapshot') info("cleanup temporary 'vzdump' snapshot");
  info(`Finished Backup of VM ${id} (00:00:01)`);
  info(`Backup finished at ${time(call.now())}`);
}

function tellBefore(guest: Guest, mode: string, info: (text: string) => void): void {
  const mounts = mountsOf(guest.conf).map((mount) => {
    const why = excludedBecause(mount.key, printMount(mount));
    const path = mount.key === 'rootfs' ? '/' : mount.properties.get('mp');
    if (why === undefined) return `including mount point ${mount.key} ('${path}') in backup`;
    const kind = mount.kind === 'volume' ? 'volume' : mount.kind;
    return `excluding ${kind} mount point ${mount.key} ('${path}') from backup (${why})`;
  });
  const names = [`CT Name: ${hostnameOf(guest.id, guest.conf)}`, ...mounts];
  const how = [`backup mode: ${mode}`, 'ionice priority: 7'];
  for (const line of mode === 'snapshot' ? [...names, ...how] : [...how, ...names]) info(line);
  if (mode !== 'snapshot') return;
  const several = mounts.filter((line) => line.startsWith('including')).length > 1;
  if (several) info('suspend vm to make snapshot');
  info("create storage snapshot 'vzdump'");
  if (!several) return;
  info('resume vm');
  info('guest is online again after <1 seconds');
}

/** Without what lies on mounts that are no part of the backup. */
function packedTree(guest: Guest): GuestTree {
  const tree = copyTree(guest.state.tree);
  const excluded = mountsOf(guest.conf)
    .filter((mount) => excludedBecause(mount.key, printMount(mount)) !== undefined)
    .map(({ properties }) => properties.get('mp'));
  for (const path of Object.keys(tree.files)) {
    const above = mountAbove(guest, path);
    if (above !== undefined && excluded.includes(above)) delete tree.files[path];
  }
  return tree;
}

/** Only the live section goes into an archive. */
function packedConf(guest: Guest): string {
  const { description, keys, lxc } = parseConf(guest.state.conf);
  const live = new Map([...keys].filter(([key]) => !['lock', 'parent'].includes(key)));
  return printConf({ ...emptyConf(), description, keys: live, lxc });
}

function quoted(word: string): string {
  return /^[\w@%+:,./-]+$/.test(word) ? word : `'${word}'`;
}
