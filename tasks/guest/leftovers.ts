/** Step `leftovers`: layers that a guest applied and no longer lists are taken back, where they left a script for it. */

import type { Fleet, Guest } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { TaskContext } from '../../src/core/task.ts';
import { unseen } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import type { Layer } from '../../src/proxmox/guest-layer.ts';
import { notedInside } from '../../src/proxmox/inside-note.ts';
import { layersIn, takeLayerBack } from './inside.ts';
import { insideScopes } from './inside-note.ts';
import type { Enter } from './layer.ts';
import { featuresOf, sourceOf } from './lineage.ts';
import { stepOf, targetOf } from './names.ts';

const nothing = 'nothing';
const keptWords = 'no longer in its configuration; kept as it is';

/** What a guest is to hold: layers of its own, and those that it was made with. */
interface Wanted {
  readonly id: number;
  readonly own: ReadonlySet<string>;
  readonly inherited: ReadonlySet<string>;
  /** Whatever else is inside is nobody's business. */
  readonly ignored: boolean;
}

export function leftoversTask(guest: Guest, fleet: Fleet, enter: Enter): PhxTask {
  const own = [
    ...guest.layers.map(({ name }) => `feature:${name}`),
    ...(guest.app ? [`app:${guest.app.name}`] : []),
  ];
  const source = sourceOf(guest, fleet);
  const inherited = source ? featuresOf(source, fleet).map((name) => `feature:${name}`) : [];
  const wanted: Wanted = {
    id: guest.id,
    own: new Set(own),
    inherited: new Set(inherited),
    // What was in a guest before phx knew of it is nobody's to take away.
    ignored: guest.ignore.includes('layers') || guest.adopted === true,
  };
  return {
    id: stepOf(guest, 'leftovers'),
    target: targetOf(guest),
    title: `layers that ${guest.id} no longer lists`,
    revision: '1',
    config: { layers: [...wanted.own].sort() },
    dependencies: [
      { task: stepOf(guest, 'define'), kind: 'result' },
      { task: stepOf(guest, guest.kind === 'ct' ? 'network' : 'agent'), kind: 'order' },
    ],
    outputs: {
      left: (facts) => {
        const layers = facts.guests.get(guest.id)?.layers;
        return layers ? namesOf(removable(layers, wanted)) || nothing : unseen;
      },
      listed: () => unseen,
    },
    assess: ({ facts }) => {
      const staying = stays(facts.guests.get(guest.id)?.layers ?? [], wanted);
      if (staying.length === 0) return undefined;
      const words = `holds ${namesOf(staying)}, ${keptWords}`;
      return { verdict: 'outdated', message: words };
    },
    pools: [`guest:${guest.id}`, `apt:${guest.id}`],
    touches: [`guest:${guest.id}`, ...insideScopes(guest)],
    run: async (context) => {
      const layers = wanted.ignored ? undefined : await layersInside(context, guest.id, enter);
      const staying = guest.kind === 'vm' ? stays(layers ?? [], wanted) : [];
      // Of a container this is told at every look.
      if (staying.length > 0) context.log(`holds ${namesOf(staying)}, ${keptWords}`);
      // Newest first: what came later may rest on what came before.
      for (const layer of removable(layers ?? [], wanted)) {
        context.log(`taking back ${layer.name}`);
        await takeLayerBack(await enter(context), layer);
      }
      return { left: JSON.stringify(nothing), listed: JSON.stringify(own.join(' ')) };
    },
  };
}

/** Layers that this guest itself applied, and that its configuration does not name; newest first. */
function leftovers(layers: readonly Layer[], { id, own, ignored }: Wanted): Layer[] {
  if (ignored) return [];
  const ours = layers.filter(({ name, origin }) => origin === id && /^(feature|app):/.test(name));
  return ours.filter(({ name }) => !own.has(name)).reverse();
}

/** One that the guest would have from its source all the same must not be taken from it. */
function removable(layers: readonly Layer[], wanted: Wanted): Layer[] {
  return leftovers(layers, wanted).filter(({ name, uninstall }) => uninstall && !wanted.inherited.has(name));
}

function stays(layers: readonly Layer[], wanted: Wanted): Layer[] {
  const going = new Set(removable(layers, wanted));
  return leftovers(layers, wanted).filter((layer) => !going.has(layer));
}

function namesOf(layers: readonly Layer[]): string {
  return layers.map(({ name }) => name).join(', ');
}

/**
 * The layers in the guest. One that is stopped is started for it only where something can be left: a layer that the last
 * look listed, or the node notes, is gone from the configuration. Being started is a bigger change than a look is worth.
 */
async function layersInside(
  context: TaskContext<Facts>,
  id: number,
  enter: Enter,
): Promise<readonly Layer[] | undefined> {
  const seen = () => context.facts().guests.get(id)?.layers;
  if (seen()) return seen();
  const now = new Set(context.config.layers as readonly string[]);
  const listed = String(JSON.parse(context.stamp(context.task)?.outputs.listed ?? '""')).split(' ');
  const noted = (notedInside(context.facts(), id)?.layers ?? []).filter(({ origin }) => origin === id);
  const before = [...listed, ...noted.flatMap(({ name }) => (name === 'identity' ? [] : [name]))];
  if (!before.some((name) => name !== '' && !now.has(name))) return undefined;
  const inside = await enter(context);
  await context.refresh([`guest:${id}`]);
  return layersIn(inside);
}
