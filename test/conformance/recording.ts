/** Recordings of a real Proxmox VE, as files: what was typed, what it answered, what was otherwise afterwards. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Step {
  readonly argv?: readonly string[];
  /** Instead of a command: a file that was edited by hand, or a pause. */
  readonly do?: 'write' | 'append' | 'sleep';
  readonly path?: string;
  readonly text?: string;
  /** Milliseconds that it took, or that the pause is long. */
  readonly ms?: number;
  readonly stdin?: string;
  readonly cwd?: string;
  readonly exit?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  /** Indexes of the steps that were started at the same moment. */
  readonly parallelWith?: readonly number[];
  readonly startAfterMs?: number;
  /** Which of them ended first, second and so on. */
  readonly finished?: number;
  readonly signal?: {
    readonly name: string;
    /** After its start, or after both of these are there. */
    readonly afterMs?: number;
    readonly until?: { readonly file: string; readonly vol: string };
  };
  /** What is otherwise on the node after this step. */
  readonly after?: Readonly<Record<string, unknown>>;
}

export interface Recording {
  readonly scenario: string;
  readonly family: string;
  readonly storages: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

/** All recordings of a folder, by name. Throws where the folder or one of its files cannot be read. */
export function recordingsIn(folder: string): Recording[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Recording);
}

/** Steps that began together, in order of their index; a step alone is a group of one. */
export function groupsOf({ steps }: Recording): number[][] {
  const groups: number[][] = [];
  const seen = new Set<number>();
  steps.forEach((step, at) => {
    if (seen.has(at)) return;
    const group = [at, ...(step.parallelWith ?? []).filter((other) => other > at)];
    for (const member of group) seen.add(member);
    groups.push(group);
  });
  return groups;
}

/** One of those that are shipped for the tests. */
export function shippedRecording(name: string): Recording {
  return JSON.parse(
    readFileSync(new URL(`../fixtures/pve/${name}.json`, import.meta.url), 'utf8'),
  ) as Recording;
}
