/** Steps `external:<id>/health`: guests that phx does not manage, but that others rest on. They are asked, never changed. */

import type { Health } from '../../src/config/fleet.ts';
import type { CheckRequest, PhxTask, PluginInput } from '../../src/config/project.ts';
import type { Json } from '../../src/core/json.ts';
import { checkTask } from '../guest/check.ts';
import { scriptsOf } from '../guest/checks.ts';
import { untilWell } from '../guest/health.ts';
import { externalTarget, externalTask } from '../guest/names.ts';

export function externalStep(id: number, health: Health, text: (path: string) => string): PhxTask {
  const scripts = scriptsOf(health.checks, text);
  return {
    id: externalTask(id),
    target: externalTarget(id),
    title: `health of ${id}, which phx does not manage`,
    revision: '1',
    config: { ...health, checks: health.checks as unknown as Json },
    ...(Object.keys(scripts).length > 0 ? { texts: scripts } : {}),
    dependencies: [],
    touches: [],
    run: async (context) => {
      const places = { context, inside: undefined, address: '', scripts: { ...context.texts } };
      await untilWell(id, places, context.config as unknown as Health);
      return undefined;
    },
  };
}

/** Those that `phx check` asks: from the node, as they are reached by others. */
export function externalChecks(
  { fleet, text }: Pick<PluginInput, 'fleet' | 'text'>,
  request: CheckRequest,
): readonly PhxTask[] {
  const asked = new Set(request.targets);
  return Object.entries(fleet.hypervisor.external).flatMap(([id, { health }]) => {
    const target = externalTarget(Number(id));
    if (!asked.has(target)) return [];
    return [checkTask({ target, health }, { enter: () => undefined, address: '', text }, request)];
  });
}
