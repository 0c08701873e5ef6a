/** The source of a clone, whatever its kind: the step that has to be done before, and what it has to be by then. Pure. */

import type { Guest } from '../../src/config/fleet.ts';
import { BlockedError } from '../../src/core/error.ts';
import type { Problem } from '../../src/core/event.ts';
import type { ContainerCloneMode } from '../../src/proxmox/clone-mode.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import type { VmCloneMode } from '../../src/proxmox/vm-clone-mode.ts';
import { isTemplate, stateOf } from './conf.ts';
import { lastStep, stepOf, targetOf } from './names.ts';
import { newestSeal } from './seal.ts';

/** The step of the source that has to have come to its end before it is cloned. */
export function readyStep(source: Guest): string {
  if (source.template) return stepOf(source, 'template');
  return source.snapshot ? stepOf(source, `snapshot:${source.snapshot}`) : lastStep(source);
}

/** A source that cannot be cloned as it stands. */
export function refuseUnready(
  source: Guest,
  through: (ContainerCloneMode | VmCloneMode)['through'],
  facts: Facts,
): void {
  const { id, snapshot } = source;
  if (!['stopped', 'running'].includes(stateOf(facts, id)))
    throw new BlockedError(unbuilt(source, 'is not there to be cloned', 'It comes before its clones'));
  if (through === 'template' && !isTemplate(facts, id))
    throw new BlockedError(unbuilt(source, 'is no template yet', 'It becomes one after its features'));
  if (through === 'seal' && newestSeal(facts, id, snapshot ?? '') === undefined)
    throw new BlockedError(
      unbuilt(source, 'has no snapshot to clone from', 'It is sealed after its features'),
    );
}

function unbuilt(source: Guest, what: string, when: string): Problem {
  return {
    title: `${source.kind === 'ct' ? 'Container' : 'VM'} ${source.id} ${what}`,
    facts: [],
    hint: `${when}; build it first.`,
    command: `phx run ${targetOf(source)}`,
  };
}
