/** Gathers what the judge needs of one task and asks it: the same for run, plan, why, status and graph. Never writes. */

import { differences, type Fingerprint, fingerprintOf } from './fingerprint.ts';
import type { TaskGraph } from './graph.ts';
import { askProbes, judge, type Verdict } from './judge.ts';
import { isWithinReach, type Sites } from './site.ts';
import type { StampStore } from './stamp.ts';
import type { Dependency, Task } from './task.ts';
import type { Terms } from './terms.ts';

export interface Examination {
  readonly fingerprint: Fingerprint;
  readonly outputs: Readonly<Record<string, string>>;
  readonly verdict: Verdict;
}

export interface ExaminerSetup<Facts> {
  readonly graph: TaskGraph<Facts>;
  readonly sites: Sites<Facts>;
  readonly stamps: StampStore;
  /** Digest of a project file's content, undefined when there is none. */
  readonly digestFile: (path: string) => string | undefined;
  /** The value of an environment variable, undefined when it is not set. */
  readonly env: (name: string) => string | undefined;
  readonly forced: ReadonlySet<number>;
  readonly terms: Terms;
}

export class Examiner<Facts> {
  readonly #setup: ExaminerSetup<Facts>;

  constructor(setup: ExaminerSetup<Facts>) {
    this.#setup = setup;
  }

  /** What the task reads, now that its dependencies have ended. */
  fingerprint(at: number): Fingerprint {
    const { graph, stamps, digestFile, env } = this.#setup;
    const task = graph.at(at);
    const results = new Map<string, string>();
    for (const { dependency } of graph.dependencies[at] ?? []) {
      if (dependency.kind !== 'result') continue;
      const result = stamps.get(dependency.task)?.result;
      if (result) results.set(dependency.task, result);
    }
    return fingerprintOf({
      revision: task.revision,
      config: task.config,
      files: new Map(task.files?.map((path) => [path, digestFile(path)])),
      env: Object.fromEntries((task.env ?? []).map((name) => [name, env(name)])),
      texts: task.texts ?? {},
      secrets: this.#secrets(task),
      results,
    });
  }

  /** Keyed digests; the recorded one stands for a value that cannot be had now. */
  #secrets(task: Task<Facts>): Record<string, string> {
    const { terms, stamps } = this.#setup;
    const stamp = stamps.get(task.id);
    const recorded = stamp?.state === 'done' ? stamp.fingerprint : stamp?.former;
    const digests = Object.entries(task.secrets ?? {}).map(([name, reference]): [string, string] => [
      name,
      terms.secrets.digest(reference) ?? recorded?.[`secret:${name}`] ?? 'unknown',
    ]);
    return Object.fromEntries(digests);
  }

  /** Whether a task waits for what a dependency comes to, as things stand now. */
  isNeeded(at: number, { needed }: Dependency<Facts>): boolean {
    const { graph, sites, terms } = this.#setup;
    const site = sites.of(graph.at(at));
    return !needed || !isWithinReach(site) || needed(site.facts.current(), terms);
  }

  /** It was done once, and what it made is still there as it was left. */
  standsAsRecorded(at: number): boolean {
    const { graph, sites, stamps } = this.#setup;
    const task = graph.at(at);
    const stamp = stamps.get(task.id);
    const site = sites.of(task);
    if (stamp?.state !== 'done') return false;
    // Nobody can look now: what is recorded is believed.
    if (!isWithinReach(site)) return true;
    const outputs = askProbes(task.outputs, site.facts.current(), stamp.outputs);
    return differences(stamp.outputs, outputs).length === 0;
  }

  examine(at: number): Examination {
    const { graph, sites, stamps, forced, terms } = this.#setup;
    const task = graph.at(at);
    const stamp = stamps.get(task.id);
    const fingerprint = this.fingerprint(at);
    const site = sites.of(task);
    if (!isWithinReach(site)) {
      const { name: machine, problem } = site;
      return {
        fingerprint,
        outputs: stamp?.outputs ?? {},
        verdict: { verdict: 'blocked', problem, machine },
      };
    }
    const now = site.facts.current();
    const outputs = askProbes(task.outputs, now, stamp?.outputs);
    const verdict = judge({
      task: task.id,
      fingerprint,
      outputs,
      stamp,
      assessment: task.assess?.({
        facts: now,
        stamp: (id) => stamps.get(id),
        permits: terms.permits,
        operator: terms.operator,
      }),
      drift: task.drift ?? 'mend',
      markers: task.markers ?? [],
      forced: forced.has(at),
    });
    return { fingerprint, outputs, verdict };
  }
}
