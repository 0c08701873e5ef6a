/** `pct create`: two phases with the unpacking between them, so that a killed one leaves a half-made guest (B32, B33). */

import { type GuestConf, printConf } from '../proxmox/conf.ts';
import { type Call, Refusal, refuse, type Work } from './call.ts';
import { isDir } from './files.ts';
import { archiveMark, copyTree, freshTree, setUpTree } from './guest-tree.ts';
import { checkFreeId, parseMount } from './guests.ts';
import { unpackTime } from './latency.ts';
import { hold, release } from './leftovers.ts';
import type { Given } from './options.ts';
import { checkRequest } from './pct-create-checks.ts';
import { startAfterCreate } from './pct-create-start.ts';
import { pctRestore } from './pct-restore.ts';
import { allocateMount } from './pct-volumes.ts';
import { joinPool } from './pools.ts';
import { imageKeys, ociType } from './skopeo.ts';
import { free, volumePath } from './storage/volumes.ts';

export function* pctCreate(call: Call, given: Given): Work {
  const { values } = given;
  if (values.get('restore') === '1') return yield* pctRestore(call, given);
  const id = Number(values.get('vmid'));
  checkFreeId(call.state, id);
  const asked = checkRequest(call, 'create', values);
  const mounts =
    asked.mounts.size > 0 ? asked.mounts : new Map([['rootfs', `${values.get('storage') ?? 'local'}:4`]]);
  const conf = complete(asked.conf, id, values.get('unprivileged') === '1');
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
  joinPool(call, values.get('pool'), id);
  if (values.get('start') === '1') yield* startAfterCreate(call, id);
}

/** What nobody gave; a container is made with it, and with what its template says. */
function complete(conf: GuestConf, id: number, unprivileged: boolean): GuestConf {
  const defaults: [string, string][] = [
    ['hostname', `CT${id}`],
    ['memory', '512'],
    ['swap', '512'],
  ];
  for (const [key, value] of defaults) if (!conf.keys.has(key)) conf.keys.set(key, value);
  if (unprivileged) conf.keys.set('unprivileged', '1');
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
  call.out('Total bytes read: 1048576000 (1000MiB, 300MiB/s)\n');
  const wanted = conf.keys.get('ostype') ?? ostype;
  if (wanted !== ostype && wanted !== 'unmanaged')
    call.out(`got unexpected ostype (${ostype} != ${wanted})\n`);
  if (!conf.keys.has('arch')) call.out('Detected container architecture: amd64\n');
  for (const [key, value] of [
    ['arch', 'amd64'],
    ['ostype', ostype],
  ] as const)
    if (!conf.keys.has(key)) conf.keys.set(key, value);
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
