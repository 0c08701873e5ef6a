/**
 * All that is done inside of a guest, whatever kind it is: what left its configuration is taken back, a clone gets its own
 * keys, features and the application are applied, health is asked. How one gets inside is handed in.
 */

import type { Fleet, Guest } from '../../src/config/fleet.ts';
import type { PhxTask, PluginInput, RenderContext, Rendered } from '../../src/config/project.ts';
import { PhxError } from '../../src/core/error.ts';
import { checksDigest } from '../../src/proxmox/inside-note.ts';
import { addressOf, nameOf } from './address.ts';
import { scriptsOf } from './checks.ts';
import { askHealth, healthTask } from './health.ts';
import { identityTask } from './identity.ts';
import { appTask, type Enter, featureTask } from './layer.ts';
import { leftoversTask } from './leftovers.ts';
import { featuresOf, sourceOf } from './lineage.ts';
import { targetOf } from './names.ts';
import { Safety } from './safety.ts';
import type { SafetyMeans } from './safety-means.ts';

/** What a kind of guest has of its own. */
export interface Ways {
  readonly enter: Enter;
  /** How safety points are taken; undefined where none are. */
  readonly means: SafetyMeans | undefined;
  /** Tasks that make what they are taken with. */
  readonly rests: readonly string[];
}

export interface Workshop {
  /** The guest's first step brings a going back to its end. */
  readonly safety: Safety;
  readonly tasks: readonly PhxTask[];
  /** What its checks are known by; undefined where it has none. */
  readonly checks: string | undefined;
}

export async function workshopOf(
  guest: Guest,
  { fleet, render, text }: Pick<PluginInput, 'fleet' | 'render' | 'text'>,
  { enter, means, rests }: Ways,
): Promise<Workshop> {
  // Read only by `phx check`; that they can be read is told before that.
  scriptsOf(guest.tests ?? [], text);
  const context = renderContext(guest, fleet);
  const features = await Promise.all(
    guest.layers.map(async ({ name, params }, at) => {
      const rendered = await render('features', name, params, context);
      requireFeatures(guest, fleet, name, rendered, at);
      return rendered;
    }),
  );
  const app = guest.app && (await render('apps', guest.app.name, guest.app.params, context));
  if (app) requireFeatures(guest, fleet, guest.app?.name ?? '', app, guest.layers.length);
  const wanted = new Map([
    ...guest.layers.map(({ name }, at) => [`feature:${name}`, features[at]?.digest ?? ''] as const),
    ...(app ? [[`app:${guest.app?.name}`, app.digest] as const] : []),
  ]);
  const asked = { enter, address: addressOf(guest), text };
  const prove = guest.health && askHealth(guest, guest.health, asked);
  const safety = new Safety({ guest, means, rests, wanted, enter, prove });
  const shop = { enter, safety };
  return {
    safety,
    checks: guest.health && checksDigest(guest.health.checks, scriptsOf(guest.health.checks, text)),
    tasks: [
      leftoversTask(guest, fleet, enter),
      ...(guest.clone ? [identityTask(guest, enter)] : []),
      ...features.map((rendered, at) => featureTask(guest, fleet, at, rendered, shop)),
      ...(app ? [appTask(guest, fleet, app, shop)] : []),
      ...(guest.health ? [healthTask(guest, guest.health, asked, safety)] : []),
    ],
  };
}

/** What a script builds on has to be in the guest before it: an earlier layer, or one inherited from a source. */
function requireFeatures(guest: Guest, fleet: Fleet, name: string, { requires }: Rendered, at: number): void {
  const source = sourceOf(guest, fleet);
  const present = [
    ...(source ? featuresOf(source, fleet) : []),
    ...guest.layers.slice(0, at).map((layer) => layer.name),
  ];
  const missing = requires.filter((wanted) => !present.includes(wanted));
  if (missing.length === 0) return;
  throw new PhxError('config', {
    title: `${name} in ${guest.kind === 'ct' ? 'container' : 'VM'} ${guest.id} needs ${missing.join(' and ')} before it`,
    facts: [['there is', present.join(', ') || 'nothing']],
    hint: `Put it before ${name} under layers, or clone from a guest that has it.`,
    command: `phx config ${targetOf(guest)}`,
  });
}

/** What a template may read of the fleet: the guest itself, and what other guests export. */
function renderContext(guest: Guest, fleet: Fleet): RenderContext {
  const exporting = Object.values(fleet.guests).filter((other) => other.exports !== undefined);
  return {
    guest: { id: guest.id, hostname: nameOf(guest), address: addressOf(guest) },
    exports: exporting.map((other) => ({
      id: other.id,
      hostname: nameOf(other),
      address: addressOf(other),
      exports: other.exports ?? {},
    })),
  };
}
