/** What stands between the configuration and the node, for commands that plan or run: what they show and when they refuse. */

import type { Fleet } from '../config/fleet.ts';
import type { PhxTask } from '../config/project.ts';
import { targetOf } from '../config/task-names.ts';
import { PhxError } from '../core/error.ts';
import type { Selection } from '../core/execute.ts';
import { type Conflict, preflight } from '../preflight/index.ts';
import type { Facts } from '../proxmox/facts.ts';
import { problemLines } from '../report/problem.ts';
import { count } from '../report/words.ts';
import type { Opened } from './open.ts';

type Known = Pick<Opened, 'graph' | 'config' | 'facts' | 'cluster' | 'phoenix' | 'stamps'>;

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
  const given = cluster.names.map((name) =>
    givenAt(name, { graph, tasks }, config.fleet, cluster.view(name)),
  );
  const found = given.flatMap((each) => preflight({ ...common, ...each }));
  // What several nodes have in common is told once.
  return [...awayOf(cluster), ...new Map(found.map((one) => [JSON.stringify(one), one])).values()];
}

/** What of the configuration is one node's, as if there was no other. */
function givenAt(
  node: string,
  { graph, tasks }: Pick<Known, 'graph'> & { readonly tasks: readonly PhxTask[] },
  fleet: Fleet,
  facts: Facts,
) {
  const isHere = ({ whereabouts }: PhxTask) => !whereabouts || whereabouts.now(facts) === node;
  const here = tasks.filter(isHere);
  const targets = new Set(graph.tasks.filter(isHere).map(({ target }) => target));
  const guests = Object.entries(fleet.guests).filter(([, guest]) => targets.has(targetOf(guest)));
  const hypervisor = fleet.nodes?.[node] ?? fleet.hypervisor;
  return {
    fleet: { hypervisor, guests: Object.fromEntries(guests) },
    facts: { ...facts, guests: new Map([...facts.guests].filter(([, guest]) => guest.node === node)) },
    elsewhere: [...facts.guests.values()].filter((guest) => guest.node !== node && !fleet.guests[guest.id]),
    demanded: new Set(here.map(({ id }) => id.replace(`hypervisor:${node}/`, 'hypervisor/'))),
  };
}

/** Nodes out of reach hold nobody up but themselves. */
function awayOf({ away }: NonNullable<Known['cluster']>): Conflict[] {
  return [...away].map(([subject, problem]) => ({ ...problem, subject, severity: 'warns' }));
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
