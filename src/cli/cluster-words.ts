/** What is said of the nodes of a cluster that a command works on. Pure texts. */

import { PhxError } from '../core/error.ts';
import type { Problem } from '../core/event.ts';
import type { LeftOutBy } from '../core/site.ts';
import { didYouMean } from '../core/suggest.ts';
import type { Cluster } from '../host/cluster.ts';

/** Those within reach, and why the others are not worked on. */
export function labelOf({ names, away, leftOut }: Pick<Cluster, 'names' | 'away' | 'leftOut'>): string {
  const part = (words: string, by?: LeftOutBy) => {
    const own = [...away.keys()].filter((name) => leftOut.get(name) === by);
    return own.length === 0 ? [] : [`${words}: ${own.join(', ')}`];
  };
  const parts = [
    ...part('out of reach'),
    ...part('left out', 'command'),
    ...part('only looked at', 'project'),
  ];
  return `cluster of ${names.join(', ')}${parts.length === 0 ? '' : ` (${parts.join('; ')})`}`;
}

/** A node that this command is not about. */
export function notAsked(name: string, by: string): Problem {
  return {
    title: `Node ${name} is left out by ${by}`,
    facts: [],
    hint: `It was not asked, and nothing is done there. Where what stands there is enough for the rest, --except takes it as it is.`,
  };
}

/** Of the nodes of a cluster none is called so. */
export function noSuch(wanted: string, names: readonly string[]): PhxError {
  const known = ['cluster', 'twin', ...names];
  return new PhxError('usage', {
    title: `The cluster has no node ${wanted}`,
    hint: didYouMean(wanted, known) ?? `Hosts are ${known.join(', ')}.`,
  });
}
