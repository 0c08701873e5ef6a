/**
 * Tasks of a cluster: what belongs to a node is a task of each node (`hypervisor:pve2/zfs:tank`), what belongs to all of them one
 * task (`hypervisor/storage:tank`), and a guest rests on what the node needs that it is made on.
 */

import type { Fleet, Hypervisor } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { Dependency, Whereabouts } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { placementOf } from './placement.ts';
import { whereaboutsOf } from './whereabouts.ts';

/** What is kept below /etc/pve, once for all nodes. */
const common =
  /^hypervisor\/((storage|role|group|pveuser|token|acl|backup|ha|firewall):|(ha-rules|firewall)$)/;

/** Whether a task of this id is done on each node. */
function isOfNodes(id: string): boolean {
  return id.startsWith('hypervisor/') && !common.test(id);
}

/** Id of a node's own task: `hypervisor/zfs:tank` → `hypervisor:pve2/zfs:tank`. */
function onNode(id: string, node: string): string {
  return `hypervisor:${node}/${id.slice('hypervisor/'.length)}`;
}

/** The tasks of one node, or of each node of a cluster and of the cluster. */
export function nodeTasks(fleet: Fleet, make: (hypervisor: Hypervisor) => readonly PhxTask[]): PhxTask[] {
  const { nodes } = fleet;
  if (!nodes) return [...make(fleet.hypervisor)];
  const own = Object.entries(nodes).map(([node, hypervisor]) => {
    const now = () => node;
    return make(hypervisor)
      .filter(({ id }) => isOfNodes(id))
      .map((task): PhxTask => {
        const dependencies = task.dependencies.map((edge) =>
          isOfNodes(edge.task) ? { ...edge, task: onNode(edge.task, node) } : edge,
        );
        const title = `${node}: ${task.title}`;
        const [id, target] = [onNode(task.id, node), `hypervisor:${node}`];
        return { ...task, id, target, title, dependencies, whereabouts: { among: [node], now } };
      });
  });
  const known = new Set(own.flatMap((tasks) => tasks.map(({ id }) => id)));
  const shared = make(allTogether(fleet.hypervisor, Object.values(nodes))).filter(({ id }) => !isOfNodes(id));
  const names = Object.keys(nodes);
  const ofAll = shared.map((task): PhxTask => {
    const dependencies = task.dependencies.flatMap((edge) =>
      isOfNodes(edge.task) ? spread(edge, names).filter((one) => known.has(one.task)) : [edge],
    );
    return { ...task, dependencies };
  });
  return [...own.flat(), ...ofAll];
}

/** What the tasks of the cluster may rest on: all that any node has. */
function allTogether(hypervisor: Hypervisor, nodes: readonly Hypervisor[]): Hypervisor {
  const union = <Value>(of: (node: Hypervisor) => Readonly<Record<string, Value>>) =>
    Object.assign({}, ...nodes.map(of)) as Record<string, Value>;
  const { zfs, nfs, firewall } = hypervisor;
  return {
    ...hypervisor,
    zfs: { ...zfs, pools: union((node) => node.zfs.pools), datasets: union((node) => node.zfs.datasets) },
    directories: union((node) => node.directories),
    nfs: { ...nfs, exports: union((node) => node.nfs.exports) },
    users: union((node) => node.users),
    firewall: { ...firewall, node: { rules: union((node) => node.firewall.node.rules) } },
  };
}

function spread(edge: Dependency<Facts>, names: readonly string[]): Dependency<Facts>[] {
  // A node that is away keeps nobody from what is done for all.
  return names.map((node) => ({
    ...edge,
    task: onNode(edge.task, node),
    needed: (facts, terms) => facts.nodes?.has(node) === true && (edge.needed?.(facts, terms) ?? true),
  }));
}

/** The tasks of a guest: each is done on its node, and rests on what that one needs. */
export function guestTasks(id: number, fleet: Fleet, tasks: readonly PhxTask[]): PhxTask[] {
  const whereabouts = whereaboutsOf(id, fleet);
  if (!whereabouts) return [...tasks];
  const move = tasks.find((task) => task.id.endsWith('/migrate'));
  const { clone } = fleet.guests[id] ?? {};
  const elsewhere = clone && whereaboutsOf(clone.from, fleet);
  return tasks.map((task): PhxTask => {
    const dependencies = task.dependencies.flatMap((edge) => ofGuest(edge, whereabouts));
    // Nothing else is done to it before it is where it is to be.
    const moved =
      move && task !== move && dependencies.some((edge) => move.dependencies[0]?.task === edge.task);
    return {
      ...(task.id.endsWith('/define') ? placed(task, id, fleet) : task),
      ...(elsewhere && task.id.endsWith('/define') ? { elsewhere } : {}),
      dependencies: moved ? [...dependencies, { task: move.id, kind: 'order' }] : dependencies,
      whereabouts,
    };
  });
}

/** Where it is made is said with the reason. */
function placed(task: PhxTask, id: number, fleet: Fleet): PhxTask {
  if (!fleet.guests[id]?.place) return task;
  return {
    ...task,
    assess: (view) => {
      const own = task.assess?.(view);
      const chosen = placementOf(id, fleet, view.facts);
      if (own || !chosen) return own;
      const to = `${chosen.node} (${chosen.why})`;
      return { verdict: 'stale', because: [{ why: 'added', key: 'placed on', to }] };
    },
  };
}

/** Of several nodes that it may be made on, what the others need is needed by nobody. */
function ofGuest(edge: Dependency<Facts>, { among, now }: Whereabouts<Facts>): Dependency<Facts>[] {
  if (!isOfNodes(edge.task)) return [edge];
  return among.map((node) => ({
    ...edge,
    task: onNode(edge.task, node),
    needed: (facts, terms) => now(facts) === node && (edge.needed?.(facts, terms) ?? true),
  }));
}

/** The same for what a person asks of guests: such tasks rest on nothing. */
export function onItsNode(fleet: Fleet): (task: PhxTask) => PhxTask {
  return (task) => {
    const whereabouts = whereaboutsOf(Number(task.target.split(':')[1]), fleet);
    return whereabouts ? { ...task, whereabouts } : task;
  };
}
