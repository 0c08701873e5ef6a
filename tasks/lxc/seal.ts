/** Step `snapshot:<name>`: what clones are made from, taken after health and named by the lineage that it holds. */

import type { Container } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { PhxError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { pct } from '../../src/proxmox/pct.ts';
import { layersOf, lineageDigest } from '../guest/lineage.ts';
import { stepOf, targetOf } from '../guest/names.ts';
import { confOf, LXCContainer } from './container.ts';
import { leave } from './lease.ts';
import { clearLeftLock } from './leftover.ts';
import { isSafetyPoint } from './safety-snapshot.ts';

export function sealTask(ct: Container): PhxTask {
  const name = ct.snapshot ?? '';
  const layers = [...ct.layers.map((layer) => `feature:${layer.name}`), ...(ct.app ? ['app'] : [])];
  const before = ct.health ? 'health' : (layers.at(-1) ?? 'network');
  return {
    id: stepOf(ct, `snapshot:${name}`),
    target: targetOf(ct),
    title: `seal ${ct.id} as ${name}`,
    revision: '1',
    config: { name, state: ct.state },
    dependencies: [
      { task: stepOf(ct, 'define'), kind: 'result' },
      ...layers.map((layer) => ({ task: stepOf(ct, layer), kind: 'result' as const })),
      { task: stepOf(ct, 'volumes'), kind: 'order' },
      { task: stepOf(ct, before), kind: 'order' },
      { task: stepOf(ct, 'leftovers'), kind: 'order' },
      ...(ct.clone ? [{ task: stepOf(ct, 'identity'), kind: 'order' } as const] : []),
    ],
    outputs: { snapshot: (facts) => newestSeal(facts, ct.id, name) },
    pools: [`guest:${ct.id}`],
    touches: [`guest:${ct.id}`],
    run: async (context) => {
      await seal(ct, context);
      return undefined;
    },
  };
}

/** Our latest seal of a container by its name in the configuration: `sealed` is kept as `sealed-3f2a91`. */
export function newestSeal(facts: Facts, id: number, name: string): string | undefined {
  return sealsOf(facts, id, name).at(-1)?.name;
}

interface Seal {
  readonly name: string;
  /** Epoch seconds. */
  readonly time: number;
}

function sealsOf(facts: Facts, id: number, name: string): Seal[] {
  const guest = facts.guests.get(id);
  if (!guest) return [];
  const ours = [...confOf(guest).snapshots].filter(
    ([snapshot, { keys }]) => isSeal(snapshot, name) && !keys.has('snapstate'),
  );
  const seals = ours.map(([snapshot, { keys }]) => ({
    name: snapshot,
    time: Number(keys.get('snaptime') ?? 0),
  }));
  return seals.sort((a, b) => a.time - b.time || (a.name < b.name ? -1 : 1));
}

function isSeal(snapshot: string, name: string): boolean {
  return snapshot.startsWith(`${name}-`) && /^[0-9a-f]{6}$/.test(snapshot.slice(name.length + 1));
}

/** Takes the new seal, proves that it is there, and only then lets go of the ones before it. */
async function seal(ct: Container, context: TaskContext<Facts>): Promise<void> {
  const name = String(context.config.name);
  const container = new LXCContainer(ct.id, context);
  await clearLeftLock(ct.id, context);
  if (context.config.state === 'stopped') await leave(ct.id, context);
  const wanted = `${name}-${lineageDigest(layersOf(ct, context.stamp))}`;
  const present = () => sealsOf(context.facts(), ct.id, name).map((found) => found.name);
  if (!present().includes(wanted)) {
    // One that was being taken when a run was interrupted.
    if (container.conf.snapshots.has(wanted)) await context.run(pct.deleteSnapshot(ct.id, wanted));
    await context.run(pct.snapshot(ct.id, wanted, `phx: ${name} of ctid:${ct.id}`), {
      deadline: 10 * 60_000,
      detached: true,
    });
    await container.look();
    if (!present().includes(wanted)) {
      throw new PhxError('failed', { title: `pct said that it took ${wanted}, but it is not there` });
    }
  }
  await dropFormer(ct.id, wanted, present(), container, context);
}

/** Former seals go; one that somebody took a later snapshot on stays, and is named. */
async function dropFormer(
  id: number,
  wanted: string,
  present: readonly string[],
  container: LXCContainer,
  context: TaskContext<Facts>,
): Promise<void> {
  for (const former of present.filter((seal) => seal !== wanted)) {
    const later = [...container.conf.snapshots].find(
      ([snapshot, section]) =>
        section.keys.get('parent') === former &&
        !present.includes(snapshot) &&
        !isSafetyPoint(snapshot, section),
    );
    if (later) context.log(`${former} is kept: the snapshot ${later[0]} was taken after it`);
    else await context.run(pct.deleteSnapshot(id, former), { deadline: 10 * 60_000 });
  }
}
