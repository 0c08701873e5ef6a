/** `zpool create`: built from the OpenZFS 2.2 manual and source; nothing was recorded. */

import { type Call, refuse, type Work } from './call.ts';
import { makeDirs, namesIn } from './files.ts';
import { workTime } from './latency.ts';
import type { Pool } from './state.ts';
import { checkProperty } from './zfs-properties.ts';

/** Every simulated disk has this size. */
const diskSize = 2 * 1024 ** 4;

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
  call.state.pools[name] = { size: sizeOfPool(vdevs), vdevs, options: wish.pool };
  call.state.datasets[name] = { props: wish.root };
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

function resolveDisk(call: Call, word: string): string {
  const { disks } = call.state.hardware;
  if (disks.includes(word)) return word;
  const short = disks.find((disk) => disk.endsWith(`/${word}`));
  if (!word.startsWith('/') && short) return short;
  if (!word.startsWith('/'))
    refuse(`cannot open '${word}': no such device in /dev\nmust be a full path or shorthand device name`);
  return refuse(`cannot resolve path '${word}'`);
}

function checkDisks(call: Call, vdevs: Pool['vdevs'], force: boolean): void {
  const complaints: string[] = [];
  const seen = new Set<string>();
  for (const { disk } of vdevs) {
    if (seen.has(disk))
      refuse(
        `cannot create pool: one or more vdevs refer to the same device, or one of\nthe devices is part of an active md or lvm device`,
      );
    seen.add(disk);
    for (const [name, pool] of Object.entries(call.state.pools))
      if (pool.vdevs.some((vdev) => vdev.disk === disk))
        complaints.push(`${disk}-part1 is part of active pool '${name}'`);
  }
  if (complaints.length === 0) return;
  const way = force
    ? 'the following errors must be manually repaired:'
    : "use '-f' to override the following errors:";
  refuse(`invalid vdev specification\n${way}\n${complaints.join('\n')}`);
}

function sizeOfPool(vdevs: Pool['vdevs']): number {
  const mirrored = vdevs.filter((vdev) => vdev.kind === 'mirror').length;
  return diskSize * (vdevs.length - mirrored) + diskSize * Math.floor(mirrored / 2);
}
