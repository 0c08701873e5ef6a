/** How volumes are named on each type of storage, and which names Proxmox refuses with which words. Pure. */

import { type Format, storageType } from './storage-types.ts';

/** Parts of a volume id; undefined for a text that is none. */
export function volumeIdParts(volid: string): { storage: string; name: string } | undefined {
  const match = /^([a-z][a-z0-9\-_.]*[a-z0-9]):(.+)$/i.exec(volid);
  return match ? { storage: match[1] ?? '', name: match[2] ?? '' } : undefined;
}

/** Names of what is no image, in a directory. */
const contentName =
  /^(iso\/[^/]+\.(iso|img)|vztmpl\/[^/]+\.tar\.(gz|xz|zst|bz2)|rootdir\/\d+|backup\/[^/]+\.(tgz|(tar|vma)(\.(gz|lzo|zst|bz2))?)|snippets\/[^/]+|import\/[ \w\-.+=]+\.(ova|ovf|qcow2|raw|vmdk)(\/[ \w\-.+=]+\.(qcow2|raw|vmdk))?)$/i;
const linked = /^(base-\d+-\S+\/)?(base|vm)-\d+-\S+$/;

/** Why a storage of the type can have no volume of this name (B48), in the words of its plugin. */
export function nameProblem(type: string, name: string): string | undefined {
  const family = storageType(type)?.family;
  const parsed = (pattern: RegExp, kind: string) =>
    pattern.test(name) ? undefined : `unable to parse ${kind} volume name '${name}'`;
  switch (family) {
    case 'dataset':
      return parsed(/^((base|basevol)-\d+-\S+\/)?(base|basevol|vm|subvol)-\d+-\S+$/, 'zfs');
    case 'object':
      return parsed(linked, 'rbd');
    case 'logical':
      if (!/^[a-z0-9][a-z0-9\-_.]*[a-z0-9]$/i.test(name))
        return `lvm name '${name}' contains illegal characters`;
      return parsed(hasBases(type) ? /^(vm|base)-\d+-\S+$/ : /^vm-\d+-\S+$/, 'lvm');
    default:
      return fileProblem(name);
  }
}

function fileProblem(name: string): string | undefined {
  const images = /^\d+\/(\S+)\/\d+\/(\S+)$/.exec(name) ?? /^\d+\/(\S+)$/.exec(name);
  if (!images && !contentName.test(name)) return `unable to parse directory volume name '${name}'`;
  const strange = images?.slice(1).find((image) => !/^[^/\s]+\.(raw|qcow2|vmdk|subvol)$/.test(image));
  return strange === undefined ? undefined : `unable to parse volume filename '${strange}'`;
}

/** Whether anything on it becomes the base volume of a template. */
function hasBases(type: string): boolean {
  return Object.values(storageType(type)?.formats ?? {}).some(({ template }) => template);
}

export interface NameWish {
  readonly owner: number;
  /** `vm-100-disk-0`, `subvol-900-disk-0`, `vm-100-cloudinit`. */
  readonly disk: string;
  readonly format: Format;
  /** Name of the base volume that it lies upon. */
  readonly base?: string | undefined;
}

/** The name of a volume on a storage of the type. */
export function volumeName(type: string, { owner, disk, format, base }: NameWish): string {
  const { folders = false, namesBase = false, family } = storageType(type) ?? {};
  const suffix = folders || (family === 'logical' && format === 'qcow2') ? `.${format}` : '';
  const own = `${folders ? `${owner}/` : ''}${disk}${suffix}`;
  return base !== undefined && namesBase ? `${ownName(base)}/${own}` : own;
}

/** A name without the base that it may lie upon: `subvol-901-disk-0`, in a directory `101/vm-101-disk-0.qcow2`. */
export function ownName(name: string): string {
  return /(?:^|\/)((?:\d+\/)?[^/]+)$/.exec(name)?.[1] ?? name;
}

/** The name as a base volume's: only its own part changes, what it lies upon stays. */
export function baseName(type: string, name: string): string {
  const family = storageType(type)?.family;
  return name.replace(/(^|\/)(vm|subvol)-(?=\d+-[^/]*$)/, (_, before: string, kind: string) =>
    kind === 'vm' || family !== 'dataset' ? `${before}base-` : `${before}basevol-`,
  );
}

/** Is it the base volume of a template? */
export function isBase(volid: string): boolean {
  return /[:/](base|basevol)-\d+-[^/]*$/.test(volid);
}

/** Id of the base volume that a linked clone's id tells of. */
export function baseIdOf(volid: string): string | undefined {
  const match = /^([^:]+:)((?:\d+\/)?(?:base|basevol)-\d+-[^/]+)\/(?:\d+\/)?(?:vm|subvol|base|basevol)-/.exec(
    volid,
  );
  return match ? `${match[1]}${match[2]}` : undefined;
}
