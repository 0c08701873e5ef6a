/** The room of file systems and of LVM out of a sweep. Pure; the format is told in sweep.ts. */

import type { FileSystemRoom, ThinPool, VolumeGroup } from './facts.ts';

/** `<size> <free> <available> <path>` */
export function parseRooms(lines: readonly string[]): Map<string, FileSystemRoom> {
  const rooms = new Map<string, FileSystemRoom>();
  for (const line of lines) {
    const [, size, free, available, path] = /^(\d+) (\d+) (\d+) (.+)$/.exec(line) ?? [];
    if (path !== undefined)
      rooms.set(path, { size: Number(size), free: Number(free), available: Number(available) });
  }
  return rooms;
}

/** Rows of `vgs` and `lvs`; the first cell is indented. */
export function parseGroups(groups: readonly string[], volumes: readonly string[]): Map<string, VolumeGroup> {
  const rows = volumes.map((line) => line.trimStart().split('\t'));
  return new Map(
    groups.flatMap((line): [string, VolumeGroup][] => {
      const [name = '', size, free] = line.trimStart().split('\t');
      const own = rows.filter(([group]) => group === name);
      return name === '' ? [] : [[name, { size: Number(size), free: Number(free), pools: poolsOf(own) }]];
    }),
  );
}

/** The first letter of the attributes is a `t` for a thin pool. */
function poolsOf(rows: readonly (readonly string[])[]): Map<string, ThinPool> {
  const percent = (text = '') => (text.trim() === '' ? undefined : Number(text));
  return new Map(
    rows.flatMap(([, name = '', attributes = '', size, data, metadata]): [string, ThinPool][] => {
      if (!attributes.startsWith('t')) return [];
      const inside = rows.filter((row) => row[6]?.trim() === name);
      const promised = inside.reduce((sum, row) => sum + Number(row[3]), 0);
      const [full, meta] = [percent(data), percent(metadata)];
      const filled = {
        ...(full === undefined ? {} : { data: full }),
        ...(meta === undefined ? {} : { metadata: meta }),
      };
      return [[name, { size: Number(size), promised, ...filled }]];
    }),
  );
}
