/**
 * Step `ha`: a guest of a cluster is kept by the HA manager as its configuration says, or not at all. It only says how; that the
 * guest runs or not is the step `start`, which asks the manager for it.
 */

import type { Fleet, Guest } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { PhxError } from '../../src/core/error.ts';
import type { Assessment, Dependency, JudgeView, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import {
  type HaChange,
  type HaOptions,
  haManager,
  haPool,
  haProjectOf,
  haResourcesCfg,
  haScopes,
  haSid,
  isNothing,
  parseHaResources,
  resourceDifference,
  type WantedHa,
  wantedResource,
} from '../../src/proxmox/ha.ts';
import { stateOf } from './conf.ts';
import { stepOf, targetOf } from './names.ts';
import { tooOld } from './too-old.ts';

/** None where there is but one node. `before`: the step after which it can run. */
export function haTasks(guest: Guest, fleet: Fleet, project: string, before: string): PhxTask[] {
  if (!fleet.nodes || guest.ignore.includes('ha')) return [];
  const { id, ha } = guest;
  const resource = (facts: Facts) => haResource(facts, id);
  return [
    {
      id: stepOf(guest, 'ha'),
      target: targetOf(guest),
      title: ha ? `${id} is kept by the HA manager` : `${id} is not kept by the HA manager`,
      revision: '1',
      config: { project, ha: ha ? { ...ha } : null },
      dependencies: [
        { task: stepOf(guest, 'define'), kind: 'result' },
        { task: stepOf(guest, before), kind: 'order' },
      ],
      outputs: ha
        ? {
            kept: (facts) => {
              const there = resource(facts);
              return there && (there.state === 'ignored' ? 'ignored' : 'managed');
            },
            options: (facts) => {
              const { state: _state, ...options } = resource(facts) ?? {};
              return resource(facts) && words(options);
            },
          }
        : { kept: (facts) => (isOurs(resource(facts), project) ? 'managed' : 'not by us') },
      assess: (view) => assess(guest, project, view),
      drift: guest.drift,
      pools: [`guest:${id}`, haPool],
      touches: [`guest:${id}`, ...haScopes],
      run: async (context) => {
        const { project: own, ha: wanted } = context.config;
        await context.refresh([`guest:${id}`, ...haScopes]);
        if (wanted === null) await letGo(guest, String(own), context);
        else await keep(guest, wanted as WantedHa, String(own), context);
        return undefined;
      },
    },
  ];
}

/** What `start` waits for: who is to be kept by the manager is started through it. */
export function beforeStart(guest: Guest, fleet: Fleet): Dependency<Facts>[] {
  const known = fleet.nodes !== undefined && !guest.ignore.includes('ha');
  return known ? [{ task: stepOf(guest, 'ha'), kind: 'order' }] : [];
}

/** A guest as the manager's list has it; undefined when it is not in it. */
export function haResource(facts: Facts, id: number): HaOptions | undefined {
  return parseHaResources(facts.files.get(haResourcesCfg)).get(id);
}

/** Whether the manager would act on it. */
export function isKept(facts: Facts, id: number): boolean {
  const resource = haResource(facts, id);
  return resource !== undefined && resource.state !== 'ignored';
}

function isOurs(resource: HaOptions | undefined, project: string): boolean {
  return resource !== undefined && haProjectOf(resource) === project;
}

function words(options: HaOptions): string {
  return Object.entries(options)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(' ');
}

function assess(guest: Guest, project: string, { facts }: JudgeView<Facts>): Assessment | undefined {
  const { id, ha } = guest;
  if (ha) return tooOld(guest, ha.failback === undefined ? [] : ['ha.failback'], facts);
  const there = haResource(facts, id);
  if (!there || isOurs(there, project)) return undefined;
  return {
    verdict: 'outdated',
    message: `the HA manager keeps ${haSid(guest)}, which its configuration does not say and phx did not ask for: add ha: {} to it, or ignore: ['ha']`,
  };
}

/** It is put into the list as it is, running or not, so that nothing starts or stops by that alone. */
async function keep(guest: Guest, ha: WantedHa, project: string, context: TaskContext<Facts>): Promise<void> {
  const sid = haSid(guest);
  const wanted = wantedResource(ha, project);
  const present = haResource(context.facts(), guest.id);
  const ignored = ha.state === 'ignored';
  const asItIs = stateOf(context.facts(), guest.id) === 'running' ? 'started' : 'stopped';
  const state = ignored ? 'ignored' : asItIs;
  if (!present) await context.run(haManager.add(sid, { state, ...wanted }), { undo: haManager.remove(sid) });
  else {
    const change = resourceDifference(present, wanted);
    const other = (present.state === 'ignored') !== ignored;
    if (!other && isNothing(change)) return;
    const sent = other ? { ...change, set: { state, ...change.set } } : change;
    await context.run(haManager.set(sid, sent), { undo: haManager.set(sid, wayBack(present, sent)) });
  }
  const seen = haResource(await context.refresh(haScopes), guest.id);
  const wrong = seen && resourceDifference(seen, wanted);
  if (wrong && isNothing(wrong) && (seen.state === 'ignored') === ignored) return;
  throw new PhxError('failed', {
    title: `ha-manager ended well, but ${sid} is not as it was asked for`,
    facts: [['seen', seen ? words(seen) : `${haResourcesCfg} has no ${sid}`]],
    hint: 'Somebody else may have changed it meanwhile.',
    command: `phx run ${targetOf(guest)}`,
  });
}

/** What takes a change back: each key that it touches as it was. */
function wayBack(present: HaOptions, { set, gone }: HaChange): HaChange {
  // What the list does not say of a state is that it is to run.
  const before: HaOptions = 'state' in set ? { state: 'started', ...present } : present;
  const keys = [...Object.keys(set), ...gone];
  return {
    set: Object.fromEntries(keys.flatMap((key) => (key in before ? [[key, before[key] ?? '']] : []))),
    gone: keys.filter((key) => !(key in before)),
  };
}

/** What somebody else put into the list is theirs. */
async function letGo(guest: Guest, project: string, context: TaskContext<Facts>): Promise<void> {
  const sid = haSid(guest);
  const present = haResource(context.facts(), guest.id);
  if (!present || !isOurs(present, project)) return;
  const undo = haManager.add(sid, present);
  await context.run(haManager.remove(sid), { undo });
  const seen = haResource(await context.refresh(haScopes), guest.id);
  if (!seen) return;
  throw new PhxError('failed', {
    title: `ha-manager said that it removed ${sid}, but it is still there`,
    facts: [['seen', words(seen)]],
    command: `phx run ${targetOf(guest)}`,
  });
}
