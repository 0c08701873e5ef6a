/** Step `configure`: every key of the container is as the configuration says; only what differs is sent. */

import type { Container } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { Dependency, Probe } from '../../src/core/task.ts';
import { type CtKeys, effectiveKey } from '../../src/proxmox/ct-keys.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { networkTask, nvidiaDevicesTask, stepOf, targetOf } from '../guest/names.ts';
import { confOf, LXCContainer } from './container.ts';
import { readInherited } from './inheritance.ts';
import { wantedKeys } from './wanted.ts';

export function configureTask(ct: Container): PhxTask {
  const wanted = wantedKeys(ct);
  const id = stepOf(ct, 'configure');
  const define = stepOf(ct, 'define');
  return {
    id,
    target: targetOf(ct),
    title: `configure ${ct.id}`,
    revision: '1',
    config: wanted,
    dependencies: [{ task: define, kind: 'result' }, ...hostDependencies(ct)],
    outputs: Object.fromEntries(
      Object.entries(wanted).map(([key, value]) => [key, keyProbe(ct.id, key, value)]),
    ),
    drift: ct.drift,
    pools: [`guest:${ct.id}`],
    touches: [`guest:${ct.id}`],
    run: async (context) => {
      const last = context.stamp(id);
      const unwanted = (key: string) => wanted[key] === undefined && !ct.ignore.includes(key);
      const former = Object.keys(last?.outputs ?? {}).filter(unwanted);
      // A clone is born with all keys of its source; those that this guest does not want go once, at its birth.
      const sameGuest = last?.former?.[`result:${define}`] === context.stamp(define)?.result;
      const born = sameGuest ? [] : readInherited(context.stamp(define)).keys.filter(unwanted);
      await new LXCContainer(ct.id, context).configure(context.config as CtKeys, [
        ...new Set([...former, ...born]),
      ]);
      return undefined;
    },
  };
}

function hostDependencies(ct: Container): Dependency<Facts>[] {
  const bridges = Object.keys(ct.nets).length > 0 ? [networkTask] : [];
  const devices = ct.gpus.length > 0 ? [nvidiaDevicesTask] : [];
  return [...bridges, ...devices].map((task) => ({ task, kind: 'order' }));
}

function keyProbe(id: number, key: string, wanted: string): Probe<Facts> {
  return (facts) => {
    const guest = facts.guests.get(id);
    // Without the guest it is define that is missing; each key would only repeat that.
    return guest && effectiveKey(confOf(guest), key, wanted);
  };
}
