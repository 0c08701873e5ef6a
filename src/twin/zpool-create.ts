/** `zpool create`: built from the OpenZFS 2.2 manual and source; nothing was recorded. */

import { type Call, refuse, type Work } from './call.ts';
import { changeDisk, type Found, findDisk, isBusy, poolOn, putMember } from './disks.ts';
import { makeDirs, namesIn } from './files.ts';
import { workTime } from './latency.ts';
import type { DiskPart } from './machine-state.ts';
import type { Pool } from './state.ts';
import { checkProperty } from './zfs-properties.ts';

interface Wish {
  force: boolean;
  dry: boolean;
  pool: Record<string, string>;
  root: Record<string, string>;
  words: string[];
}

function readWish(args: readonly string[]): Wish {
  const wish: Wish = { force: false, dry: false, pool: {}, root: {}, words: [] };
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (wish.words.length > 0 || !arg.startsWith('-')) wish.words.push(arg);
    else if (arg === '-f') wish.force = true;
    else if (arg === '-n') wish.dry = true;
    else if (arg === '-d') wish.pool['feature@'] = 'disabled';
    else if (arg === '-m') wish.root.mountpoint = args[++at] ?? '';
    else if (arg === '-o' || arg === '-O') {
      const text = args[++at] ?? '';
      const equals = text.indexOf('=');
      if (equals < 0)
        refuse(`missing '=' for property=value argument\nusage:\n\tcreate [-fnd] [-o property=value] ...`, 2);
      (arg === '-o' ? wish.pool : wish.root)[text.slice(0, equals)] = text.slice(equals + 1);
    } else refuse(`invalid option '${arg.slice(1)}'\nusage:\n\tcreate [-fnd] [-o property=value] ...`, 2);
  }
  return wish;
}

const kinds: Readonly<Record<string, number>> = {
  mirror: 2,
  raidz: 2,
  raidz1: 2,
  raidz2: 3,
  raidz3: 4,
  draid: 2,
};

export function* zpoolCreate(call: Call, args: readonly string[]): Work {
  const wish = readWish(args);
  const [name, ...words] = wish.words;
  if (name === undefined)
    refuse('missing pool name argument\nusage:\n\tcreate [-fnd] [-o property=value] ...', 2);
  if (words.length === 0)
    refuse('missing vdev specification\nusage:\n\tcreate [-fnd] [-o property=value] ...', 2);
  const vdevs = readVdevs(call, words);
  checkDisks(call, vdevs, wish.force);
  if (!/^[a-zA-Z][\w:.-]*$/.test(name) || /^(mirror|raidz|draid|spare|log)/.test(name))
    refuse(`cannot create '${name}': invalid character in pool name`);
  if (call.state.pools[name]) refuse(`cannot create '${name}': pool already exists`);
  for (const [key, value] of Object.entries(wish.root)) {
    const checked = checkProperty(key, value);
    if ('problem' in checked) refuse(`cannot create '${name}': ${checked.problem}`);
    wish.root[key] = checked.value;
  }
  const mountpoint = wish.root.mountpoint ?? `/${name}`;
  if (mountpoint.startsWith('/') && namesIn(call.state.files, mountpoint).length > 0)
    refuse(
      `mountpoint '${mountpoint}' exists and is not empty\nuse '-m' option to provide a different default`,
    );
  if (wish.dry) return;
  yield workTime('zpool create');
  call.state.pools[name] = { size: sizeOfPool(call, vdevs), vdevs, options: wish.pool };
  call.state.datasets[name] = { props: wish.root };
  for (const { disk } of vdevs) putOn(call, disk, name);
  if (mountpoint.startsWith('/')) makeDirs(call.state.files, mountpoint);
}

function readVdevs(call: Call, words: readonly string[]): Pool['vdevs'] {
  const vdevs: Pool['vdevs'] = [];
  let kind = 'disk';
  let count = 0;
  const close = () => {
    const least = kinds[kind];
    if (least !== undefined && count < least)
      refuse(`invalid vdev specification: ${kind} requires at least ${least} devices`);
  };
  for (const word of words) {
    if (Object.hasOwn(kinds, word) || ['log', 'cache', 'spare', 'special'].includes(word)) {
      close();
      kind = word === 'raidz' ? 'raidz1' : word;
      count = 0;
      continue;
    }
    count++;
    vdevs.push({ kind: Object.hasOwn(kinds, kind) ? kind : 'disk', disk: resolveDisk(call, word) });
  }
  close();
  return vdevs;
}

/** A whole path, or a name in one of the folders that zpool searches. */
function resolveDisk(call: Call, word: string): string {
  const paths = word.startsWith('/') ? [word] : [`/dev/disk/by-id/${word}`, `/dev/${word}`];
  const path = paths.find((one) => findDisk(call.state, one));
  if (path !== undefined) return path;
  if (!word.startsWith('/'))
    refuse(`cannot open '${word}': no such device in /dev\nmust be a full path or shorthand device name`);
  return refuse(`cannot resolve path '${word}'`);
}

/** As `check_disk` of zpool_vdev.c: what is held cannot be taken even with `-f`, what carries something only with it. */
function checkDisks(call: Call, vdevs: Pool['vdevs'], force: boolean): void {
  const complaints: string[] = [];
  const seen = new Set<string>();
  for (const { disk } of vdevs) {
    const found = findDisk(call.state, disk) ?? refuse(`cannot resolve path '${disk}'`);
    const one = found.part?.name ?? found.path;
    if (seen.has(one))
      refuse(
        `cannot create pool: one or more vdevs refer to the same device, or one of\nthe devices is part of an active md or lvm device`,
      );
    seen.add(one);
    const pool = poolOn(call.state, found);
    if (pool !== undefined)
      complaints.push(`${disk}${found.part ? '' : '-part1'} is part of active pool '${pool}'`);
    else if (isBusy(call.state, found))
      refuse(
        `${disk} is in use and contains a ${(found.part ?? found.disk).fstype ?? 'unknown'} filesystem.`,
        1,
      );
    else if (!force) complaints.push(...contents(call, disk, found));
  }
  if (complaints.length === 0) return;
  const way = force
    ? 'the following errors must be manually repaired:'
    : "use '-f' to override the following errors:";
  refuse(`invalid vdev specification\n${way}\n${complaints.join('\n')}`);
}

/** File systems and pools on a disk or its partitions; an empty partition table is no hindrance. */
function contents(call: Call, path: string, { disk, part }: Found): string[] {
  const parts: readonly (readonly [string, Pick<DiskPart, 'fstype' | 'label' | 'destroyed'>])[] = part
    ? [[path, part]]
    : [[path, disk], ...disk.parts.map((one) => [partPath(path, disk.device, one.name), one] as const)];
  return parts.flatMap(([name, { fstype, label, destroyed }]) => {
    if (fstype === undefined || destroyed) return [];
    if (fstype !== 'zfs_member') return [`${name} contains a filesystem of type '${fstype}'`];
    const state = call.state.exported?.[label ?? ''] ? 'exported' : 'potentially active';
    return [`${name} is part of ${state} pool '${label}'`];
  });
}

/** zpool names a partition by the path that its disk was named by. */
function partPath(path: string, device: string, part: string): string {
  return path.startsWith('/dev/disk/') ? `${path}-part${part.slice(device.length).replace(/^p/, '')}` : part;
}

/** Marks a disk or partition as a member; a foreign pool that was there is gone. */
function putOn(call: Call, path: string, pool: string): void {
  const found = findDisk(call.state, path);
  if (!found) return;
  const disk = changeDisk(call.state, found.path);
  const part = disk.parts.find((one) => one.name === found.part?.name);
  if (part) {
    part.fstype = 'zfs_member';
    part.label = pool;
    delete part.destroyed;
  } else putMember(disk, pool);
}

function sizeOfPool(call: Call, vdevs: Pool['vdevs']): number {
  const sum = (some: Pool['vdevs']) =>
    some.reduce((size, { disk }) => {
      const found = findDisk(call.state, disk);
      return size + ((found?.part ?? found?.disk)?.size ?? 0);
    }, 0);
  const mirrors = vdevs.filter((vdev) => vdev.kind === 'mirror');
  return sum(vdevs.filter((vdev) => vdev.kind !== 'mirror')) + Math.floor(sum(mirrors) / 2);
}
