/** New drives of a VM, shared by `qm create` and `qm set`: empty disks, imports, cloud-init drives, volumes that are there. */

import type { ConfSection } from '../proxmox/conf.ts';
import { type Call, refuse } from './call.ts';
import { nodeDevices } from './devices.ts';
import { findDisk } from './disks.ts';
import { sizeOf } from './files.ts';
import { copyTree } from './guest-tree.ts';
import { importTime } from './latency.ts';
import { refuseParameters, usage, type Verb } from './options.ts';
import { formatSize, parseSize } from './sizes.ts';
import type { GuestTree } from './state.ts';
import { convertOf } from './storage/copies.ts';
import { writtenOn } from './storage/counting.ts';
import { allocateImage, cloudInitFormat, copyProgress, imageIn } from './storage/images.ts';
import { contentOf, enabledStorage, findStorage } from './storage/storages.ts';
import { checkVolumeName, findVolume, parseVolumeId, volumePath } from './storage/volumes.ts';
import { cloudInitDrive, type Drive, drivesOf, findVm, isCdrom, parseDrive, printDrive } from './vms.ts';
import { beginWorker } from './workers.ts';

/** A step that takes time and gives something. */
export type Making<T> = Generator<number, T, void>;

/** `STORE:SIZE` with a size in GiB. */
const newDisk = /^([^:/\s]+):(\d+(?:\.\d+)?)$/;
const newCloudInit = /^([^:/\s]+):cloudinit$/;

/** Sizes that are not asked for: the firmware's variables, the TPM's state, a cloud-init drive. */
const fixedSize: Readonly<Record<string, number>> = { efidisk0: 528 * 1024, tpmstate0: 4 * 1024 ** 2 };
export const cloudInitSize = 4 * 1024 ** 2;

/** What is refused of a drive before anything is done (vm-create-refused, vm-import; the order is that of each verb's source). */
export function checkDrive(call: Call, key: string, text: string, verb: 'create' | 'set', spec: Verb): void {
  const drive = parseDrive(key, text);
  const fresh = newDisk.exec(drive.source) ?? newCloudInit.exec(drive.source);
  const wrong = (reason: string, name = key) =>
    refuseParameters(new Map([[name, reason]]), usage('qm', verb, spec));
  const storage = () => {
    if (!newDisk.test(drive.source)) return;
    const { id } = enabledStorage(call.state, fresh?.[1] ?? '');
    if (!contentOf(findStorage(call.state, id)).includes('images'))
      wrong(`storage '${id}' does not support vm images`, 'storage');
  };
  const volume = fresh ? undefined : contentType(call, drive.source);
  const type = () => {
    if (volume !== undefined && volume !== 'images' && volume !== 'iso')
      wrong("content type needs to be 'images' or 'iso'");
  };
  if (verb === 'create') {
    storage();
    type();
  }
  checkOptions(drive, text, wrong);
  if (/^\/(?!dev\/)/.test(drive.source)) wrong(`unable to associate path '${drive.source}' to any storage`);
  if (volume === 'iso' && drive.properties.get('media') !== 'cdrom')
    wrong("explicit 'media=cdrom' is required for iso images");
  if (verb === 'set') {
    storage();
    type();
  }
}

/** Options of a drive that do not go together. */
function checkOptions(
  { key, source, properties }: Drive,
  text: string,
  wrong: (reason: string) => never,
): void {
  const disc = /(^|,)media=cdrom(,|$)/.test(text);
  const hard = ['snapshot', 'trans', 'format', 'heads', 'secs', 'cyls'].some((name) => properties.has(name));
  if (disc && (hard || key.startsWith('virtio'))) wrong('unable to parse drive options');
  if (properties.has('import-from') && Number(newDisk.exec(source)?.[2] ?? 1) !== 0)
    wrong("'import-from' requires special syntax - use <storage ID>:0,import-from=<source>");
}

/** What kind of content a volume is by its name; refuses a name that its storage cannot have. */
function contentType(call: Call, source: string): string | undefined {
  if (!source.includes(':') || source.startsWith('/')) return undefined;
  const { storage, name } = parseVolumeId(source);
  checkVolumeName(enabledStorage(call.state, storage), name);
  return /^(iso|vztmpl|rootdir|backup|snippets|import)\//.exec(name)?.[1] ?? 'images';
}

/** Makes what a drive asks for and gives its value in the conf; new volumes are added to `made`. */
export function* makeDrive(
  call: Call,
  id: number,
  key: string,
  text: string,
  conf: ConfSection,
  made: string[],
): Making<string> {
  const drive = parseDrive(key, text);
  const { source, properties } = drive;
  if (newCloudInit.test(source)) return makeCloudInit(call, id, drive, conf, made);
  const [, store = '', gib = '0'] = newDisk.exec(source) ?? [];
  if (store === '') return present(call, drive);
  const from = properties.get('import-from');
  const format = properties.get('format');
  for (const one of ['import-from', 'format']) properties.delete(one);
  const size = fixedSize[key] ?? parseSize(`${gib}G`) ?? 0;
  const wish = { size, ...(format === undefined ? {} : { format }) };
  if (from === undefined) {
    const volid = allocateImage(call, enabledStorage(call.state, store), id, wish);
    made.push(volid);
    return tell(call, drive, volid, size);
  }
  const volid = yield* importImage(call, { id, from, store, format }, made);
  return tell(call, drive, volid, call.state.volumes[volid]?.size ?? 0);
}

function tell(call: Call, { key, properties }: Drive, volid: string, size: number | undefined): string {
  properties.set('file', volid);
  if (size !== undefined) properties.set('size', formatSize(size));
  const value = printDrive({ key, properties, source: volid });
  call.out(`${key}: successfully created disk '${value}'\n`);
  return value;
}

function makeCloudInit(call: Call, id: number, drive: Drive, conf: ConfSection, made: string[]): string {
  const { key, properties } = drive;
  const other = cloudInitDrive(conf);
  if (other && other.key !== key) refuse(`${key} - cloud-init drive is already attached at '${other.key}'`);
  const storage = enabledStorage(call.state, drive.source.split(':')[0] ?? '');
  const format = properties.get('format') ?? cloudInitFormat(storage);
  properties.delete('format');
  const wish = { size: cloudInitSize, format, name: 'cloudinit' };
  const volid = allocateImage(call, storage, id, wish);
  made.push(volid);
  properties.set('media', 'cdrom');
  return tell(call, drive, volid, undefined);
}

/** What stands in a drive that asks for nothing new: it has to be there (B94). */
function present(call: Call, drive: Drive): string {
  const { source, properties } = drive;
  const { state } = call;
  if (source === 'none' || source === 'cdrom') return printDrive(drive);
  if (source.startsWith('/')) {
    const there = nodeDevices(state).includes(source) || findDisk(state, source) || state.files[source];
    if (!there) refuse(`volume ${source} does not exist`);
    return printDrive(drive);
  }
  if (isCdrom(drive) || /:(iso|import)\//.test(source)) {
    const file = state.files[volumePath(state, source)];
    if (!file) refuse(`volume '${source}' does not exist`);
    properties.set('size', formatSize(sizeOf(file)));
    return printDrive(drive);
  }
  const { format, size } = findVolume(state, source);
  const asked = properties.get('format');
  if (asked !== undefined && asked !== format)
    refuse(
      `drive '${drive.key}' - volume '${source}' - 'format=${asked}' option different from storage format '${format}'`,
    );
  properties.set('size', formatSize(size));
  return printDrive(drive);
}

interface Import {
  readonly id: number;
  readonly from: string;
  readonly store: string;
  readonly format: string | undefined;
}

/** Copies a file of the node, or another VM's disk, into a new volume. */
export function* importImage(call: Call, wish: Import, made: string[]): Making<string> {
  const { id, from, store, format = 'raw' } = wish;
  const { size, written, tree } = imported(call, from);
  const storage = enabledStorage(call.state, store);
  const copy = convertOf(written, { from, formats: ['raw', format] });
  const volid = allocateImage(call, storage, id, { size, format, copy });
  made.push(volid);
  call.out(copyProgress(size));
  const path = volumePath(call.state, volid);
  // Who is killed in a copy leaves a worker behind that cleans up.
  beginWorker(call.state, id, call.now(), importTime(size), made);
  try {
    yield importTime(size);
  } catch (error) {
    const before = call.args[0] === 'create' ? `unable to create VM ${id} - ` : '';
    call.err(
      `${before}copy failed: command '/usr/bin/qemu-img convert -p -n -f raw -O ${format} ${from} zeroinit:${path}' failed: interrupted by signal \n`,
    );
    throw error;
  }
  const volume = call.state.volumes[volid];
  if (volume && tree) volume.tree = tree;
  return volid;
}

function imported(call: Call, from: string): { size: number; written: number; tree?: GuestTree } {
  const { state } = call;
  if (from.startsWith('/')) {
    const entry = state.files[from];
    if (!entry || entry.dir) return refuse(`can't find file '${from}'`);
    return imageIn(entry);
  }
  const { storage, name } = parseVolumeId(from);
  if (/^(import|iso)\//.test(name)) {
    const entry = state.files[volumePath(state, from)];
    if (!entry) return refuse(`volume '${from}' does not exist`);
    findStorage(state, storage);
    return imageIn(entry);
  }
  const volume = findVolume(state, from);
  const owner = findVm(call, volume.owner);
  const drive = owner && drivesOf(owner.conf).find((one) => one.source === from);
  call.out(`create full clone of drive ${drive?.key ?? 'unused0'} (${from})\n`);
  const tree = owner?.state.disk === from ? owner.state.tree : volume.tree;
  return { size: volume.size, written: writtenOn(volume), ...(tree ? { tree: copyTree(tree) } : {}) };
}
