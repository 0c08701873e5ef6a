/** `pvesm alloc` and `free` (B83; from the source of pve-storage, alloc was not recorded). */

import { type Call, Refusal, refuse } from './call.ts';
import { type Given, refuseParameters, usage } from './options.ts';
import { freeBackup } from './pvesm-backups.ts';
import { pvesmVerb } from './pvesm-options.ts';
import { allocateImage } from './storage/images.ts';
import { activationProblem } from './storage/plugins.ts';
import { findStorage, hasFiles, keepsBases } from './storage/storages.ts';
import { checkVolumeName, free, isHeld, parseVolumeId, volumePath } from './storage/volumes.ts';

function wrong(call: Call, verb: string, name: string, reason: string): never {
  const spec = pvesmVerb(call.state.packages, verb) ?? { args: {}, options: {} };
  return refuseParameters(new Map([[name, reason]]), usage('pvesm', verb, spec));
}

/** Bytes of `2G`, `512M`, or a number of KiB. */
function bytesOf(text: string): number {
  const [, number = '0', unit = ''] = /^(\d+)([MG]?)$/.exec(text) ?? [];
  return Number(number) * { '': 1024, M: 1024 ** 2, G: 1024 ** 3 }[unit as '' | 'M' | 'G'];
}

export function pvesmAlloc(call: Call, { values }: Given): undefined {
  const owner = Number(values.get('vmid'));
  const name = values.get('filename') ?? '';
  const own = /\.(raw|qcow2|vmdk)$/.exec(name)?.[1];
  const asked = values.get('format');
  if (own !== undefined && asked !== undefined && asked !== own)
    wrong(call, 'alloc', 'format', `different storage formats (${asked} != ${own})`);
  const storage = findStorage(call.state, values.get('storage') ?? '');
  const problem = activationProblem(call.state, storage);
  if (problem) refuse(problem);
  const format = own ?? asked ?? storage.options.format ?? 'raw';
  const size = bytesOf(values.get('size') ?? '');
  const folder = hasFiles(storage);
  if (name !== '' && folder) {
    checkVolumeName(storage, `${owner}/${name}`);
    const ending = /\.(\w+)$/.exec(name)?.[1];
    if (ending !== format)
      refuse(`illegal name '${name}' - wrong extension for format ('${ending} != '${format}')`);
  }
  if (name !== '' && !folder && !name.startsWith(`vm-${owner}-`))
    refuse(`illegal name '${name}' - should be 'vm-${owner}-*'`);
  const part = folder ? name.replace(/\.\w+$/, '') : name;
  const wish = { size, format, ...(name === '' ? {} : { disk: part }) };
  call.out(`successfully created '${allocateImage(call, storage, owner, wish)}'\n`);
}

/** What goes wrong while it is freed is only said (B83). */
export function pvesmFree(call: Call, { values }: Given): undefined {
  const volid = realVolumeId(call, values.get('volume') ?? '', values.get('storage'));
  const { storage: id, name } = parseVolumeId(volid);
  const storage = findStorage(call.state, id);
  checkVolumeName(storage, name);
  if (name.startsWith('backup/')) return freeBackup(call, id, name);
  if (isHeld(call.state, volid)) {
    call.err(`base volume '${name}' is still in use by linked clones\n`);
    return;
  }
  const path = volumePath(call.state, volid);
  const there = call.state.volumes[volid] !== undefined || call.state.files[path] !== undefined;
  try {
    free(call.state, volid);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    call.err(error.message);
    return;
  }
  if (!there && hasFiles(storage) && !keepsBases(storage)) call.out(`disk image '${path}' does not exist\n`);
  delete call.state.files[path];
  call.out(`Removed volume '${volid}'\n`);
}

function realVolumeId(call: Call, volume: string, store: string | undefined): string {
  if (!volume.includes(':')) {
    if (store === undefined) wrong(call, 'free', 'volume', 'no storage specified - incomplete volume ID');
    return `${store}:${volume}`;
  }
  const id = /^([a-z][a-z0-9\-_.]*[a-z0-9]):.+$/i.exec(volume)?.[1];
  if (id === undefined) wrong(call, 'free', 'volume', `unable to parse volume ID '${volume}'\n`);
  if (store !== undefined && id !== store)
    wrong(call, 'free', 'volume', `storage ID mismatch (${id} != ${store})\n`);
  return volume;
}
