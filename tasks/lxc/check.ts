/** Which containers `phx check` asks, and the way into them: as they stand, nothing is started for it. */

import type { CheckRequest, PhxTask, PluginInput } from '../../src/config/project.ts';
import { refuseForeign } from '../guest/actions.ts';
import { addressOf } from '../guest/address.ts';
import { checkTask } from '../guest/check.ts';
import { targetOf } from '../guest/names.ts';
import { containerInside } from './inside.ts';

export function containerChecks(
  { project, fleet, text }: Pick<PluginInput, 'project' | 'fleet' | 'text'>,
  request: CheckRequest,
): readonly PhxTask[] {
  const asked = new Set(request.targets);
  return Object.values(fleet.guests).flatMap((ct) => {
    const target = targetOf(ct);
    if (ct.kind !== 'ct' || !asked.has(target)) return [];
    const { id, health, tests } = ct;
    const subject = { target, ...(health ? { health } : {}), ...(tests ? { tests } : {}) };
    const place = {
      address: addressOf(ct),
      text,
      enter: (context: Parameters<PhxTask['run']>[0]) => {
        refuseForeign({ id, noun: 'container', target }, project, context.facts());
        return containerInside(id, context);
      },
    };
    return [checkTask(subject, place, request)];
  });
}
