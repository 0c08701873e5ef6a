/** `pct create`: two phases with the unpacking between them, so that a killed one leaves a half-made guest (B32, B33). */

import { emptyConf, type GuestConf, printConf } from '../proxmox/conf.ts';
import { type Call, Refusal, refuse, type Work } from './call.ts';
import { exists, isDir } from './files.ts';
import { archiveMark, copyTree, freshTree, setUpTree } from './guest-tree.ts';
import { checkFreeId, completeNet, parseMount } from './guests.ts';
import { unpackTime } from './latency.ts';
import { hold, release } from './leftovers.ts';
import { type Given, refuseParameters, usage } from './options.ts';
import { checkDevice, checkHookscript, cleanValue } from './pct-keys.ts';
import { pctVerbs } from './pct-options.ts';
import { startGuest } from './pct-power.ts';
import { allocateMount } from './pct-volumes.ts';
import { checkPool, joinPool } from './pools.ts';
import { imageKeys, ociType } from './skopeo.ts';
import type { TwinState } from './state.ts';
import { activationProblem } from './storage/plugins.ts';
import { contentOf, enabledStorage } from './storage/storages.ts';
import { free, parseVolumeId, volumePath } from './storage/volumes.ts';

/** Options of `create` that are no keys of the conf file. */
const transient = new Set(
  [
    'vmid',
    'ostemplate',
    'rootfs',
    'password',
    'pool',
    'ssh-public-keys',
    'start',
    'storage',
    'force',
    'restore',
  ].concat(['unique', 'unprivileged', 'bwlimit', 'ignore-unpack-errors', 'lock']),
);

export function* pctCreate(call: Call, { values }: Given): Work {
  const id = Number(values.get('vmid'));
  checkFreeId(call.state, id);
  const pool = values.get('pool');
  checkPool(call, pool);
  const mounts = wantedMounts(values);
  checkStorages(call.state, mounts, values);
  const keys = values.get('ssh-public-keys');
  if (keys !== undefined && !exists(call.state.files, keys))
    refuse(`can't open '${keys}' - No such file or directory`, 2);
  const conf = baseConf(call, id, values);
  call.state.guests[id] = { conf: 'lock: create\n', tree: freshTree('unmanaged'), snapshots: {} };
  const made: string[] = [];
  let held: ReturnType<typeof hold> = [];
  try {
    allocateAll(call, id, mounts, conf, made);
    const template = values.get('ostemplate') ?? '';
    held = hold(call.state, id, conf);
    const archive = openTemplate(call, template);
    yield unpackTime(archive.size);
    release(call.state, held);
    finish(call, id, conf, archive.text, values);
  } catch (error) {
    release(call.state, held);
    for (const volid of made) free(call.state, volid);
    delete call.state.guests[id];
    if (error instanceof Refusal) refuse(`unable to create CT ${id} - ${error.message}`);
    call.err(`unable to create CT ${id} - received interrupt\n`);
    throw error;
  }
  joinPool(call, pool, id);
  if (values.get('start') === '1') yield* startAfterCreate(call, id);
}

function wantedMounts(values: ReadonlyMap<string, string>): Map<string, string> {
  const store = values.get('storage') ?? 'local';
  const mounts = new Map([['rootfs', values.get('rootfs') ?? `${store}:4`]]);
  const numbered = [...values.keys()].filter((key) => /^mp\d+$/.test(key));
  numbered.sort((a, b) => Number(a.slice(2)) - Number(b.slice(2)));
  for (const key of numbered) mounts.set(key, values.get(key) ?? '');
  return mounts;
}

/** Everything that is refused before anything is allocated (B20, B84). */
function checkStorages(
  state: TwinState,
  mounts: ReadonlyMap<string, string>,
  values: ReadonlyMap<string, string>,
): void {
  const line = usage('pct', 'create', pctVerbs.create ?? { args: {}, options: {} });
  const named = values.get('storage');
  const ids = named === undefined ? [] : [named];
  for (const [key, text] of mounts) {
    const mount = parseMount(key, text);
    if (mount.kind === 'volume') ids.push(parseVolumeId(mount.source).storage);
  }
  for (const id of ids) {
    const storage = enabledStorage(state, id);
    if (!contentOf(storage).includes('rootdir'))
      refuseParameters(
        new Map([['storage', `storage '${id}' does not support container directories`]]),
        line,
      );
    const problem = activationProblem(state, storage);
    if (problem) refuse(problem);
  }
  const template = values.get('ostemplate') ?? '';
  if (/^[^/:]+:/.test(template)) enabledStorage(state, parseVolumeId(template).storage);
}

function baseConf(call: Call, id: number, values: ReadonlyMap<string, string>): GuestConf {
  const conf = emptyConf();
  const defaults: [string, string][] = [
    ['arch', 'amd64'],
    ['hostname', `CT${id}`],
    ['memory', '512'],
    ['swap', '512'],
  ];
  for (const [key, value] of defaults) conf.keys.set(key, value);
  if (values.get('unprivileged') === '1') conf.keys.set('unprivileged', '1');
  for (const [key, value] of values) {
    if (transient.has(key) || /^mp\d+$/.test(key)) continue;
    if (key === 'description') conf.description = value;
    else if (/^net\d+$/.test(key)) conf.keys.set(key, completeNet(call, value));
    else conf.keys.set(key, cleanValue(key, value));
    if (/^dev\d+$/.test(key)) checkDevice(call.state, value);
    if (key === 'hookscript') checkHookscript(call.state, value);
  }
  return conf;
}

function allocateAll(
  call: Call,
  id: number,
  mounts: ReadonlyMap<string, string>,
  conf: GuestConf,
  made: string[],
): void {
  for (const [key, text] of mounts) {
    conf.keys.set(key, allocateMount(call, id, key, text, made));
  }
  for (const [key, text] of mounts) {
    const { source, kind } = parseMount(key, text);
    if (kind !== 'bind' || isDir(call.state.files, source)) continue;
    call.out('mounting container failed\n');
    refuse(`directory '${source}' does not exist`);
  }
}

/** The template archive, or why it cannot be unpacked (B20, B86). Prints what the tools print. */
function openTemplate(call: Call, template: string): { text: string; size: number } {
  const byVolume = /^[^/:]+:/.test(template);
  const path = byVolume ? volumePath(call.state, template) : template;
  const file = call.state.files[path];
  if (!file || file.dir) {
    refuse(byVolume ? `volume '${template}' does not exist` : `can't find file '${template}'`);
  }
  call.out(`extracting archive '${path}'\n`);
  if (!file.text.startsWith(archiveMark)) {
    call.out(
      '\ngzip: stdin: not in gzip format\ntar: Child returned status 1\ntar: Error is not recoverable: exiting now\n',
    );
    refuse(
      `command 'tar xpf - -z --totals --one-file-system -p --sparse --numeric-owner --acls --xattrs '--xattrs-include=user.*' '--xattrs-include=security.capability' '--warning=no-file-ignored' '--warning=no-xattr-write' -C /var/lib/lxc/${call.args[1]}/rootfs --skip-old-files --anchored --exclude './dev/*'' failed: exit code 2`,
    );
  }
  return { text: file.text, size: file.size ?? file.text.length };
}

function finish(
  call: Call,
  id: number,
  conf: GuestConf,
  archive: string,
  values: ReadonlyMap<string, string>,
): void {
  const guest = call.state.guests[id];
  if (!guest) refuse(`Configuration file 'nodes/${call.state.hardware.node}/lxc/${id}.conf' does not exist`);
  const kind = /^phx-twin archive (\S+)/.exec(archive)?.[1] ?? 'unmanaged';
  const ostype = kind === ociType ? 'unmanaged' : kind;
  if (kind === ociType) imageKeys(conf);
  call.out('Total bytes read: 1048576000 (1000MiB, 300MiB/s)\nDetected container architecture: amd64\n');
  if (!conf.keys.has('ostype')) conf.keys.set('ostype', ostype);
  const tree = copyTree(freshTree(ostype));
  setUpTree(call.state, id, conf, tree);
  const keys = values.get('ssh-public-keys');
  const text = keys === undefined ? undefined : call.state.files[keys]?.text;
  if (text !== undefined)
    tree.files['/root/.ssh/authorized_keys'] = {
      text: `# --- BEGIN PVE ---\n${text.trimEnd()}\n# --- END PVE ---\n`,
      mode: 0o600,
    };
  guest.conf = printConf(conf);
  guest.tree = tree;
}

/** `--start 1`: a start that fails is only printed (B6). */
function* startAfterCreate(call: Call, id: number): Work {
  try {
    yield* startGuest(call, id, false);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    call.out(error.message);
  }
}
