/** JSON answers: the same keys, types and values; figures of the moment and of the machine count by their type alone. */

import type { Placeholders } from './placeholders.ts';

const volatileKeys = new Set([
  ...[
    'cpu',
    'mem',
    'disk',
    'diskread',
    'diskwrite',
    'netin',
    'netout',
    'uptime',
    'pid',
    'swap',
    'wait',
    'idle',
  ],
  ...[
    'total',
    'used',
    'avail',
    'free',
    'used_fraction',
    'maxdisk',
    'maxmem',
    'maxswap',
    'balloon_min',
    'shared',
  ],
  ...[
    'cpuinfo',
    'boot-info',
    'current-kernel',
    'kversion',
    'loadavg',
    'size',
    'ctime',
    'starttime',
    'endtime',
  ],
  ...['creation-time', 'cgroup-mode', 'level', 'pstart', 'time', 'localtime', 'expire', 'tokenid'],
]);

/** A document, or undefined where the text is none. */
export function documentOf(text: string): unknown {
  if (!/^\s*[[{"]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function sameDocument(want: unknown, got: unknown, holders: Placeholders, key = ''): boolean {
  if (volatileKeys.has(key)) return sameType(want, got);
  if (Array.isArray(want)) return Array.isArray(got) && sameList(want, got, holders);
  if (want !== null && typeof want === 'object') {
    if (got === null || typeof got !== 'object' || Array.isArray(got)) return false;
    const [wanted, given] = [Object.entries(want), new Map(Object.entries(got))];
    if (wanted.length !== given.size) return false;
    return wanted.every(
      ([name, value]) => given.has(name) && sameDocument(value, given.get(name), holders, name),
    );
  }
  if (typeof want === 'string' && want.startsWith('<') && typeof got === 'number')
    return holders.matches(want, String(got));
  if (typeof want === 'string' && typeof got === 'string') return sameText(want, got, holders);
  return want === got;
}

/** What was recorded of the whole past of a machine holds what earlier scenarios did: all of ours has to be in it. */
export function holdsAll(want: unknown, got: unknown, holders: Placeholders): boolean {
  if (!Array.isArray(want) || !Array.isArray(got)) return false;
  return got.every((item) => want.some((other) => sameDocument(other, item, holders)));
}

/** Proxmox answers lists in the order of a hash as often as not: each wanted item has to be found once. */
function sameList(want: readonly unknown[], got: readonly unknown[], holders: Placeholders): boolean {
  if (want.length !== got.length) return false;
  const left = [...got];
  return want.every((item) => {
    const at = left.findIndex((other) => sameDocument(item, other, holders));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

function sameText(wanted: string, given: string, holders: Placeholders): boolean {
  const [want, got] = [wanted, given].map((text) =>
    text.replace(/creation-qemu=[\d.]+/, 'creation-qemu=…'),
  ) as [string, string];
  const sorted = (text: string) => text.split(',').sort().join(',');
  return holders.matches(want, got) || sorted(want) === sorted(got);
}

function sameType(want: unknown, got: unknown): boolean {
  if (typeof want === 'string' && want.startsWith('<')) return got !== undefined;
  return typeof want === typeof got && Array.isArray(want) === Array.isArray(got);
}
