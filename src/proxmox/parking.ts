/**
 * The parking conf: a container conf of phx's own that holds the data volumes of a container while that one is gone, and
 * nothing else. Proxmox can neither start nor clone it. Pure parse and print; it runs nothing.
 *
 * Its root is a directory that there is not: without any root Proxmox moves a volume and then says that it failed (from
 * the source of pve-container). It is protected, so that nobody destroys it by mistake; only while volumes move in it is
 * not, since Proxmox asks for the protection after it has renamed the volume.
 */

import { emptyConf, parseConf, parseProperties, printConf } from './conf.ts';
import type { Facts } from './facts.ts';

const offset = 900_000_000;
const highestId = 999_999_999;
const noRoot = '/nonexistent';

/** A volume on its way, written down before it moves: a worker that is killed may leave it where no conf names it. */
export interface Move {
  readonly to: 'parking' | 'guest';
  /** The key that it leaves, and the one that it gets. */
  readonly from: string;
  readonly key: string;
  /** As it stands under the key that it leaves. */
  readonly value: string;
}

export interface Parking {
  readonly id: number;
  readonly project: string;
  /** The container whose volumes these are. */
  readonly of: number;
  /** `mpN` and `unusedN` with their values. */
  readonly volumes: ReadonlyMap<string, string>;
  readonly move?: Move;
}

/** The id under which volumes of a container are parked; undefined where it would be no legal one. */
export function parkingId(id: number): number | undefined {
  const parking = offset + id;
  return parking > highestId || id >= offset ? undefined : parking;
}

export function parkingFile(parking: number): string {
  return `/etc/pve/lxc/${parking}.conf`;
}

/** A key that holds data beside the root. */
export function isDataKey(key: string): boolean {
  return /^(mp|unused)\d+$/.test(key);
}

/** The volume of a value such as `bulk:subvol-950-disk-1,mp=/data,size=100G`; a directory of the node is none. */
export function volumeOf(value: string): string | undefined {
  const volume = parseProperties(value, 'volume').get('volume') ?? '';
  return volume === '' || volume.startsWith('/') ? undefined : volume;
}

export function storageOf(volume: string): string {
  return volume.replace(/:.*$/, '');
}

/** The data volumes that a live section names: `mpN` on a storage, and `unusedN`. */
export function dataVolumes(keys: ReadonlyMap<string, string>): Map<string, string> {
  const found = [...keys].filter(([key, value]) => isDataKey(key) && volumeOf(value) !== undefined);
  return new Map(found.sort(([a], [b]) => rank(a) - rank(b)));
}

/** mp0, mp1 …, then unused0 … */
function rank(key: string): number {
  return Number(key.replace(/\D+/, '')) + (key.startsWith('mp') ? 0 : 1000);
}

/** What is parked of a container, if the conf there is one of ours. */
export function parkingOf(facts: Facts, id: number): Parking | undefined {
  const parking = parkingId(id);
  const found = parking === undefined ? undefined : facts.guests.get(parking);
  return found?.kind === 'ct' ? readParking(found.id, found.conf) : undefined;
}

/** Everything that is parked on a node. */
export function parkings(facts: Facts): Parking[] {
  return [...facts.guests.values()].flatMap((guest) => {
    const found = guest.kind === 'ct' ? readParking(guest.id, guest.conf) : undefined;
    return found ? [found] : [];
  });
}

export function readParking(id: number, text: string): Parking | undefined {
  const conf = parseConf(text);
  const lines = conf.description.split('\n');
  const mark = /^phx: project=(\S+) kind=parking vmid=(\d+) of=(\d+)$/.exec(lines[0] ?? '');
  const of = Number(mark?.[3]);
  if (!mark || Number(mark[2]) !== id || parkingId(of) !== id) return undefined;
  const move = lines.flatMap((line) => {
    const found = /^moves to (parking|guest): (\S+) (\S+) (.+)$/.exec(line);
    if (!found) return [];
    const [, to, from = '', key = '', value = ''] = found;
    return [{ to: to === 'guest' ? 'guest' : 'parking', from, key, value } as const];
  })[0];
  const volumes = dataVolumes(conf.keys);
  return { id, project: mark[1] ?? '', of, volumes, ...(move ? { move } : {}) };
}

export function printParking({ id, project, of, volumes, move }: Parking): string {
  const lines = [
    `phx: project=${project} kind=parking vmid=${id} of=${of}`,
    `Data volumes of container ${of}, kept by phx. They go back to it when it is built: phx run ctid:${of}`,
    ...(move ? [`moves to ${move.to}: ${move.from} ${move.key} ${move.value}`] : []),
  ];
  const open = move?.to === 'parking' && move.key.startsWith('mp');
  return printConf({
    ...emptyConf(),
    description: `${lines.join('\n')}\n`,
    keys: new Map([
      ['arch', 'amd64'],
      ['hostname', `parked-${of}`],
      ['ostype', 'unmanaged'],
      ...(open ? [] : ([['protection', '1']] as const)),
      ['rootfs', noRoot],
      ...volumes,
    ]),
  });
}

/** `/data (bulk:subvol-900000950-disk-0, 100G)`. */
export function parkedWords(key: string, value: string): string {
  const properties = parseProperties(value, 'volume');
  const size = properties.get('size');
  return `${properties.get('mp') ?? key} (${properties.get('volume')}${size ? `, ${size}` : ''})`;
}
