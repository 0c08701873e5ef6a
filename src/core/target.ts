/** Targets: what a person names on the command line, and the tasks that it means. Pure; knows no Proxmox. */

import { PhxError } from './error.ts';
import type { TaskGraph } from './graph.ts';
import { didYouMean } from './suggest.ts';

/** Tag → targets that carry it. */
export type Tags = ReadonlyMap<string, readonly string[]>;

/** The indexes of the tasks that the given words mean; all words that mean nothing are reported together. */
export function selectTasks<Facts>(
  graph: TaskGraph<Facts>,
  words: readonly string[],
  tags: Tags,
): Set<number> {
  const selected = new Set<number>();
  const unknown: string[] = [];
  for (const word of words) {
    const found = matches(graph, word, tags);
    if (found.length === 0) unknown.push(word);
    for (const at of found) selected.add(at);
  }
  if (unknown.length > 0) throw unknownTargets(graph, unknown, tags);
  return selected;
}

function matches<Facts>(graph: TaskGraph<Facts>, word: string, tags: Tags): number[] {
  if (word === 'all') return [...graph.order];
  if (word.startsWith('tag:')) {
    const pattern = globPattern(word.slice(4));
    const targets = [...tags].filter(([tag]) => pattern.test(tag)).flatMap(([, carriers]) => carriers);
    return [...new Set(targets)].flatMap((target) => graph.targets.get(target) ?? []);
  }
  const slash = word.indexOf('/');
  const target = targetPattern(slash < 0 ? word : word.slice(0, slash));
  const step = slash < 0 ? undefined : stepPattern(word.slice(slash + 1));
  const found: number[] = [];
  for (const [name, tasks] of graph.targets) {
    if (!target.test(name)) continue;
    for (const at of tasks) {
      if (!step || step.test(graph.at(at).id.slice(name.length + 1))) found.push(at);
    }
  }
  return found;
}

/** A target also names what lies below it by a name: `hypervisor` means `hypervisor:pve2` too. */
function targetPattern(glob: string): RegExp {
  return new RegExp(`^${globSource(glob)}(:\\D.*)?$`);
}

/** `*` stands for any characters. */
function globPattern(glob: string): RegExp {
  return new RegExp(`^${globSource(glob)}$`);
}

/** A step also names what lies below it: `zfs` means `zfs:quickOS` and `zfs:quickOS/lxc-disks` too. */
function stepPattern(glob: string): RegExp {
  return new RegExp(`^${globSource(glob)}($|[:/])`);
}

function globSource(glob: string): string {
  return glob.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
}

function unknownTargets<Facts>(graph: TaskGraph<Facts>, words: readonly string[], tags: Tags): PhxError {
  const known = [
    'all',
    ...graph.targets.keys(),
    ...[...tags.keys()].map((tag) => `tag:${tag}`),
    ...graph.tasks.map((task) => task.id),
  ];
  const facts = words.map((word) => {
    const near = word.includes('*') ? undefined : didYouMean(word, known);
    return [word, near ?? (word.includes('*') ? 'matches nothing' : 'names nothing')] as const;
  });
  return new PhxError('usage', {
    title: words.length === 1 ? `There is no target ${words[0]}` : 'Some targets do not exist',
    facts,
    hint: 'Targets look like hypervisor, hypervisor/zfs, ctid:950, ctid:950/configure, ctid:9*, tag:gpu or all.',
    command: 'phx list',
  });
}
