/** What stands between the configuration and the node, for commands that plan or run: what they show and when they refuse. */

import { PhxError } from '../core/error.ts';
import type { Selection } from '../core/execute.ts';
import { type Conflict, preflight } from '../preflight/index.ts';
import { problemLines } from '../report/problem.ts';
import { count } from '../report/words.ts';
import type { Opened } from './open.ts';

/** Conflicts of what was asked for; what is merely shown counts no more than what is not there. */
export function conflictsOf(
  {
    graph,
    config,
    facts,
    phoenix,
    stamps,
  }: Pick<Opened, 'graph' | 'config' | 'facts' | 'phoenix' | 'stamps'>,
  { demanded }: Pick<Selection, 'demanded'>,
): Conflict[] {
  return preflight({
    fleet: config.fleet,
    facts: facts.current(),
    project: phoenix.name,
    demanded: new Set([...demanded].map((at) => graph.at(at).id)),
    recorded: (task) => Object.keys(stamps.get(task)?.outputs ?? {}),
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
