/** Block devices as `lsblk -P` prints them, there and back, from its manual; nothing was recorded. */

import { blockColumns } from '../proxmox/sweep-host.ts';
import { diskPaths, disksOf } from './disks.ts';
import type { DiskPart, DiskState } from './machine-state.ts';
import type { TwinState } from './state.ts';

type Column = (typeof blockColumns)[number];

/** One block device: every column that lsblk was asked for; `-b` and `-p` given. */
export type Block = Readonly<Record<Column, string>>;

/** Every block device, each after the one that it lies on. */
export function blocksOf(state: TwinState): Block[] {
  return Object.values(disksOf(state)).flatMap((disk) => [
    row({ ...disk, name: disk.device, type: disk.type ?? 'disk' }, disk.pttype, ''),
    ...disk.parts.map((part) => row(part, disk.pttype, part.parent ?? disk.device)),
  ]);
}

function row(one: DiskPart, pttype: string | undefined, parent: string): Block {
  return {
    NAME: one.name,
    TYPE: one.type ?? 'part',
    SIZE: String(one.size),
    FSTYPE: one.fstype ?? '',
    // A volume on a partition has no table.
    PTTYPE: one.type === 'lvm' ? '' : (pttype ?? ''),
    LABEL: one.label ?? '',
    MOUNTPOINT: one.mountpoint ?? '',
    PKNAME: parent,
  };
}

export function printBlock(block: Block, columns: readonly string[] = blockColumns): string {
  const values: Readonly<Record<string, string>> = block;
  return columns.map((column) => `${column}="${quoted(values[column] ?? '')}"`).join(' ');
}

function quoted(value: string): string {
  return value.replace(/["\\$`]/g, (letter) => `\\x${letter.charCodeAt(0).toString(16)}`);
}

function parseBlock(line: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [, name = '', value = ''] of line.matchAll(/([A-Z:-]+)="([^"]*)"/g))
    values.set(
      name,
      value.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    );
  return values;
}

/** The disks of lines that lsblk printed; `deviceOf` tells their paths below /dev/disk/by-id. */
export function parseBlocks(
  lines: readonly string[],
  deviceOf: ReadonlyMap<string, string>,
): Record<string, DiskState> {
  const disks: Record<string, DiskState> = {};
  /** Device or part → the disk that it lies on. */
  const under = new Map<string, DiskState>();
  for (const line of lines) {
    const block = parseBlock(line);
    const name = block.get('NAME') ?? '';
    const parent = block.get('PKNAME') ?? '';
    const disk = under.get(parent);
    if (disk) disk.parts.push({ ...partOf(block), name, ...(parent === disk.device ? {} : { parent }) });
    else {
      const [path = name, ...also] = [...deviceOf]
        .filter(([, device]) => device === name)
        .map(([one]) => one);
      const { type, ...content } = partOf(block);
      const pttype = block.get('PTTYPE');
      disks[path] = {
        device: name,
        ...content,
        ...(type === undefined || type === 'disk' ? {} : { type }),
        ...(pttype ? { pttype } : {}),
        ...(also.length > 0 ? { also } : {}),
        parts: [],
      };
    }
    const own = disk ?? Object.values(disks).find((one) => one.device === name);
    if (own) under.set(name, own);
  }
  return disks;
}

function partOf(block: ReadonlyMap<string, string>): Omit<DiskPart, 'name'> {
  const text = (key: Column, field: string) => {
    const value = block.get(key);
    return value ? { [field]: value } : {};
  };
  return {
    ...(block.get('TYPE') === 'part' ? {} : text('TYPE', 'type')),
    size: Number(block.get('SIZE') ?? 0),
    ...text('FSTYPE', 'fstype'),
    ...text('LABEL', 'label'),
    ...text('MOUNTPOINT', 'mountpoint'),
  };
}

/** `|<path><TAB><device>` of the whole disks, as a sweep prints them, by name. */
export function sweptDisks(state: TwinState): string[] {
  const devices = new Map(
    Object.entries(disksOf(state)).flatMap(([path, disk]) =>
      [path, ...(disk.also ?? [])].map((one): [string, string] => [one, disk.device]),
    ),
  );
  return diskPaths(state)
    .sort()
    .map((path) => `|${path}\t${devices.get(path)}`);
}
