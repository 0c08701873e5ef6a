/** Step `define`: the container exists, made from a template or as a clone, and carries our mark. */

import type { Container, Fleet } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { Assessment, Dependency, JudgeView, TaskContext } from '../../src/core/task.ts';
import { unseen } from '../../src/core/task.ts';
import type { ContainerCloneMode } from '../../src/proxmox/clone-mode.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { layersKnown } from '../../src/proxmox/inside-note.ts';
import { printMark } from '../../src/proxmox/mark.ts';
import { pct } from '../../src/proxmox/pct.ts';
import { acrossProblem, targetOfClone } from '../cluster/across.ts';
import { markOf, stateOf } from '../guest/conf.ts';
import { clearHalfMade } from '../guest/half-made.ts';
import { clearFirewall, dropCopiedRules, inheritedBy, isNewborn } from '../guest/inheritance.ts';
import { insideScopes } from '../guest/inside-note.ts';
import { layersOf, outdatedSince, printLayers, sourceOf } from '../guest/lineage.ts';
import { forgetMaking, forgetMakingElsewhere } from '../guest/making.ts';
import { stepOf, storageEdges, targetOf, templateTask } from '../guest/names.ts';
import { unmakeable } from '../guest/origin.ts';
import { othersThan } from '../guest/ownership.ts';
import type { Safety } from '../guest/safety.ts';
import { readyStep, refuseUnready } from '../guest/source.ts';
import { birthChanges, madeAnew, sourceName } from './birth.ts';
import { LXCContainer } from './container.ts';
import { Recreation } from './recreate.ts';
import { noteIn, recreateScope } from './recreate-note.ts';
import { cloneOf, dropPassing, modeOf } from './source.ts';
import { wantedKeys } from './wanted.ts';

export function defineTask(ct: Container, fleet: Fleet, project: string, safety: Safety): PhxTask {
  const target = targetOf(ct);
  const source = sourceContainer(ct, fleet);
  const mode = source && modeOf(ct, source, fleet);
  const { storage } = ct.rootfs;
  return {
    id: stepOf(ct, 'define'),
    target,
    title: titleOf(ct),
    revision: '2',
    config: { source: sourceName(ct), storage, unprivileged: ct.unprivileged },
    initial: {
      ...{
        hostname: ct.hostname,
        size: ct.rootfs.size,
        ostype: ct.ostype ?? '',
        firewall: ct.firewall !== undefined,
      },
      ...(mode ? { linked: mode.linked, through: mode.through } : {}),
      wanted: [...Object.keys(wantedKeys(ct)), ...ct.ignore],
    },
    dependencies: [...storageEdges([storage], fleet.hypervisor), ...originDependencies(ct, fleet)],
    outputs: {
      incarnation: (facts) => markOf(facts, ct.id)?.incarnation,
      inherited: () => unseen,
      ...(source ? { inheritedKeys: () => unseen, inheritedLxc: () => unseen } : {}),
    },
    assess: (view) => assess(ct, fleet, project, view, safety),
    pools: [
      `guest:${ct.id}`,
      `create:${storage}`,
      ...(source ? [`clone:${source.id}`, `guest:${source.id}`] : []),
    ],
    touches: [
      `guest:${ct.id}`,
      recreateScope(ct.id),
      ...insideScopes(ct),
      ...(mode?.through === 'running' ? [`guest:${source?.id}`] : []),
      safety.scope,
    ],
    run: async (context) => {
      // What is being made anew has nothing to go back to.
      if (!noteIn(context.facts(), ct.id)) await safety.finish(context);
      await new Recreation(ct, fleet, project, context).prepare(() => {
        if (source && mode) refuseUnready(source, mode.through, context.facts());
      });
      return make(ct, fleet, project, context);
    },
  };
}

function titleOf({ id, clone, adopted }: Container): string {
  if (clone) return `clone ${id} from ${clone.from}`;
  return adopted ? `${id} as it was adopted` : `create ${id} from its template`;
}

/** A source or template is only demanded while the container must still be made, or be made anew. */
function originDependencies(ct: Container, fleet: Fleet): Dependency<Facts>[] {
  const needed: Dependency<Facts>['needed'] = (facts, { permits }) =>
    ['absent', 'half-made'].includes(stateOf(facts, ct.id)) || permits('recreate', targetOf(ct));
  const source = sourceContainer(ct, fleet);
  if (source) return [{ task: readyStep(source), kind: 'order', needed }];
  if (ct.adopted) return [];
  return [{ task: templateTask(fileOf(ct.ostemplate ?? '')), kind: 'order', needed }];
}

function fileOf(template: string): string {
  return template.slice(template.indexOf('/') + 1);
}

function assess(
  ct: Container,
  fleet: Fleet,
  project: string,
  view: JudgeView<Facts>,
  safety: Safety,
): Assessment | undefined {
  const foreign = othersThan(ct, project, view.facts);
  if (foreign) return foreign;
  const unknown = unmakeable(ct, view.facts, view.permits('recreate', targetOf(ct)));
  if (unknown) return { verdict: 'blocked', problem: unknown };
  if (['absent', 'half-made'].includes(stateOf(view.facts, ct.id))) {
    const source = sourceContainer(ct, fleet);
    const problem = source && acrossProblem(ct, source, fleet, view.facts);
    return problem && { verdict: 'blocked', problem };
  }
  const changes = birthChanges(ct, view.facts);
  const note = noteIn(view.facts, ct.id);
  if (note || view.permits('recreate', targetOf(ct))) {
    const to = note ? `interrupted (${note.stage})` : 'asked for';
    const because = [...changes, { key: 'recreate', to }].map((change) => ({
      why: 'changed' as const,
      ...change,
    }));
    return { verdict: 'stale', because };
  }
  if (changes.length > 0) return { verdict: 'blocked', problem: madeAnew(ct, changes) };
  const unfinished = safety.unfinished(view);
  if (unfinished) return unfinished;
  const message = outdatedSince(ct, fleet, view.stamp);
  return message ? { verdict: 'outdated', message: `${message}; kept as it is` } : undefined;
}

async function make(ct: Container, fleet: Fleet, project: string, context: TaskContext<Facts>) {
  const { config, initial } = context;
  const { id } = ct;
  const source = sourceContainer(ct, fleet);
  const container = new LXCContainer(id, context);
  // One that stands and is known inside tells itself what it inherited, also when the record was lost.
  const seen = layersKnown(context.facts(), id)?.filter(({ origin }) => origin !== id);
  const inherited = JSON.stringify(printLayers(seen ?? (source ? layersOf(source, context.stamp) : [])));
  const describe = (from: string) =>
    printMark({ project, kind: 'ctid', vmid: id, incarnation: context.random(), from });
  const common = { hostname: String(initial.hostname), storage: String(config.storage) };
  if (container.state === 'half-made') await clearHalfMade(container, context, { project });
  if (container.state === 'absent') await clearFirewall(id, context);
  else await forgetMaking(id, context);
  if (container.state !== 'absent' && source && fleet.nodes) await forgetMakingElsewhere(id, context);
  if (!source) {
    await container.define(
      pct.create(id, {
        ...common,
        description: describe(String(config.source)),
        template: String(config.source),
        size: Number(initial.size),
        unprivileged: config.unprivileged === true,
        ...(initial.ostype ? { ostype: String(initial.ostype) } : {}),
      }),
    );
    return { inherited };
  }
  const fresh = container.state === 'absent';
  const there = context.elsewhere();
  if (fresh) {
    const node = targetOfClone(ct, source, fleet, context.facts());
    await cloneOf(source, id, initial.through as ContainerCloneMode['through'], there, (snapshot) => {
      const seal = initial.through === 'seal' ? snapshot : undefined;
      const from = seal ? `${config.source}@${seal}` : String(config.source);
      const wish = {
        ...common,
        source: source.id,
        full: initial.linked !== true,
        description: describe(from),
        ...(node === undefined ? {} : { target: node }),
      };
      return container.define(pct.clone(id, { ...wish, ...(snapshot ? { snapshot } : {}) }), there);
    });
  } else await dropPassing(source.id, id, there);
  const born = fresh || isNewborn(id, context);
  if (born) await dropCopiedRules(id, source.id, context);
  const { keys, lxc } = inheritedBy('ct', container.conf, born, context);
  return { inherited, inheritedKeys: JSON.stringify(keys), inheritedLxc: JSON.stringify(lxc) };
}

function sourceContainer(ct: Container, fleet: Fleet): Container | undefined {
  const source = sourceOf(ct, fleet);
  return source?.kind === 'ct' ? source : undefined;
}
