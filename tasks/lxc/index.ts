/** The LXC plugin: the tasks of every container of the fleet. It knows which steps there are, not what they do. */

import type { Container, Fleet } from '../../src/config/fleet.ts';
import type { PhxTask, Plugin, PluginInput, RenderContext, Rendered } from '../../src/config/project.ts';
import { PhxError } from '../../src/core/error.ts';
import { scriptsOf } from '../guest/checks.ts';
import { guestFirewallTask } from '../guest/firewall.ts';
import { askHealth, healthTask } from '../guest/health.ts';
import { identityTask } from '../guest/identity.ts';
import { appTask, type Enter, featureTask } from '../guest/layer.ts';
import { leftoversTask } from '../guest/leftovers.ts';
import { featuresOf, sourceOf } from '../guest/lineage.ts';
import { Safety } from '../guest/safety.ts';
import { type Reach, sealTask } from '../guest/seal.ts';
import { startTask } from '../guest/start.ts';
import { templateTask } from '../guest/template.ts';
import { containerActions } from './actions.ts';
import { addressOf } from './address.ts';
import { containerChecks } from './check.ts';
import { configureTask } from './configure.ts';
import { LXCContainer } from './container.ts';
import { defineTask } from './define.ts';
import { enterContainer } from './lease.ts';
import { networkReadyTask, workplaceOf } from './power.ts';
import { safetyMeans, safetyRests } from './safety.ts';
import { volumesTask } from './volumes.ts';

export function lxc(): Plugin {
  return {
    name: 'lxc',
    builtin: true,
    actions: containerActions,
    checks: containerChecks,
    tasks: async (input) => {
      const containers = Object.values(input.fleet.guests).filter((guest) => guest.kind === 'ct');
      const all = await Promise.all(containers.map((ct) => containerTasks(ct, input)));
      return all.flat();
    },
  };
}

async function containerTasks(
  ct: Container,
  { fleet, project, render, text }: PluginInput,
): Promise<PhxTask[]> {
  const place = workplaceOf(ct);
  // Read only by `phx check`; that they can be read is told before that.
  scriptsOf(ct.tests ?? [], text);
  const reach: Reach = (context) => new LXCContainer(ct.id, context);
  const enter: Enter = (context) => enterContainer(place, context);
  const context = renderContext(ct, fleet);
  const features = await Promise.all(
    ct.layers.map(async ({ name, params }, at) => {
      const rendered = await render('features', name, params, context);
      requireFeatures(ct, fleet, name, rendered, at);
      return rendered;
    }),
  );
  const app = ct.app && (await render('apps', ct.app.name, ct.app.params, context));
  if (app) requireFeatures(ct, fleet, ct.app?.name ?? '', app, ct.layers.length);
  const wanted = new Map([
    ...ct.layers.map(({ name }, at) => [`feature:${name}`, features[at]?.digest ?? ''] as const),
    ...(app ? [[`app:${ct.app?.name}`, app.digest] as const] : []),
  ]);
  const asked = { enter, address: addressOf(ct), text };
  const safety = new Safety({
    ...{ guest: ct, means: safetyMeans(ct, fleet), rests: safetyRests(ct, fleet), wanted, enter },
    prove: ct.health && askHealth(ct, ct.health, asked),
  });
  const shop = { enter, safety };
  return [
    defineTask(ct, fleet, project, safety),
    configureTask(ct, fleet),
    volumesTask(ct, fleet, project),
    ...(ct.firewall ? [guestFirewallTask(ct, ct.firewall, fleet)] : []),
    startTask(ct, reach, 'volumes'),
    networkReadyTask(ct),
    leftoversTask(ct, fleet, enter),
    ...(ct.clone ? [identityTask(ct, enter)] : []),
    ...features.map((rendered, at) => featureTask(ct, fleet, at, rendered, shop)),
    ...(app ? [appTask(ct, fleet, app, shop)] : []),
    ...(ct.health ? [healthTask(ct, ct.health, asked, safety)] : []),
    ...(ct.snapshot ? [sealTask(ct, reach)] : []),
    ...(ct.template ? [templateTask(ct, reach)] : []),
  ];
}

/** What a script builds on has to be in the guest before it: an earlier layer, or one inherited from a source. */
function requireFeatures(
  ct: Container,
  fleet: Fleet,
  name: string,
  { requires }: Rendered,
  at: number,
): void {
  const source = sourceOf(ct, fleet);
  const present = [
    ...(source ? featuresOf(source, fleet) : []),
    ...ct.layers.slice(0, at).map((layer) => layer.name),
  ];
  const missing = requires.filter((wanted) => !present.includes(wanted));
  if (missing.length === 0) return;
  throw new PhxError('config', {
    title: `${name} in container ${ct.id} needs ${missing.join(' and ')} before it`,
    facts: [['there is', present.join(', ') || 'nothing']],
    hint: `Put it before ${name} under layers, or clone from a guest that has it.`,
    command: `phx config ctid:${ct.id}`,
  });
}

/** What a template may read of the fleet: the guest itself, and what other guests export. */
function renderContext(ct: Container, fleet: Fleet): RenderContext {
  const exporting = Object.values(fleet.guests).filter((guest) => guest.exports !== undefined);
  return {
    guest: { id: ct.id, hostname: ct.hostname, address: addressOf(ct) },
    exports: exporting.map((guest) => ({
      id: guest.id,
      hostname: guest.kind === 'ct' ? guest.hostname : guest.name,
      address: guest.kind === 'ct' ? addressOf(guest) : '',
      exports: guest.exports ?? {},
    })),
  };
}
