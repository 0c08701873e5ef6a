/** What APIs tell of nodes that no ssh reaches: each is asked for itself, and where it does not answer, the others for it. */

import { problemOf } from '../../core/error.ts';
import type { Problem } from '../../core/event.ts';
import type { Resources } from '../../proxmox/resources.ts';
import type { NodeApi } from './node-api.ts';

/** Whose API said it. */
export interface Told {
  readonly by: string;
  readonly resources: Resources;
}

export interface Heard {
  /** By the absent nodes that anybody knows something of. */
  readonly told: ReadonlyMap<string, Told>;
  /** By the nodes whose API was asked in vain. */
  readonly problems: ReadonlyMap<string, Problem>;
}

/** Opens the API of a node; may reject where its token cannot be had. */
export type Openers = ReadonlyMap<string, () => Promise<NodeApi>>;

export async function hearOf(absent: readonly string[], apis: Openers): Promise<Heard> {
  const asked = new Map<string, Promise<Told | undefined>>();
  const problems = new Map<string, Problem>();
  const ask = async (by: string, open: () => Promise<NodeApi>): Promise<Told | undefined> => {
    try {
      return { by, resources: await (await open()).resources() };
    } catch (error) {
      problems.set(by, problemOf(error));
      return undefined;
    }
  };
  const hear = async (node: string): Promise<readonly [string, Told][]> => {
    for (const [by, open] of ownFirst(node, apis)) {
      const answer = asked.get(by) ?? ask(by, open);
      asked.set(by, answer);
      const told = await answer;
      if (told?.resources.nodes.has(node)) return [[node, told]];
    }
    return [];
  };
  const heard = await Promise.all(absent.map(hear));
  return { told: new Map(heard.flat()), problems };
}

/** A node knows itself best. */
export function ownFirst<T>(node: string, all: ReadonlyMap<string, T>): readonly [string, T][] {
  return [...all].sort(([one], [other]) => Number(other === node) - Number(one === node));
}
