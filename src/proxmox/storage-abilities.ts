/**
 * What the table of storage types means for containers and for VMs: what the configuration is checked with, and what
 * decides how a clone is made. Pure.
 */

import { type StorageType, storageType, storageTypeNames } from './storage-types.ts';

export interface StorageAbilities {
  /** `pct snapshot` takes its volumes. Containers on directories and shares have raw images, which it does not take. */
  readonly snapshot: boolean;
  /** `pct template` makes base volumes of its volumes. */
  readonly template: boolean;
  /** A clone may lie upon the base volume of a template instead of being a copy (B68). */
  readonly link: boolean;
  /** Also volumes that are no base are linked: a copy-on-write copy that stands for itself. */
  readonly linkAny: boolean;
  /** What `pct resize` does (B70). */
  readonly resize: StorageType['resize'];
}

export interface VmAbilities {
  /** `qm snapshot` takes its disks; `qcow2`: those of that format only. */
  readonly snapshot: boolean | 'qcow2';
  /** `qm template` makes base volumes of its disks. */
  readonly template: boolean;
  /** A clone may lie upon the base volume of a template instead of being a copy. */
  readonly link: boolean;
  /** A full copy may be made of a snapshot. */
  readonly copySnapshot: boolean;
  /** Formats of a new disk; the first one is made without a word. */
  readonly formats: readonly string[];
}

/** Of a type that holds guests; undefined for any other, and for one that is not in the table: then Proxmox decides. */
function holding(name: string | undefined): StorageType | undefined {
  const type = storageType(name);
  return type !== undefined && type.disks.length > 0 ? type : undefined;
}

/** What it can do with the volumes of a container. */
export function abilitiesOf(name: string | undefined): StorageAbilities | undefined {
  const type = holding(name);
  if (!type) return undefined;
  const { snapshot = false, template = false, link = [] } = type.formats[type.mounts] ?? {};
  const usable = type.links !== 'qcow2';
  return {
    ...{ snapshot, template, link: usable && link.includes('base') },
    ...{ linkAny: usable && link.includes('current'), resize: type.resize },
  };
}

/** What it can do with the disks of a VM. */
export function vmAbilitiesOf(name: string | undefined): VmAbilities | undefined {
  const type = holding(name);
  if (!type) return undefined;
  const [first = 'raw'] = type.disks;
  const can = type.disks.map((format) => type.formats[format]);
  const { snapshot = false } = type.formats[first] ?? {};
  return {
    snapshot: snapshot || (can.some((one) => one?.snapshot) && 'qcow2'),
    template: can.some((one) => one?.template),
    link: can.some((one) => one?.link.includes('base')),
    // A volume that can have a snapshot: can it be copied from there?
    copySnapshot: can.some((one) => one?.snapshot && one.copy.includes('snapshot')),
    formats: type.disks,
  };
}

/** Whether a disk can be snapshotted where it lies; undefined for a type that is not in the table. */
export function canSnapshot(type: string | undefined, format: string | undefined): boolean | undefined {
  const abilities = vmAbilitiesOf(type);
  if (!abilities) return undefined;
  return abilities.snapshot === 'qcow2' ? (format ?? abilities.formats[0]) === 'qcow2' : abilities.snapshot;
}

/** Whether volumes are datasets of ZFS, whose snapshots phx can take by itself; undefined for a type that nobody knows. */
export function hasDatasets(name: string | undefined): boolean | undefined {
  const type = storageType(name);
  return type && type.family === 'dataset';
}

/** Types of storages whose containers can be snapshotted, for messages. */
export const snapshotTypes: readonly string[] = storageTypeNames.filter(
  (type) => abilitiesOf(type)?.snapshot,
);
