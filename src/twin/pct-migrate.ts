/** `pct migrate`: to another node, running ones by a restart. From documentation: the source of pve-container. */

import { type Call, refuse, type Work } from './call.ts';
import { there } from './cluster-call.ts';
import {
  checkLock,
  findGuest,
  type Guest,
  isOn,
  loadGuest,
  type Mount,
  mountsOf,
  parseMount,
  printMount,
  save,
} from './guests.ts';
import { workTime } from './latency.ts';
import {
  abortable,
  checkConnection,
  checkTarget,
  copyAcross,
  freeLocal,
  handOver,
  type Journey,
  localVolumes,
  log,
  obstacle,
  storageMap,
  targetStorage,
} from './migrate.ts';
import { type Given, usage } from './options.ts';
import { pctVerb } from './pct-options.ts';
import { beforeHalt, halt, startGuest } from './pct-power.ts';
import { contentOf, isShared } from './storage/storages.ts';

function usageLine({ state }: Call): string {
  const spec = pctVerb(state.packages, 'migrate') ?? { args: {}, options: {} };
  return usage('pct', 'migrate', spec);
}

/** What is refused before there is a task; `line` is the usage of who asked. */
export function checkPctMigrate(call: Call, { values }: Given, line = usageLine(call)): void {
  checkTarget(call, values.get('target') ?? '', line);
  const { state } = loadGuest(call, values.get('vmid') ?? '');
  if (state.running && values.get('online') !== '1' && values.get('restart') !== '1')
    refuse("can't migrate running container without --online or --restart");
}

export function pctMigrate(call: Call, given: Given): Work {
  checkPctMigrate(call, given);
  return abortable(call, migrate(call, given));
}

function* migrate(call: Call, { values }: Given): Work {
  const journey: Journey = {
    id: Number(values.get('vmid')),
    target: values.get('target') ?? '',
    storages: storageMap(values.get('target-storage'), call.state.storages),
  };
  const { id, target } = journey;
  // The connection is tried.
  yield workTime('ssh');
  const guest = loadGuest(call, id);
  const wasRunning = guest.state.running !== undefined;
  checkLock(guest);
  if (wasRunning && values.get('online') === '1') refuse('lxc live migration is currently not implemented');
  if (wasRunning && values.get('restart') !== '1')
    refuse('running container can only be migrated in restart mode');
  for (const mount of mountsOf(guest.conf)) checkMount(call, journey, mount);
  checkConnection(call, target);
  if (wasRunning) {
    log(call, `shutdown CT ${id}`);
    beforeHalt(call, id);
    yield workTime('pct shutdown');
    halt(call, id);
  }
  log(call, `starting migration of CT ${id} to node '${target}' (${addressOf(call, target)})`);
  lock(call, id, true);
  const copied: string[] = [];
  try {
    const volids = localVolumes(call, id);
    checkVolumes(call, journey, volids);
    const fresh = new Map<string, string>();
    for (const volid of volids) {
      copied.push(volid);
      fresh.set(volid, yield* copyAcross(call, journey, volid));
    }
    rename(loadGuest(call, id), fresh);
    handOver(call, journey);
  } catch (error) {
    log(call, `ERROR: ${error instanceof Error ? error.message : ''}`);
    log(call, 'aborting phase 1 - cleanup resources');
    for (const volid of copied) log(call, `ERROR: found stale volume copy '${volid}' on node '${target}'`);
    log(call, 'start final cleanup');
    lock(call, id, false);
    if (wasRunning) {
      log(call, 'start container on source node');
      yield* startGuest(call, id, true);
    }
    throw error;
  }
  yield workTime('ssh');
  freeLocal(call, copied);
  log(call, 'start final cleanup');
  lock(there(call, target), id, false);
  if (!wasRunning) return;
  log(call, 'start container on target node');
  log(
    call,
    `# /usr/bin/ssh -e none -o 'BatchMode=yes' -o 'HostKeyAlias=${target}' root@${addressOf(call, target)} pct start ${id}`,
  );
  yield* startGuest(there(call, target), id, false);
}

/** Directories and devices of this node stay here, unless the other has them, too. */
function checkMount(call: Call, journey: Journey, { key, kind, properties, source }: Mount): void {
  if (kind !== 'volume') {
    if (!isOn(properties.get('shared'))) refuse(`cannot migrate local ${kind} mount point '${key}'`);
    return;
  }
  const wanted = targetStorage(call, journey, source);
  if (!contentOf(wanted).includes('rootdir'))
    refuse(`content type 'rootdir' is not available on storage '${wanted.id}'`);
}

function checkVolumes(call: Call, journey: Journey, volids: readonly string[]): void {
  const { conf } = loadGuest(call, journey.id);
  const inConf = new Set(mountsOf(conf).map(({ source }) => source));
  const inSnapshots = new Set(
    [...conf.snapshots.values()].flatMap((section) => mountsOf(section).map(({ source }) => source)),
  );
  let abort = false;
  for (const mount of mountsOf(conf)) {
    if (mount.kind !== 'volume')
      log(call, `ignoring shared '${mount.kind}' mount point '${mount.key}' ('${mount.source}')`);
    else if (!volids.includes(mount.source) && isShared(targetStorage(call, journey, mount.source)))
      log(
        call,
        `volume '${mount.source}' is on shared storage '${targetStorage(call, journey, mount.source).id}'`,
      );
  }
  for (const volid of volids) {
    const where = inConf.has(volid)
      ? 'in current VM config'
      : inSnapshots.has(volid)
        ? 'referenced by snapshot(s)'
        : 'via storage';
    log(call, `found local volume '${volid}' (${where})`);
  }
  for (const volid of volids) {
    const why = obstacle(call, journey, volid, inSnapshots.has(volid));
    if (why === undefined) continue;
    log(call, `can't migrate local volume '${volid}': ${why}`);
    abort = true;
  }
  if (abort) refuse("can't migrate CT - check log");
}

/** The conf, and its snapshots, name the volumes as they are called there. */
function rename(guest: Guest, fresh: ReadonlyMap<string, string>): void {
  for (const { keys } of [guest.conf, ...guest.conf.snapshots.values()])
    for (const [key, value] of keys) {
      if (!/^(rootfs|mp\d+|unused\d+)$/.test(key)) continue;
      const mount = parseMount(key, value);
      const volid = fresh.get(mount.source);
      if (volid === undefined || volid === mount.source) continue;
      mount.properties.set('volume', volid);
      keys.set(key, /^unused/.test(key) ? volid : printMount(mount));
    }
  save(guest);
}

function lock(call: Call, id: number, on: boolean): void {
  const guest = findGuest(call, id, () => {});
  if (!guest) return;
  if (on) guest.conf.keys.set('lock', 'migrate');
  else if (guest.conf.keys.get('lock') === 'migrate') guest.conf.keys.delete('lock');
  save(guest);
}

function addressOf(call: Call, target: string): string {
  return there(call, target).state.hardware.address.replace(/\/.*$/, '');
}
