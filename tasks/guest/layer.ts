/** Steps `feature:<name>` and `app`: a rendered script is applied inside the guest, proved, and remembered there. */

import type { Fleet, Guest } from '../../src/config/fleet.ts';
import type { PhxTask, Rendered } from '../../src/config/project.ts';
import type { Dependency, TaskContext } from '../../src/core/task.ts';
import { unseen } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { layersKnown } from '../../src/proxmox/inside-note.ts';
import { confOf } from './conf.ts';
import { applyLayer, type Inside } from './inside.ts';
import { insideScopes, isKnownInside } from './inside-note.ts';
import { doors, stepOf, targetOf } from './names.ts';
import { neighboursAt } from './neighbours.ts';
import type { Safety } from './safety.ts';

/** How a step gets into its guest. */
export type Enter = (context: TaskContext<Facts>) => Promise<Inside>;

/** How a step works in its guest: the way in, and the way back. */
export interface Workshop {
  readonly enter: Enter;
  readonly safety: Safety;
}

export function featureTask(
  guest: Guest,
  fleet: Fleet,
  at: number,
  rendered: Rendered,
  shop: Workshop,
): PhxTask {
  const name = guest.layers[at]?.name ?? '';
  const before = guest.layers[at - 1];
  const required = guest.layers.slice(0, at).filter((layer) => rendered.requires.includes(layer.name));
  return layerTask(guest, `feature:${name}`, `feature:${name}`, rendered, shop, [
    ...required.map((layer) => result(stepOf(guest, `feature:${layer.name}`))),
    ...(before ? [order(stepOf(guest, `feature:${before.name}`))] : entrance(guest, fleet)),
  ]);
}

export function appTask(guest: Guest, fleet: Fleet, rendered: Rendered, shop: Workshop): PhxTask {
  const required = guest.layers.filter((layer) => rendered.requires.includes(layer.name));
  const last = guest.layers.at(-1);
  return layerTask(guest, 'app', `app:${guest.app?.name ?? ''}`, rendered, shop, [
    ...required.map((layer) => result(stepOf(guest, `feature:${layer.name}`))),
    ...(last ? [order(stepOf(guest, `feature:${last.name}`))] : entrance(guest, fleet)),
  ]);
}

function layerTask(
  guest: Guest,
  step: string,
  layer: string,
  rendered: Rendered,
  { enter, safety }: Workshop,
  dependencies: readonly Dependency<Facts>[],
): PhxTask {
  return {
    id: stepOf(guest, step),
    target: targetOf(guest),
    title: `${layer} in ${guest.id}`,
    revision: '3',
    config: {
      provides: rendered.provides.map(({ kind, name }) => `${kind} ${name}`),
      verify: rendered.verify,
    },
    texts: {
      script: rendered.body,
      ...(rendered.uninstall === undefined ? {} : { uninstall: rendered.uninstall }),
    },
    dependencies: [result(stepOf(guest, 'define')), ...dependencies, ...safety.rests.map(order)],
    outputs: {
      layer: layerProbe(guest.id, layer),
      ...(guest.kind === 'vm' ? { generation: generationOf(guest.id) } : {}),
    },
    markers: ['layer', 'generation'],
    assess: (view) => safety.blocked(layer, view),
    pools: [`guest:${guest.id}`, `apt:${guest.id}`],
    touches: [`guest:${guest.id}`, safety.scope, ...insideScopes(guest)],
    recover: (context) => safety.layerFailed(context),
    run: async (context) => {
      const script = {
        layer: { name: layer, digest: rendered.digest, origin: guest.id },
        provides: rendered.provides,
        body: context.texts.script ?? '',
        ...(rendered.uninstall === undefined ? {} : { uninstall: context.texts.uninstall ?? '' }),
      };
      const applied = { layer: JSON.stringify(rendered.digest) };
      if (isKnownInside(context, guest.id, script.layer)) return applied;
      const inside = await enter(context);
      const before = () => safety.before(layer, rendered.digest, inside);
      await applyLayer(inside, script, rendered.verify, before);
      // Without checks nobody will say more than the questions of the layer itself.
      if (!guest.health) await safety.well(context, layer);
      return applied;
    },
  };
}

/**
 * The first thing done inside a guest waits for its network, for its own identity, and for the health of the guests that
 * it names; what left the configuration goes first.
 */
function entrance(guest: Guest, fleet: Fleet): Dependency<Facts>[] {
  return [
    ...doors(guest).map(order),
    ...neighboursAt('layers', guest, fleet),
    { task: stepOf(guest, 'leftovers'), kind: 'after' },
  ];
}

/** What a running guest tells of one layer, or the node of a stopped one. */
export function layerProbe(id: number, name: string) {
  return (facts: Facts) => {
    const guest = facts.guests.get(id);
    if (!guest) return undefined;
    const layers = layersKnown(facts, id);
    if (!layers) return unseen;
    return layers.find((layer) => layer.name === name)?.digest;
  };
}

/** Into a VM nobody can look from outside: another generation says that it went back in time, and is to be asked again. */
function generationOf(id: number) {
  return (facts: Facts) => {
    const found = facts.guests.get(id);
    return found && confOf(found).keys.get('vmgenid');
  };
}

function order(task: string): Dependency<Facts> {
  return { task, kind: 'order' };
}

function result(task: string): Dependency<Facts> {
  return { task, kind: 'result' };
}
