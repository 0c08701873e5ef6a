/**
 * What the migration of containers and of VMs has in common: who may be asked, the log, volumes that are copied to another
 * node, the move of the conf. From documentation: the source of pve-guest-common, pve-container and qemu-server.
 */

import { storageType } from '../proxmox/storage-types.ts';
import { baseIdOf, ownName } from '../proxmox/volume-names.ts';
import { type Call, refuse, type Work } from './call.ts';
import { there } from './cluster-call.ts';
import { clusterOf } from './cluster-view.ts';
import { transferTime } from './latency.ts';
import { refuseParameters } from './options.ts';
import { checkQuorum } from './quorum.ts';
import type { Storage, Volume } from './state.ts';
import { writtenOn } from './storage/counting.ts';
import { enabledStorage, findStorage, isHere, isShared } from './storage/storages.ts';
import { free, makeVolume, parseVolumeId } from './storage/volumes.ts';

/** Where a guest goes. */
export interface Journey {
  readonly id: number;
  readonly target: string;
  /** Storage here → storage there; absent = the same one. */
  readonly storages: ReadonlyMap<string, string>;
}

/** What is refused before there is a task: no other node, no quorum, no such node. */
export function checkTarget({ state }: Call, target: string, usageLine: string): void {
  if (target === state.hardware.node)
    refuseParameters(new Map([['target', 'target is local node.']]), usageLine);
  checkQuorum(state);
  if (!clusterOf(state)?.members.some(({ name }) => name === target))
    refuse(`no such cluster node '${target}'`);
}

/** `a:b,c:d`, or one storage for all; `1` leaves each where it is. */
export function storageMap(text: string | undefined, storages: readonly Storage[]): Map<string, string> {
  const map = new Map<string, string>();
  for (const part of (text ?? '1').split(',')) {
    const [from = '', to] = part.split(':');
    if (to !== undefined) map.set(from, to);
    else if (from !== '1')
      for (const storage of storages) if (!map.has(storage.id)) map.set(storage.id, from);
  }
  return map;
}

/** A line of the log, with its time. */
export function log(call: Call, text: string): void {
  const time = new Date(call.now()).toISOString().replace('T', ' ').slice(0, 19);
  for (const line of text.trimEnd().split('\n')) call.out(`${time} ${line}\n`);
}

/** Refuses a target that does not answer, as the test of the connection does. */
export function checkConnection(call: Call, target: string): void {
  const cluster = clusterOf(call.state);
  const member = cluster?.members.find(({ name }) => name === target);
  if (member?.online) return;
  log(
    call,
    `# /usr/bin/ssh -e none -o 'BatchMode=yes' -o 'HostKeyAlias=${target}' root@${member?.address} /bin/true`,
  );
  log(call, `ssh: connect to host ${member?.address} port 22: No route to host`);
  refuse("Can't connect to destination address using public key");
}

/** The storage that a volume goes to; refuses one that is not there for both nodes. */
export function targetStorage(call: Call, { target, storages }: Journey, volid: string): Storage {
  const own = enabledStorage(call.state, parseVolumeId(volid).storage);
  const wanted = findStorage(call.state, isShared(own) ? own.id : (storages.get(own.id) ?? own.id));
  const nodes = wanted.options.nodes?.split(',');
  if (nodes && !nodes.includes(target)) refuse(`storage '${wanted.id}' is not available on node '${target}'`);
  if ((wanted.options.disable ?? '0') !== '0') refuse(`storage '${wanted.id}' is disabled`);
  return wanted;
}

/** Volumes of the guest on storages of this node alone, named by its conf or not. */
export function localVolumes({ state }: Call, id: number): string[] {
  return Object.entries(state.volumes)
    .filter(([, { owner, storage }]) => {
      const known = state.storages.find((one) => one.id === storage);
      return owner === id && known !== undefined && !isShared(known) && isHere(state, known);
    })
    .map(([volid]) => volid)
    .sort();
}

/** Why a volume on a storage of this node cannot go to another one; undefined when it can. */
export function obstacle(
  call: Call,
  journey: Journey,
  volid: string,
  inSnapshot: boolean,
): string | undefined {
  const volume = call.state.volumes[volid];
  if (!volume) return `volume '${volid}' does not exist`;
  const own = findStorage(call.state, volume.storage);
  const family = storageType(own.type)?.family;
  const keepsSnapshots = family === 'dataset' || family === 'subvolume' || volume.format === 'qcow2';
  if (inSnapshot && !keepsSnapshots) return 'non-migratable snapshot exists';
  if (family === undefined || family === 'object' || family === 'elsewhere')
    return `storage type '${own.type}' not supported`;
  const base = baseIdOf(volid);
  if (base !== undefined) return `clone of '${parseVolumeId(base).name}'`;
  const wanted = targetStorage(call, journey, volid);
  const bound = volume.snapshots.length > 0 || (volume.format === 'subvol' && family === 'dataset');
  if (storageType(wanted.type)?.family !== family && bound)
    return `cannot migrate from storage type '${own.type}' to '${wanted.type}'`;
  return undefined;
}

/**
 * Copies a volume to the other node. It is there from the beginning: who kills the worker in between leaves a part of it.
 * Returns its id there; another one where that name is taken.
 */
export function* copyAcross(call: Call, journey: Journey, volid: string): Generator<number, string, void> {
  const storage = targetStorage(call, journey, volid);
  const { [volid]: volume = noVolume } = call.state.volumes;
  const disk = ownName(parseVolumeId(volid).name)
    .replace(/^.*\//, '')
    .replace(/\.(raw|qcow2|vmdk|subvol)$/, '');
  const { format, owner, size } = volume;
  const same = storageType(storage.type)?.formats[format] !== undefined;
  const state = there(call, journey.target).state;
  const taken = Object.keys(state.volumes).some(
    (one) => one.startsWith(`${storage.id}:`) && one.includes(disk),
  );
  const made = makeVolume({ ...call, state, out: () => {}, err: () => {} }, storage, owner, {
    size,
    format: same ? format : 'raw',
    written: 0,
    ...(taken ? {} : { disk }),
  });
  const bytes = writtenOn(volume);
  yield transferTime(bytes);
  const now = there(call, journey.target).state;
  const copy = now.volumes[made];
  const { storage: _, base: __, whole: ___, written: ____, ...content } = volume;
  if (copy) now.volumes[made] = { ...copy, ...structuredClone(content), format: copy.format, written: bytes };
  log(call, `successfully imported '${made}'`);
  return made;
}

const noVolume: Volume = { storage: '', owner: 0, format: 'raw', size: 0, snapshots: [] };

/** Gives the guest to the other node, as the move of its conf does. */
export function handOver(call: Call, { id, target }: Journey): void {
  const guest = call.state.guests[id];
  if (!guest) refuse(`Configuration file of ${id} does not exist`);
  const { state } = there(call, target);
  delete call.state.guests[id];
  state.guests[id] = guest;
}

/** Takes away what was copied. */
export function freeLocal(call: Call, volids: readonly string[]): void {
  for (const volid of volids) if (call.state.volumes[volid]) free(call.state, volid);
}

/** What every migration ends with when something went wrong. */
export function* abortable(call: Call, work: Work): Work {
  const began = call.now();
  const duration = () => {
    const seconds = Math.round((call.now() - began) / 1000);
    const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    return parts.map((part) => String(part).padStart(2, '0')).join(':');
  };
  try {
    yield* work;
  } catch (error) {
    const why = error instanceof Error ? error.message.trimEnd() : '';
    log(call, `ERROR: migration aborted (duration ${duration()}): ${why || 'interrupted by signal'}`);
    refuse('migration aborted');
  }
  log(call, `migration finished successfully (duration ${duration()})`);
}
