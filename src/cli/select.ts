/** From words on the command line to what a run is about: shown, demanded, forced. */

import type { Fleet } from '../config/fleet.ts';
import { PhxError } from '../core/error.ts';
import type { Selection } from '../core/execute.ts';
import type { Edge, TaskGraph } from '../core/graph.ts';
import type { LeftOutBy } from '../core/site.ts';
import { selectTasks, type Tags } from '../core/target.ts';
import type { Terms } from '../core/terms.ts';
import type { Facts } from '../proxmox/facts.ts';

export interface SelectOptions {
  readonly targets: readonly string[];
  /** Not run, and taken as it stands. */
  readonly except: readonly string[];
  readonly force: boolean;
  /** What is allowed; without it nothing. */
  readonly terms?: Pick<Terms, 'permits'>;
  /** Tasks of nodes where nothing is to be done. */
  readonly leftOut?: LeftOut;
}

/** Tasks of nodes where nothing is to be done, by their places in the graph. */
export interface LeftOut {
  /** Who said that nothing is done where this task belongs; undefined of all others. */
  readonly by: (at: number) => LeftOutBy | undefined;
  /** Whether what rests on it may go on. */
  readonly stands: (at: number) => boolean;
  /** What is known to be otherwise than the configuration says, of one that is only looked at; undefined: nothing. */
  readonly differs: (at: number) => string | undefined;
}

const nothing: Pick<Terms, 'permits'> = { permits: () => false };

/** Guests that are in the configuration, but that no plugin builds: naming one is not the same as a typo. */
export function refuseUnbuilt(
  graph: TaskGraph<Facts>,
  words: readonly string[],
  guests: Fleet['guests'],
): void {
  for (const word of words) {
    const id = /^(?:ctid|vmid):(\d+)/.exec(word)?.[1];
    const guest = id === undefined ? undefined : guests[id];
    const target = guest && `${guest.kind === 'ct' ? 'ctid' : 'vmid'}:${guest.id}`;
    if (!target || graph.targets.has(target)) continue;
    throw new PhxError('usage', {
      title: `${target} is in the configuration, but no plugin builds it`,
      hint: `The phoenixfile lists the plugins: ${guest.kind === 'ct' ? 'lxc() builds containers' : 'vm() builds VMs'}.`,
      command: `phx config ${target}`,
    });
  }
}

/** Throws what is wrong with words that name targets, or guests that no plugin builds. */
export function checkWords(
  graph: TaskGraph<Facts>,
  tags: Tags,
  guests: Fleet['guests'],
  words: readonly string[],
): void {
  refuseUnbuilt(graph, words, guests);
  selectTasks(graph, words, tags);
}

export function select(graph: TaskGraph<Facts>, tags: Tags, facts: Facts, options: SelectOptions): Selection {
  const { leftOut = none } = options;
  const named = namedTasks(graph, tags, options.targets, leftOut);
  const except = options.except.length > 0 ? selectTasks(graph, options.except, tags) : new Set<number>();
  const wanted = [...named].filter((at) => !except.has(at));
  const isNeeded = ({ to, dependency }: Edge<Facts>) =>
    !except.has(to) && (dependency.needed?.(facts, options.terms ?? nothing) ?? true);
  // What stands where nothing is to be done holds nobody up; what does not, and is rested on, is told.
  const isAbout = (edge: Edge<Facts>, from: number) =>
    leftOut.by(from) === undefined &&
    (leftOut.by(edge.to) === undefined || (isNeeded(edge) && !leftOut.stands(edge.to)));
  const shown = graph.closure(wanted, isAbout);
  // What only a missing guest would need is shown, but not rebuilt for the sake of one that stands.
  const demanded = graph.closure(wanted, (edge, from) => isNeeded(edge) && isAbout(edge, from));
  return { shown, demanded, forced: options.force ? new Set(wanted) : new Set() };
}

const none: LeftOut = { by: () => undefined, stands: () => true, differs: () => undefined };

/** Of what a word means beside what can be done, only what is known to differ; a word that means nothing else is about it. */
function namedTasks(
  graph: TaskGraph<Facts>,
  tags: Tags,
  words: readonly string[],
  leftOut: LeftOut,
): ReadonlySet<number> {
  const named = selectTasks(graph, words, tags);
  if (leftOut === none) return named;
  const each = words.flatMap((word) => {
    const meant = [...selectTasks(graph, [word], tags)];
    const within = meant.filter((at) => leftOut.by(at) === undefined);
    const differing = meant.filter((at) => leftOut.differs(at) !== undefined);
    return within.length > 0 || word === 'all' ? [...within, ...differing] : meant;
  });
  return new Set(each);
}

/** `phx run` and `phx plan` do nothing by default: what they act on has to be named. */
export function requireTargets(targets: readonly string[]): void {
  if (targets.length > 0) return;
  throw new PhxError('usage', {
    title: 'Nothing was named to run',
    hint: 'Name one or more targets: hypervisor, ctid:950, ctid:9*, tag:gpu or all.',
    command: 'phx list',
  });
}
