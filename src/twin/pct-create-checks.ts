/** What Proxmox looks at before it makes or restores a container, in the order of its source. It makes nothing. */

import { emptyConf, type GuestConf, parseProperties, sorted } from '../proxmox/conf.ts';
import { atLeast } from '../proxmox/version.ts';
import { type Call, refuse } from './call.ts';
import { exists } from './files.ts';
import { checkBridge, completeNet, parseMount } from './guests.ts';
import { refuseParameters, usage } from './options.ts';
import { checkDevice, checkHookscript, cleanValue } from './pct-keys.ts';
import { pctVerb } from './pct-options.ts';
import { checkPool } from './pools.ts';
import { activationProblem } from './storage/plugins.ts';
import { contentOf, enabledStorage, findStorage } from './storage/storages.ts';
import { checkVolumeName, parseVolumeId } from './storage/volumes.ts';

type Values = ReadonlyMap<string, string>;

/** Options that say how, and are no keys of the conf file. */
const transient = new Set(
  ['vmid', 'ostemplate', 'password', 'pool', 'ssh-public-keys', 'start', 'storage', 'force'].concat([
    'restore',
    'unique',
    'unprivileged',
    'bwlimit',
    'ignore-unpack-errors',
    'ha-managed',
  ]),
);

/** Refuses what can be seen at once; returns the mount points that were asked for and the rest as a conf. */
export function checkRequest(
  call: Call,
  verb: 'create' | 'restore',
  values: Values,
  warn = call.err,
): { mounts: Map<string, string>; conf: GuestConf } {
  checkKeys(call, values.get('ssh-public-keys'));
  checkPool(call, values.get('pool'));
  checkSource(call, values.get('ostemplate') ?? '', verb === 'restore' ? 'backup' : 'vztmpl');
  for (const key of sorted(values.keys()))
    if (/^unused\d+$/.test(key)) warn(`ignoring '${key}', cannot create/restore with unused volume\n`);
  const mounts = wantedMounts(values);
  if (mounts.size > 0 && !mounts.has('rootfs'))
    refuse("mount points configured, but 'rootfs' not set - aborting");
  const ids: string[] = [];
  for (const [key, text] of mounts) {
    const { kind, source } = parseMount(key, text);
    if (kind === 'volume') ids.push(parseVolumeId(source).storage);
  }
  if (mounts.size === 0) ids.push(values.get('storage') ?? 'local');
  for (const id of ids) checkStorage(call, verb, id);
  return { mounts, conf: givenConf(call, values) };
}

/** Keys are lines that begin with a type, after options at most. */
function checkKeys(call: Call, path: string | undefined): void {
  if (path === undefined) return;
  if (!exists(call.state.files, path)) refuse(`can't open '${path}' - No such file or directory`, 2);
  const lines = (call.state.files[path]?.text ?? '').split('\n').filter((line) => line.trim() !== '');
  if (!lines.every((line) => /(^|\s)(ssh|ecdsa|sk)-\S+ \S+/.test(line)))
    refuse('SSH public key validation error');
}

function checkSource(call: Call, source: string, content: string): void {
  if (source === '-') refuse('pipe can only be used with restore tasks');
  if (!/^[a-z][a-z0-9\-_.]*[a-z0-9]:./i.test(source)) return;
  const { storage, name } = parseVolumeId(source);
  const known = findStorage(call.state, storage);
  // From 9.1 on a template may be a plain archive, as images come.
  const plain = /^vztmpl\/[^/]+\.tar$/.test(name);
  if (!plain || atLeast(new Map(Object.entries(call.state.packages)), '9.1') !== true)
    checkVolumeName(known, name);
  const type = /^(vztmpl|iso|backup|snippets|import)\//.exec(name)?.[1] ?? 'images';
  if (type !== content) refuse(`unable to use volume ${source} - content type needs to be '${content}'`);
}

/** Those that were asked for: rootfs first, then by number; a plain number is a size on the storage that is meant. */
function wantedMounts(values: Values): Map<string, string> {
  const numbered = [...values.keys()].filter((key) => /^mp\d+$/.test(key));
  numbered.sort((a, b) => Number(a.slice(2)) - Number(b.slice(2)));
  const mounts = new Map<string, string>();
  for (const key of ['rootfs', ...numbered]) {
    const value = values.get(key);
    if (value === undefined) continue;
    mounts.set(key, /^\d+(\.\d+)?$/.test(value) ? `${values.get('storage') ?? 'local'}:${value}` : value);
  }
  return mounts;
}

/** Everything that is refused of a storage before anything is allocated (B20, B84). */
function checkStorage(call: Call, verb: string, id: string): void {
  const storage = enabledStorage(call.state, id);
  if (!contentOf(storage).includes('rootdir')) {
    const spec = pctVerb(call.state.packages, verb) ?? { args: {}, options: {} };
    const why = `storage '${id}' does not support container directories`;
    refuseParameters(new Map([['storage', why]]), usage('pct', verb, spec));
  }
  const problem = activationProblem(call.state, storage);
  if (problem) refuse(problem);
}

/** The keys that were given, as they are stored. */
function givenConf(call: Call, values: Values): GuestConf {
  const conf = emptyConf();
  for (const key of sorted(values.keys())) {
    const value = values.get(key) ?? '';
    if (transient.has(key) || /^(rootfs|(mp|unused)\d+)$/.test(key)) continue;
    if (/^net\d+$/.test(key)) {
      const net = parseProperties(value);
      if (net.has('mtu')) checkBridge(call, key, net, call.err);
      conf.keys.set(key, completeNet(call, value));
    } else if (key === 'description') conf.description = value;
    else conf.keys.set(key, cleanValue(key, value));
    if (/^dev\d+$/.test(key)) checkDevice(call.state, value);
    if (key === 'hookscript') checkHookscript(call.state, value);
  }
  return conf;
}
