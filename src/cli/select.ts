/** From words on the command line to what a run is about: shown, demanded, forced. */

import type { Fleet } from '../config/fleet.ts';
import { PhxError } from '../core/error.ts';
import type { Selection } from '../core/execute.ts';
import type { TaskGraph } from '../core/graph.ts';
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
  const named = selectTasks(graph, options.targets, tags);
  const except = options.except.length > 0 ? selectTasks(graph, options.except, tags) : new Set<number>();
  const wanted = [...named].filter((at) => !except.has(at));
  const shown = graph.closure(wanted);
  // What only a missing guest would need is shown, but not rebuilt for the sake of one that stands.
  const demanded = graph.closure(
    wanted,
    ({ to, dependency }) => !except.has(to) && (dependency.needed?.(facts, options.terms ?? nothing) ?? true),
  );
  return { shown, demanded, forced: options.force ? new Set(wanted) : new Set() };
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
