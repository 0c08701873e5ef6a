/**
 * What `pct` and `qm` do with a guest that the HA manager keeps: they only ask, and end at once (B160). Relocation and the
 * words for VMs: from documentation.
 */

import { type Call, refuse, type Work } from '../call.ts';
import { workTime } from '../latency.ts';
import type { Given } from '../options.ts';
import type { TwinState } from '../state.ts';
import { forget, isManaged, resourceOf, resourcesFile, wish } from './config.ts';
import { servicesOf, writeServices } from './status.ts';

export type Kind = 'ct' | 'vm';

/** Verbs that become a request, with the task that the request is. */
const requests: Readonly<Record<string, { readonly task: string; readonly word: string }>> = {
  migrate: { task: 'hamigrate', word: 'migration' },
  shutdown: { task: 'hastop', word: 'stop' },
  start: { task: 'hastart', word: 'start' },
  stop: { task: 'hastop', word: 'stop' },
};

/** Until the manager of the cluster and then that of the node have noticed a request; milliseconds (estimate). */
export const reaction = 8000;

/** What the task is called when the verb only asks; undefined when it acts itself. */
export function requestTask(state: TwinState, kind: Kind, verb: string, id: string): string | undefined {
  if (!state.files[resourcesFile] || !Object.hasOwn(requests, verb)) return undefined;
  return isManaged(state, `${kind}:${id}`) ? requests[verb]?.task : undefined;
}

/** Asks for it; undefined when the verb acts itself. */
export function request(call: Call, kind: Kind, verb: string, { values }: Given): Work | undefined {
  const id = values.get('vmid') ?? '';
  const guest = call.state.guests[id];
  // What is not on this node is refused as ever.
  if (!guest || requestTask(call.state, kind, verb, id) === undefined) return undefined;
  if (kind === 'ct' && verb === 'start' && guest.running) refuse(`CT ${id} already running`);
  if (kind === 'ct' && /^(stop|shutdown)$/.test(verb) && !guest.running) refuse(`CT ${id} not running`);
  return ask(call, kind, verb, id, values);
}

function* ask(call: Call, kind: Kind, verb: string, id: string, values: Given['values']): Work {
  const sid = `${kind}:${id}`;
  const name = `${kind === 'ct' ? 'CT' : 'VM'} ${id}`;
  const target = values.get('target');
  const where = target === undefined ? '' : ` to node ${target}`;
  call.out(`Requesting HA ${requests[verb]?.word} for ${name}${where}\n`);
  yield workTime('ha request');
  if (target !== undefined) relocate(call, sid, target);
  else {
    if (servicesOf(call.state)[sid]?.state === 'error')
      refuse(`service '${sid}' in error state, must be disabled and fixed first`);
    wish(call.state, sid, verb === 'start' ? 'started' : 'stopped');
    expect(call, sid);
  }
}

/** The manager will have noticed by then. */
export function expect(call: Call, sid: string): void {
  const services = servicesOf(call.state);
  const known = services[sid];
  if (!known) return;
  writeServices(call.state, { ...services, [sid]: { ...known, due: call.now() + reaction } });
}

/** Asks for another node. */
export function relocate(call: Call, sid: string, target: string): void {
  const services = servicesOf(call.state);
  const known = services[sid];
  if (known?.state === 'error') refuse(`service '${sid}' in error state, must be disabled and fixed first`);
  if (!known || known.node === target) return;
  const moving = { ...known, state: 'relocate' as const, target, due: call.now() + reaction };
  writeServices(call.state, { ...services, [sid]: moving });
}

/** Refuses to take away what HA keeps, unless that is to be forgotten, too (B160). */
export function checkUnmanaged(call: Call, kind: Kind, id: number, purge: boolean): void {
  const sid = `${kind}:${id}`;
  // One that is to be ignored is in the list, too.
  if (!resourceOf(call.state, sid)) return;
  if (!purge)
    refuse(
      `unable to remove ${kind === 'ct' ? 'CT' : 'VM'} ${id} - used in HA resources and purge parameter not set.`,
    );
}

export function purge(call: Call, kind: Kind, id: number): void {
  forget(call.state, `${kind}:${id}`);
}
