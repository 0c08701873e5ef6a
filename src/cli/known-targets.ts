/**
 * What could be named in a project, told in a moment and without running anything of it: guests by the names of their files,
 * tasks and tags as the last command that had the graph noted them.
 */

import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Phoenix } from '../config/project.ts';

/** What is noted of a graph. */
interface Noted {
  /** Nodes of the phoenixfile. */
  readonly nodes: readonly string[];
  readonly cluster: boolean;
  /** Target → its tasks, without the target. */
  readonly steps: Readonly<Record<string, readonly string[]>>;
  /** Tag → how many guests have it. */
  readonly tags: Readonly<Record<string, number>>;
}

/** A word, and what it stands for. */
export type Candidate = readonly [word: string, means: string];

export interface KnownTargets {
  /** Targets, without tasks. */
  readonly targets: readonly Candidate[];
  /** `ctid:950/configure` and so on. */
  readonly tasks: readonly Candidate[];
  /** What `--host` may say. */
  readonly hosts: readonly Candidate[];
}

const file = (cacheDir: string) => join(cacheDir, 'targets.json');

/** Notes what a graph holds, where that is not noted yet. A note that cannot be written is none. */
export function noteTargets(
  cacheDir: string,
  { cluster = false, nodes = {} }: Pick<Phoenix, 'cluster' | 'nodes'>,
  ids: readonly string[],
  tags: ReadonlyMap<string, readonly string[]>,
): void {
  const steps: Record<string, string[]> = {};
  for (const id of ids) {
    const [target = '', step = ''] = halves(id);
    steps[target] = [...(steps[target] ?? []), step];
  }
  const counts = Object.fromEntries([...tags].map(([tag, guests]) => [tag, guests.length]));
  const text = JSON.stringify({ nodes: Object.keys(nodes), cluster, steps, tags: counts } satisfies Noted);
  try {
    if (textOf(file(cacheDir)) === text) return;
    mkdirSync(cacheDir, { recursive: true, mode: 0o700 });
    const draft = `${file(cacheDir)}.${process.pid}.new`;
    writeFileSync(draft, text, { mode: 0o600 });
    renameSync(draft, file(cacheDir));
  } catch {
    // Only completion reads it.
  }
}

/** What is known of the project in this folder. */
export function knownTargets(root: string): KnownTargets {
  const noted = notedIn(join(root, '.cache'));
  const guests = guestFiles(join(root, 'config', 'guests'));
  const node = Object.keys(noted.steps).filter((target) => /^(hypervisor|cluster|external)\b/.test(target));
  const targets: Candidate[] = [
    ['all', 'everything'],
    ...(node.includes('hypervisor') ? [] : [['hypervisor', 'the node'] as const]),
    ...node.sort().map((target) => [target, count(noted.steps[target]?.length ?? 0, 'task')] as const),
    ...guests,
    ...Object.entries(noted.tags).map(([tag, many]) => [`tag:${tag}`, count(many, 'guest')] as const),
  ];
  const known = new Set(targets.map(([target]) => target));
  const tasks = Object.entries(noted.steps)
    .filter(([target]) => known.has(target))
    .flatMap(([target, steps]) => steps.map((step) => [`${target}/${step}`, ''] as const));
  const hosts: Candidate[] = [
    ['twin', 'a simulated node'],
    ['local', 'this very node'],
    ...(noted.cluster ? [['cluster', 'all of its nodes'] as const] : []),
    ...noted.nodes.map((name) => [name, 'of phoenixfile.ts'] as const),
  ];
  return { targets, tasks, hosts };
}

/** A guest's file is named `<id>-<name>.json5`; what kind it is stands in it. */
function guestFiles(folder: string): Candidate[] {
  return namesIn(folder).flatMap((name): Candidate[] => {
    const [, id, called] = /^([1-9]\d*)-(.+)\.json5$/.exec(name) ?? [];
    if (id === undefined || called === undefined) return [];
    const vm = /(^|[\s,{])['"]?kind['"]?\s*:\s*(['"])vm\2/.test(textOf(join(folder, name)) ?? '');
    return [[`${vm ? 'vmid' : 'ctid'}:${id}`, called]];
  });
}

/** Names of the files in a folder; none where there is no such folder. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function notedIn(cacheDir: string): Noted {
  const none: Noted = { nodes: [], cluster: false, steps: {}, tags: {} };
  try {
    return { ...none, ...(JSON.parse(textOf(file(cacheDir)) ?? '{}') as Partial<Noted>) };
  } catch {
    return none;
  }
}

function halves(id: string): [string, string] {
  const at = id.indexOf('/');
  return [id.slice(0, at), id.slice(at + 1)];
}

function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
