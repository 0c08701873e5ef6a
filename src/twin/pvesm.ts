/**
 * `pvesm`: storages of type dir and btrfs answer as recorded (B83–B85, B88, B131–B134); zfspool, lvmthin and network
 * storages that work were not recorded and follow the documentation.
 */

import { sha1 } from '../core/digest.ts';
import { sorted, splitList } from '../proxmox/conf.ts';
import { type Call, refuse, type Work } from './call.ts';
import { makeDirs } from './files.ts';
import { type Given, readOptions } from './options.ts';
import { pvesmExtractConfig, pvesmPrune } from './pvesm-backups.ts';
import { pvesmVerb, storageTypes } from './pvesm-options.ts';
import { pvesmList, pvesmPath, pvesmStatus } from './pvesm-show.ts';
import { pvesmAlloc, pvesmFree } from './pvesm-volumes.ts';
import type { Storage } from './state.ts';
import { activationProblem, pluginOf } from './storage/plugins.ts';
import { dropSecrets, keepSecrets, placeMount } from './storage/servers.ts';
import { allStorages, isDisabled, isHere } from './storage/storages.ts';
import { printStorageCfg } from './storage-cfg.ts';
import { isFixedOption, isOptional, takesOption } from './storage-type-options.ts';

type VerbProgram = (call: Call, given: Given) => undefined;

const verbs: Readonly<Record<string, VerbProgram>> = {
  add: pvesmAdd,
  set: pvesmSet,
  remove: pvesmRemove,
  status: pvesmStatus,
  list: pvesmList,
  path: pvesmPath,
  extractconfig: pvesmExtractConfig,
  'prune-backups': pvesmPrune,
  alloc: pvesmAlloc,
  free: pvesmFree,
};

export function pvesm(call: Call): Work | undefined {
  const [name, ...rest] = call.args;
  if (name === undefined) refuse('ERROR: no command specified\nUSAGE: pvesm <COMMAND> [ARGS] [OPTIONS]');
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  const spec = pvesmVerb(call.state.packages, name);
  if (!verb || !spec)
    refuse(`ERROR: unknown command 'pvesm ${name}'\nUSAGE: pvesm <COMMAND> [ARGS] [OPTIONS]`);
  return verb(call, readOptions('pvesm', name, spec, rest));
}

function pvesmAdd(call: Call, { values }: Given): undefined {
  const options = Object.fromEntries([...values].filter(([key]) => key !== 'type' && key !== 'storage'));
  const type = values.get('type') ?? '';
  const id = values.get('storage') ?? '';
  for (const key of Object.keys(options))
    if (!takesOption(type, key, storageTypes[type]?.required ?? [])) refuse(`unexpected property '${key}'`);
  for (const key of storageTypes[type]?.required ?? [])
    if (options[key] === undefined) refuse(`missing value for required option '${key}'`);
  const storage: Storage = { id, type, options };
  storeContent(call, storage, 'create');
  if (allStorages(call.state).some((one) => one.id === id))
    refuse(`create storage failed: storage ID '${id}' already defined`);
  placeMount(storage);
  if (!isDisabled(storage) && isHere(call.state, storage)) prepare(call, storage);
  keepSecrets(call.state, storage);
  commit(call, [...allStorages(call.state), storage], storage);
}

/** What activating a new storage does: directories are made, a pool or a server is looked up (B131). */
function prepare(call: Call, storage: Storage): void {
  const failed = (problem: string | undefined) => {
    if (problem !== undefined) refuse(`create storage failed: ${problem}`);
  };
  const plugin = pluginOf(storage);
  failed(plugin.check?.(call, storage));
  failed(activationProblem(call.state, storage));
  failed(plugin.add?.(call.state, storage));
}

/** Content types: known to this type of storage, `none` when nothing is left (B132). */
function storeContent(call: Call, storage: Storage, verb: 'create' | 'update'): void {
  const type = storageTypes[storage.type];
  const given = storage.options.content;
  if (!type) return;
  if (given === undefined) {
    storage.options.content = type.standard;
    return;
  }
  const wanted = splitList(given);
  if (wanted.includes('none') && wanted.length > 1)
    refuse(`${verb} storage failed: unable to combine 'none' with other content types`);
  if (verb === 'create' && wanted.includes('none')) {
    if (storage.options.path) makeDirs(call.state.files, storage.options.path);
    refuse("create storage failed: unknown vtype 'none'");
  }
  const good = wanted.filter((content) => {
    if (type.content.includes(content)) return true;
    call.err(`storage does not support content type '${content}'\n`);
    return false;
  });
  if (good.length === 0 && wanted.length > 0) refuse("storage does not support content type 'none'");
  storage.options.content = [...new Set(good)].join(',') || 'none';
}

function pvesmSet(call: Call, { values }: Given): undefined {
  const id = values.get('storage') ?? '';
  const storages = allStorages(call.state);
  const at = storages.findIndex((one) => one.id === id);
  const before = storages[at];
  if (!before) return refuse(`update storage failed: storage '${id}' does not exist`);
  const digest = values.get('digest');
  if (digest !== undefined && digest !== sha1(printStorageCfg(call.state.storages)))
    refuse('update storage failed: detected modified configuration - file changed by other user? Try again.');
  const storage: Storage = { ...before, options: { ...before.options } };
  checkChanges(storage.type, values);
  for (const key of splitList(values.get('delete') ?? '')) {
    delete storage.options[key];
    dropSecrets(call.state, id, [key]);
  }
  for (const [key, value] of values) {
    if (['storage', 'delete', 'digest'].includes(key)) continue;
    storage.options[key] =
      key === 'nodes' || key === 'content-dirs' ? sorted(splitList(value)).join(',') : value;
  }
  storeContent(call, storage, 'update');
  keepSecrets(call.state, storage);
  commit(
    call,
    storages.map((one, n) => (n === at ? storage : one)),
    values.has('maxfiles') ? storage : undefined,
  );
}

/** What the storage's type says to the keys that are set and deleted, in the order that Proxmox looks at them. */
function checkChanges(type: string, values: Given['values']): void {
  const required = storageTypes[type]?.required ?? [];
  const no = (reason: string) => refuse(`update storage failed: ${reason}`);
  for (const key of values.keys()) {
    if (['storage', 'delete', 'digest'].includes(key)) continue;
    if (isFixedOption(type, key)) no(`can't change value of fixed parameter '${key}'`);
    if (!takesOption(type, key, required)) no(`unexpected property '${key}'`);
  }
  for (const key of splitList(values.get('delete') ?? '')) {
    if (!takesOption(type, key, required)) no(`no such option '${key}'`);
    if (!isOptional(type, key, required)) no(`unable to delete required option '${key}'`);
    if (isFixedOption(type, key)) no(`unable to delete fixed option '${key}'`);
    if (values.has(key)) no(`cannot set and delete property '${key}' at the same time!`);
  }
}

function pvesmRemove(call: Call, { values }: Given): undefined {
  const id = values.get('storage') ?? '';
  const storages = allStorages(call.state);
  if (!storages.some((one) => one.id === id)) refuse(`delete storage failed: storage '${id}' does not exist`);
  dropSecrets(call.state, id);
  commit(
    call,
    storages.filter((one) => one.id !== id),
  );
}

/** Writes the storages; `maxfiles` lives only until the next write (B134). */
function commit(call: Call, storages: Storage[], written?: Storage): void {
  for (const storage of storages) if (storage !== written) delete storage.options.maxfiles;
  call.state.storages = storages;
}
