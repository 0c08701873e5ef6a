/** A container with data on volumes of its own, that is made anew: what has to hold of the node afterwards. */

import assert from 'node:assert/strict';
import type { Terms } from '../../src/core/terms.ts';
import { parseConf } from '../../src/proxmox/conf.ts';
import { readMark } from '../../src/proxmox/mark.ts';
import type { Twin } from '../../src/twin/twin.ts';
import { worldOf } from '../world.ts';

export interface Subject {
  readonly id: number;
  /** What lies on its data volumes, each of which has one file: by path inside. */
  readonly data: Readonly<Record<string, string>>;
}

export const filled: Subject = {
  id: 952,
  data: { '/qdrant/storage/vectors': 'kept for years\n', '/extra/notes': 'kept, too\n' },
};
/** The second volume of it, as a `--set` argument. */
export const extra = `guests.${filled.id}.mp1={ storage: 'quickOS-lxc-disks', size: 4, mp: '/extra', backup: true }`;

export async function fill(twin: Twin, { id, data }: Subject): Promise<void> {
  for (const [path, text] of Object.entries(data)) {
    await twin.writeFile('/root/scratch', text);
    const argv = ['pct', 'push', String(id), '/root/scratch', path];
    assert.equal((await twin.run({ argv, deadline: 1 })).stderr, '');
  }
  await twin.removeFile('/root/scratch');
}

/** That these containers, and no others, may be made anew. */
export function recreating(id: number, ...more: readonly string[]): Partial<Terms> {
  const kinds = ['recreate', ...more];
  return { permits: (kind, name) => kinds.includes(kind) && name === `ctid:${id}` };
}

/**
 * The node without backups, which are called otherwise every time, and what is noted of such that are gone; and without the
 * order of keys, which means nothing.
 */
export function worldBesideBackups(twin: Twin): unknown {
  const { loops = [], mounts = [], ...state } = twin.state();
  const names = backupsIn(twin).map((path) => path.replace(/^.*\//, ''));
  for (const [path, file] of Object.entries(state.files)) {
    if (!path.startsWith('/var/lib/phx/safety/')) continue;
    const lines = file.text.split('\n');
    const stands = (line: string) => !line.startsWith('backup ') || names.some((name) => line.endsWith(name));
    file.text = lines.filter(stands).join('\n');
  }
  for (const path of Object.keys(state.files)) if (path.includes('/dump/')) delete state.files[path];
  for (const guest of Object.values(state.guests)) guest.conf = guest.conf.split('\n').sort().join('\n');
  const text = JSON.stringify(worldOf({ ...state, loops, mounts }));
  return JSON.parse(text.replace(/vzdump-(lxc|qemu)-(\d+)-[\d_-]+/g, 'vzdump-$1-$2'));
}

/** The backups that lie on the node. */
export function backupsIn(twin: Twin): string[] {
  return Object.keys(twin.state().files).filter((path) => /\/dump\/.*\.(tar|vma)\.zst$/.test(path));
}

export function incarnation(twin: Twin, { id }: Subject): string | undefined {
  const conf = twin.state().guests[String(id)]?.conf;
  return conf === undefined ? undefined : readMark(parseConf(conf).description, id)?.incarnation;
}

/** Nothing is noted any more. */
export function settled(twin: Twin, words: string): void {
  const notes = Object.keys(twin.state().files).filter((path) => path.startsWith('/var/lib/phx/recreate/'));
  assert.deepEqual(notes, [], words);
}

/** It stands and runs, its data is in it, each volume once; nothing is parked. */
export function whole(twin: Twin, { id, data }: Subject, words: string): void {
  const { guests, volumes } = twin.state();
  const guest = guests[String(id)];
  assert.ok(guest?.running, `lost: ${words}: it does not run`);
  for (const [path, text] of Object.entries(data))
    assert.equal(guest.tree.files[path]?.text, text, `lost: ${words}: ${path}`);
  const parked = Object.keys(guests).filter((one) => Number(one) >= 900_000_000);
  assert.deepEqual(parked, [], `lost: ${words}`);
  const own = Object.entries(volumes).flatMap(([volume, { owner }]) => (owner === id ? [volume] : []));
  const named = own.filter((volume) => guest.conf.includes(`${volume},`));
  const wanted = 1 + Object.keys(data).length;
  const told = `${words}: ${own.join(' ')} in\n${guest.conf}`;
  assert.ok(named.length >= wanted, `lost: ${told}`);
  assert.deepEqual([own.length, named.length], [wanted, wanted], `doubled: ${told}`);
  assert.ok(
    Object.values(volumes).every(({ owner }) => owner < 900_000_000),
    words,
  );
}
