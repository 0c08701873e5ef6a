/** What stands between the configuration and the node, for commands that plan or run: what they show and when they refuse. */

import type { PhxTask } from '../config/project.ts';
import { targetOf } from '../config/task-names.ts';
import { PhxError } from '../core/error.ts';
import type { Selection } from '../core/execute.ts';
import type { Cluster } from '../host/cluster.ts';
import { type Conflict, preflight } from '../preflight/index.ts';
import { problemLines } from '../report/problem.ts';
import { count } from '../report/words.ts';
import { leftOutOf } from './left-out.ts';
import type { Opened } from './open.ts';

type Known = Pick<Opened, 'graph' | 'config' | 'facts' | 'sites' | 'cluster' | 'phoenix' | 'stamps'>;

/** Conflicts of what was asked for; what is merely shown counts no more than what is not there. */
export function conflictsOf(known: Known, { demanded }: Pick<Selection, 'demanded'>): Conflict[] {
  const { graph, config, facts, cluster, phoenix, stamps } = known;
  const common = {
    project: phoenix.name,
    recorded: (task: string) => Object.keys(stamps.get(task)?.outputs ?? {}),
  };
  const tasks = [...demanded].map((at) => graph.at(at));
  if (!cluster) {
    const ids = new Set(tasks.map(({ id }) => id));
    return preflight({ ...common, fleet: config.fleet, facts: facts.current(), demanded: ids });
  }
  const given = eachNode(known, cluster, new Set(tasks));
  const found = given.flatMap((each) => preflight({ ...common, ...each }));
  // What several nodes have in common is told once.
  const away = [...awayOf(cluster), ...differencesOf(known, cluster)];
  return [...away, ...new Map(found.map((one) => [JSON.stringify(one), one])).values()];
}

/** What of the configuration is one node's, as if there was no other, for each within reach. */
function eachNode({ graph, config, facts }: Known, cluster: Cluster, demanded: ReadonlySet<PhxTask>) {
  const { fleet } = config;
  const now = facts.current();
  const homes = new Map<PhxTask, string | undefined>(
    graph.tasks.map((task) => [task, task.whereabouts?.now(now)]),
  );
  const tasksOf = groupedBy(graph.tasks, (task) => homes.get(task) ?? '');
  const guestsOf = groupedBy([...now.guests.values()], ({ node = '' }) => node);
  const strangers = [...now.guests.values()].filter(({ id }) => !Object.hasOwn(fleet.guests, id));
  return cluster.names.map((node) => {
    const here = [...(tasksOf.get('') ?? []), ...(tasksOf.get(node) ?? [])];
    const targets = new Set(here.map(({ target }) => target));
    const guests = [...targets].flatMap((target) => {
      const guest = fleet.guests[target.replace(/^.*:/, '')];
      return guest && targetOf(guest) === target ? [[guest.id, guest] as const] : [];
    });
    const own = (guestsOf.get(node) ?? []).map((guest) => [guest.id, guest] as const);
    return {
      fleet: { hypervisor: fleet.nodes?.[node] ?? fleet.hypervisor, guests: Object.fromEntries(guests) },
      facts: { ...cluster.view(node), guests: new Map(own) },
      elsewhere: strangers.filter((guest) => guest.node !== node),
      demanded: new Set(
        here
          .filter((task) => demanded.has(task))
          .map(({ id }) => id.replace(`hypervisor:${node}/`, 'hypervisor/')),
      ),
    };
  });
}

function groupedBy<T>(all: readonly T[], key: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(key(one));
    if (group) group.push(one);
    else groups.set(key(one), [one]);
  }
  return groups;
}

/** Nodes out of reach hold nobody up but themselves; of those that nothing is to be done on nobody needs to hear. */
function awayOf({ away, leftOut }: Cluster): Conflict[] {
  return [...away].flatMap(([subject, problem]) =>
    leftOut.has(subject) ? [] : [{ ...problem, subject, severity: 'warns' }],
  );
}

/** Where a node is only looked at: what is known to be otherwise there than the configuration says. */
function differencesOf(known: Known, { leftOut }: Cluster): Conflict[] {
  if (![...leftOut.values()].includes('project')) return [];
  const { differs } = leftOutOf(known);
  return known.graph.order.flatMap((at) => {
    const { id, whereabouts } = known.graph.at(at);
    const what = differs(at);
    const node = whereabouts?.now(known.facts.current());
    const title = `${node} is only looked at, and there it is otherwise: ${what}`;
    return what === undefined ? [] : [{ subject: id, title, facts: [], severity: 'warns' }];
  });
}

/** `ctid:950: id 950 is a VM`. */
export function conflictWords({ subject, title }: Conflict): string {
  return `${subject}: ${title}`;
}

/** A run that would be refused in its midst does not begin; all that is in its way is told at once. */
export function refuseConflicts(conflicts: readonly Conflict[], targets: readonly string[]): void {
  const blocking = conflicts.filter(({ severity }) => severity === 'blocks');
  if (blocking.length === 0) return;
  throw new PhxError('blocked', {
    title: `${count(blocking.length, 'conflict')} between the configuration and the node`,
    facts: blocking.map((conflict) => [conflict.subject, factOf(conflict)] as const),
    hint: 'Nothing was changed. With --keep-going everything else is done.',
    command: `phx plan ${targets.join(' ')}`,
  });
}

function factOf({ title, facts, hint }: Conflict): string {
  return [title, ...facts.map(([label, value]) => `${label}: ${value}`), ...(hint ? [hint] : [])].join('\n');
}

/** For the head of a plan. */
export function conflictLines(conflicts: readonly Conflict[]): string[] {
  if (conflicts.length === 0) return [];
  const blocking = conflicts.filter(({ severity }) => severity === 'blocks').length;
  const what = blocking > 0 ? `${blocking} would stop a run` : 'none of them stops a run';
  return [
    '',
    `${count(conflicts.length, 'conflict')} with the node, ${what}`,
    ...conflicts.flatMap((conflict) => {
      const [first = '', ...rest] = problemLines(conflict, undefined, conflict.subject);
      return [conflict.severity === 'blocks' ? first : first.replace(/^./u, '~'), ...rest];
    }),
  ];
}
