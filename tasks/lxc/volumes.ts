/** Step `volumes`: the root has its size, each mount its volume; allocated once, recognised afterwards, only grown. */

import type { Container, Fleet, Mount } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { Json } from '../../src/core/json.ts';
import type { Assessment, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { parkedWords, parkingOf } from '../../src/proxmox/parking.ts';
import { stepOf, storageEdges, targetOf } from '../guest/names.ts';
import { restarts, waiting, waitsWords } from '../guest/restart.ts';
import { tooOld } from '../guest/too-old.ts';
import { Drives, protectionOf } from './drives.ts';
import { describe, type Mounted, volumesOf, wantedOptions } from './mounts.ts';
import { newMountKeys } from './needs.ts';
import { ParkedVolumes } from './parked-volumes.ts';
import { noteIn, noteReturned } from './recreate-note.ts';
import { keepSource, makersOf, type Source, sourceProbe, sourceScope, sourcesOf } from './sources.ts';
import { flag } from './wanted.ts';

export function volumesTask(ct: Container, { hypervisor }: Fleet, project: string): PhxTask {
  const mounts = Object.values(ct.mounts);
  const storages = [...new Set(mounts.flatMap(({ storage }) => (storage ? [storage] : [])))];
  const paths = mounts.map(({ mp }) => mp);
  const beneath = new Set(mounts.flatMap(({ source }) => (source ? makersOf(source, hypervisor) : [])));
  const sources = sourcesOf(ct, hypervisor);
  // A root of a size that no file can say, for one.
  const leavesRoot = ct.ignore.includes('rootfs');
  const options = leavesRoot ? '' : wantedOptions(ct.rootfs);
  const protection = ct.ignore.includes('protection') ? undefined : flag(ct.protection);
  return {
    id: stepOf(ct, 'volumes'),
    target: targetOf(ct),
    title: `volumes of ${ct.id}`,
    revision: '2',
    config: {
      ...(leavesRoot ? {} : { rootfs: ct.rootfs.size }),
      ...(options === '' ? {} : { 'rootfs options': options }),
      ...(Object.keys(sources).length > 0 ? { sources: sources as unknown as Json } : {}),
      ...(protection === undefined ? {} : { protection }),
      ...(ct.mounts as unknown as Record<string, Json>),
    },
    dependencies: [
      { task: stepOf(ct, 'define'), kind: 'result' },
      { task: stepOf(ct, 'configure'), kind: 'order' },
      ...storageEdges(storages, hypervisor),
      ...[...beneath].map((task) => ({ task, kind: 'order' as const })),
    ],
    outputs: {
      ...(leavesRoot ? {} : { rootfs: (facts) => describeRoot(volumesOf(facts, ct.id).get('/')) }),
      ...Object.fromEntries(
        paths.map((mp) => [mp, (facts: Facts) => describe(volumesOf(facts, ct.id).get(mp))]),
      ),
      ...Object.fromEntries(
        Object.entries(sources).map(([path, source]) => [`node:${path}`, sourceProbe(path, source)]),
      ),
      ...(protection === undefined ? {} : { protection: (facts) => protectionOf(facts, ct.id) }),
    },
    assess: ({ facts }) => tooOld(ct, newMountKeys(ct), facts) ?? parkedStill(ct, project, facts),
    drift: ct.drift,
    pools: [`guest:${ct.id}`, ...storages.map((storage) => `storage:${storage}`)],
    touches: [`guest:${ct.id}`, ...Object.keys(sources).map(sourceScope)],
    run: async (context) => {
      const { config } = context;
      const volumes = new Drives(ct.id, context);
      const wanted = protection === undefined ? undefined : String(config.protection);
      const former = context.stamp(context.task)?.outputs.protection !== undefined;
      if (wanted === '0' || (wanted === undefined && former && !ct.ignore.includes('protection')))
        await volumes.unprotect(wanted);
      await bringBack(ct.id, project, context);
      const made =
        Object.keys(sources).length > 0 ? (config.sources as unknown as Record<string, Source>) : {};
      for (const [path, source] of Object.entries(made)) await keepSource(path, source, context);
      if (!leavesRoot) {
        await volumes.growTo('/', Number(config.rootfs));
        await volumes.keepOptions('/', options === '' ? '' : String(config['rootfs options']));
      }
      for (const key of Object.keys(ct.mounts))
        await volumes.mount(key, config[key] as unknown as Mount, paths);
      await volumes.detachFormer(paths);
      if (wanted === '1')
        await volumes.set({ protection: '1' }, [], protectionOf(context.facts(), ct.id) !== '1');
      const names = restarts(ct, context) || ct.state === 'stopped' ? [] : drivesIn(ct, context);
      if (names.length > 0) context.log(waitsWords(ct, names));
      return undefined;
    },
  };
}

/** What is parked of it belongs to it, whatever the records say. */
function parkedStill(ct: Container, project: string, facts: Facts): Assessment | undefined {
  const parking = facts.guests.has(ct.id) ? parkingOf(facts, ct.id) : undefined;
  if (parking?.project !== project) return undefined;
  const words = [...parking.volumes].map(([key, value]) => parkedWords(key, value)).join(', ');
  return { verdict: 'stale', because: [{ why: 'changed', key: 'parked', to: words || 'nothing' }] };
}

/** Never an empty volume where a parked one exists: first all of them come back, as they were, then they are converged. */
async function bringBack(id: number, project: string, context: TaskContext<Facts>): Promise<void> {
  await new ParkedVolumes(id, project, context).bringBack();
  const note = noteIn(context.facts(), id);
  if (note?.stage === 'make') await noteReturned(id, note, context);
}

/** A number, as long as there is nothing but the size to tell. */
function describeRoot(root: Mounted | undefined): Json | undefined {
  if (!root) return undefined;
  return root.options === '' ? root.size : `${root.size}G ${root.options}`;
}

function drivesIn(ct: Container, context: TaskContext<Facts>): string[] {
  const names = waiting(ct, context.facts(), () => undefined);
  return names.filter((name) => /^(rootfs|mp\d+)$/.test(name));
}
