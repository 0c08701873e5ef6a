/** Pools, datasets and storages of the old hypervisor file. */

import { pattern, storageId } from '../config/schema/scalar.ts';
import { datasetProperties } from '../config/schema/zfs-properties.ts';
import type { Json } from '../core/json.ts';
import { isObject, type Old } from './ledger.ts';
import { anyText, move, read, text, whole } from './values.ts';
import type { Work } from './work.ts';

const poolName = text(pattern(/^[A-Za-z][\w.:-]*$/, ''), 'the name of a pool');
const datasetName = text(pattern(/^[A-Za-z0-9][\w.:/-]*$/, ''), 'the name of a dataset');
const contents = ['images', 'rootdir', 'vztmpl', 'iso', 'backup', 'snippets', 'import'];

/** Says of all that nothing was said of yet that it is dropped. */
export function dropAll(old: Old | undefined, why: string): void {
  for (const leaf of old?.leaves() ?? []) if (!leaf.isSettled) leaf.drop(why);
}

/** `zfs.pools` and the limit of the cache. */
export function pools(work: Work, old: Old | undefined): void {
  const { hypervisor } = work;
  move(old?.at('arc_max_gb'), hypervisor, ['zfs', 'arcMax'], whole(1));
  old?.at('settings')?.drop('disks with something on them are wiped only by phx run --wipe-disk <disk>');
  for (const pool of old?.at('pools')?.items() ?? []) {
    const name = read<string>(pool.at('name'), poolName);
    const disks = (pool.at('disks')?.items() ?? []).filter((disk) => {
      const isStable = typeof disk.value === 'string' && /^\/dev\/disk\/by-id\/\S+$/.test(disk.value);
      if (!isStable) disk.drop('a disk is named below /dev/disk/by-id: other names change between boots');
      return isStable;
    });
    if (name === undefined || disks.length === 0) {
      dropAll(pool, 'a pool has a name and disks');
      continue;
    }
    const place = ['zfs', 'pools', name];
    pool.at('name')?.carry(hypervisor.at(place));
    const raid = raidOf(String(pool.at('raid_level')?.value ?? 'stripe'), disks.length);
    const set = hypervisor.set([...place, 'raid'], raid);
    if (pool.at('raid_level') === undefined)
      work.ledger.add(set, 'the old step made a plain stripe of any other layout');
    else if (pool.at('raid_level')?.value === raid) pool.at('raid_level')?.carry(set);
    else
      pool
        .at('raid_level')
        ?.repair(set, 'the old step made a plain stripe of any layout that it did not know');
    const target = hypervisor.set(
      [...place, 'disks'],
      disks.map((disk) => disk.value),
    );
    for (const disk of disks) disk.carry(target);
    work.add(
      hypervisor,
      [...place, 'ashift'],
      12,
      'the old step left it to the disks, which often say 512 bytes and mean 4096',
    );
  }
}

/** What the old step made of a layout. */
function raidOf(level: string, disks: number): string {
  const word = level
    .trim()
    .toLowerCase()
    .replace(/^raidz$/, 'raidz1');
  const least: Readonly<Record<string, number>> = { mirror: 2, raidz1: 2, raidz2: 3, raidz3: 4 };
  if (disks >= (least[word] ?? Number.POSITIVE_INFINITY)) return word;
  return disks === 1 ? 'single' : 'stripe';
}

/** `zfs.datasets`, each with the storage that the old step made of it. */
export function datasets(work: Work, zfs: Old | undefined, ids: Old | undefined): void {
  const list = zfs?.at('datasets')?.items() ?? [];
  for (const old of list) {
    const name = read<string>(old.at('name'), datasetName);
    const pool = read<string>(old.at('pool'), poolName);
    if (name === undefined || pool === undefined || !work.hypervisor.has(['zfs', 'pools', pool])) {
      dropAll(old, pool === undefined ? 'a dataset has a name and a pool' : `there is no pool ${pool}`);
      continue;
    }
    const twin = twinOf(old, name, pool, list);
    if (twin !== undefined) {
      dropAll(old, `it doubles ${pool}/${twin}, whose storage is called ${name} already`);
      continue;
    }
    dataset(work, old, `${pool}/${name}`);
    storage(work, old, pool, name, ids);
    old.at('storage_class')?.drop('nothing in the old system ever read it');
  }
  storageIds(work, ids);
}

/** A dataset that is called like the storage of another one, and says the same: made by a mistake. */
function twinOf(old: Old, name: string, pool: string, list: readonly Old[]): string | undefined {
  const other = name.startsWith(`${pool}-`) ? name.slice(pool.length + 1) : undefined;
  const same = list.find((one) => one.at('name')?.value === other && one.at('pool')?.value === pool);
  return same?.at('properties')?.value === old.at('properties')?.value && same !== undefined
    ? other
    : undefined;
}

function dataset(work: Work, old: Old, full: string): void {
  const { hypervisor } = work;
  const place = ['zfs', 'datasets', full];
  const properties: Record<string, Json> = {};
  const odd: string[] = [];
  const said = old.at('properties');
  const pairs = isObject(said?.value)
    ? Object.entries(said.value).map(([key, value]) => [key, String(value)])
    : String(said?.value ?? '')
        .split(',')
        .map((pair) => pair.split('='));
  for (const [key = '', value = ''] of pairs.map((pair) => pair.map((word) => word.trim()))) {
    if (key === '' && value === '') continue;
    if (datasetProperties.safeParse({ [key]: value }).success) properties[key] = value;
    else odd.push(`${key}=${value}`);
  }
  const target = hypervisor.set(place, properties);
  for (const key of ['name', 'pool']) old.at(key)?.carry(target);
  if (said === undefined) return;
  if (odd.length === 0) said.repair(target, 'one text became a value for each property');
  else said.doubt(target, `phx sets no such property, or not to this value: ${odd.join(', ')}`);
}

/** The storage that the old step made of a dataset. */
function storage(work: Work, old: Old, pool: string, name: string, ids: Old | undefined): void {
  const { hypervisor } = work;
  const type = old.at('proxmox_storage_type');
  const content = old.at('proxmox_content_type');
  if (type === undefined || !['zfspool', 'dir'].includes(String(type.value))) {
    type?.drop("a storage is of type 'zfspool' or 'dir'");
    content?.drop('content of a storage that is none');
    return;
  }
  const rule = ids?.at(`${pool}_${name.replaceAll('-', '_')}`);
  const asked = rule?.value;
  const fallback = `${pool}-${name}`.replaceAll(':', '-').replaceAll('/', '-');
  const id = storageId.safeParse(asked).success ? String(asked) : fallback;
  const place = ['storage', id];
  const words = String(content?.value ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  const good = words.filter((word) => contents.includes(word));
  const wanted = good.length > 0 ? good : type.value === 'dir' ? ['iso'] : ['images', 'rootdir'];
  const definition =
    type.value === 'dir'
      ? { type: 'dir', path: `/${pool}/${name}`, content: wanted }
      : { type: 'zfspool', pool: `${pool}/${name}`, content: wanted };
  const target = hypervisor.set(place, definition);
  type.carry(target);
  if (id === asked) rule?.carry(target);
  if (content === undefined)
    work.ledger.guess(hypervisor.at([...place, 'content']), 'the old file does not say what it takes');
  else if (good.length < words.length || good.length === 0)
    content.doubt(hypervisor.at([...place, 'content']), `Proxmox knows no such content: ${content.value}`);
  else content.repair(hypervisor.at([...place, 'content']), 'one text became a list');
}

/** Names that the lookup rule of the old step never found. They worked where the name by default is the same. */
function storageIds(work: Work, ids: Old | undefined): void {
  for (const [, old] of ids?.each() ?? []) {
    if (old.isSettled) continue;
    const id = read<string>(old, anyText);
    if (id === undefined) continue;
    if (work.hypervisor.has(['storage', id]))
      old.carry(
        work.hypervisor.at(['storage', id]),
        'the old step never looked under this name; the storage is called so anyway',
      );
    else old.drop(`there is no dataset for a storage ${id}`);
  }
}
