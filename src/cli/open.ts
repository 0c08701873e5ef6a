/** Puts a project together: phoenixfile, configuration, graph, host, facts and stamps; each part only when it is asked for. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { ConfigError, formatProblems } from '../config/problem.ts';
import { clusterNodes, type Phoenix, type PhxTask } from '../config/project.ts';
import { PhxError, whyOf } from '../core/error.ts';
import { TaskGraph } from '../core/graph.ts';
import { StampLog } from '../core/stamp-log.ts';
import { selectTasks, type Tags } from '../core/target.ts';
import type { HistoryStore } from '../history/store.ts';
import type { Facts } from '../proxmox/facts.ts';
import { clockScope } from '../proxmox/sweep.ts';
import { openCluster } from './cluster-nodes.ts';
import { alwaysAsked, scopesOf } from './facts-file.ts';
import { openHost } from './hosts.ts';
import type { GlobalOptions, Io } from './io.ts';
import { type Guard, type Nodes, singleNode } from './nodes.ts';
import { historyToRead } from './open-history.ts';
import { findPhoenixfile, loadPhoenixfile } from './phoenixfile.ts';
import { createRenderer } from './render.ts';
import { ofCluster } from './secret-box.ts';
import { checkWords, type SelectOptions } from './select.ts';
import { type CliTerms, type TermOptions, termsOf } from './terms.ts';

export interface Project {
  readonly root: string;
  /** `.cache` of the project. */
  readonly cacheDir: string;
  readonly phoenix: Phoenix;
  /** Of the phoenixfile and the modules that it imports. */
  readonly digest: string;
  readonly config: LoadedConfig;
}

/** Where the project around the current folder is, whatever its configuration says. */
export async function findProject(io: Io, options: GlobalOptions) {
  const file = await findPhoenixfile(resolve(io.cwd, options.project ?? '.'));
  const root = dirname(file);
  return { file, root, cacheDir: join(root, '.cache') };
}

/** The project around the current folder, its configuration checked. */
export async function openProject(io: Io, options: GlobalOptions): Promise<Project> {
  const { file, root, cacheDir } = await findProject(io, options);
  const { phoenix, digest } = await loadPhoenixfile(file, cacheDir);
  try {
    const config = await loadConfig({
      ...{ root, cacheDir, env: options.env, set: options.set },
      nodes: clusterNodes(phoenix),
    });
    return { root, cacheDir, phoenix, digest, config };
  } catch (error) {
    if (error instanceof ConfigError) throw new ConfigRefusal(error);
    throw error;
  }
}

/** The configuration's own errors, already laid out for reading. */
export class ConfigRefusal extends PhxError {
  readonly text: string;
  readonly problems: ConfigError['problems'];

  constructor(error: ConfigError) {
    super('config', { title: 'The configuration has errors', hint: 'Nothing was changed.' });
    this.problems = error.problems;
    this.text = formatProblems(error.problems);
  }
}

export interface Planned extends Project {
  readonly graph: TaskGraph<Facts>;
  readonly tags: Tags;
}

/** The graph of all tasks of the project. */
export async function openGraph(project: Project): Promise<Planned> {
  const { phoenix, digest, config, root, cacheDir } = project;
  const { fleet } = config;
  const { render, document, save } = await openTemplates(root, cacheDir);
  const tasks: PhxTask[] = [];
  for (const plugin of phoenix.plugins) {
    const input = { project: phoenix.name, root, fleet, render, document, text: projectText(root) };
    const own = await plugin.tasks(input);
    tasks.push(
      ...(plugin.builtin ? own : own.map((task) => ({ ...task, revision: `${task.revision} ${digest}` }))),
    );
  }
  save();
  return { ...project, graph: new TaskGraph(tasks), tags: tagsOf(fleet) };
}

/** The project's own templates and, behind them, those shipped with phx. */
export function openTemplates(root: string, cacheDir: string): ReturnType<typeof createRenderer> {
  return createRenderer([join(root, 'templates'), shippedTemplates()], cacheDir);
}

/** Reads files that the configuration names by their path from the project's folder. */
export function projectText(root: string): (path: string) => string {
  return (path) => {
    try {
      return readFileSync(join(root, path), 'utf8');
    } catch (error) {
      throw new PhxError('config', {
        title: `A file that the configuration names cannot be read: ${path}`,
        facts: [
          ['file', join(root, path)],
          ['why', whyOf(error)],
        ],
        hint: 'Paths of files are taken from the folder of phoenixfile.ts.',
      });
    }
  };
}

/** Templates that come with phx lie beside its compiled code, or beside its source. */
export function shippedTemplates(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const built = join(here, '..', 'templates');
  return existsSync(built) ? built : join(here, '..', '..', 'templates');
}

function tagsOf(fleet: LoadedConfig['fleet']): Tags {
  const tags = new Map<string, string[]>();
  for (const guest of Object.values(fleet.guests)) {
    const target = `${guest.kind === 'ct' ? 'ctid' : 'vmid'}:${guest.id}`;
    for (const tag of guest.tags ?? []) tags.set(tag, [...(tags.get(tag) ?? []), target]);
  }
  return tags;
}

export interface Opened extends Planned, Nodes {
  readonly stamps: StampLog;
  readonly terms: CliTerms;
  /** Of a command that only looks: asked when the first question comes. */
  readonly history: HistoryStore;
}

/** What a command brings along that changes the node. */
export interface Alone {
  readonly history: HistoryStore;
  readonly guard: Guard;
}

/** Which targets the words on the command line mean; looked up at the first question, when the words were checked. */
function namedIn({ graph, tags }: Planned, words: readonly string[]): (target: string) => boolean {
  let named: Set<string> | undefined;
  return (target) => {
    named ??= new Set([...selectTasks(graph, words, tags)].map((at) => graph.at(at).target));
    return named.has(target);
  };
}

/** The node, or the nodes of a cluster. */
function hypervisors({ hypervisor, nodes = {} }: LoadedConfig['fleet']) {
  return [hypervisor, ...Object.values(nodes)];
}

/**
 * Graph, host, facts and stamps: what every command needs that speaks about the node; who changes it opens it alone
 * (locked.ts).
 */
export async function openNode(
  io: Io,
  options: GlobalOptions & TermOptions & Pick<Partial<SelectOptions>, 'except'>,
  targets: readonly string[] = [],
  project?: Project,
  alone?: Alone,
): Promise<Opened> {
  const planned = await openGraph(project ?? (await openProject(io, options)));
  // A typo is told before a node is asked, and before anybody is kept out of it.
  checkWords(planned.graph, planned.tags, planned.config.fleet.guests, [
    ...targets,
    ...(options.except ?? []),
  ]);
  const history = alone?.history ?? historyToRead(io, planned, options);
  const nodes = await openNodes(io, planned, options, alone?.guard);
  const { host } = nodes;
  const stamps = new StampLog(join(planned.cacheDir, 'stamps', `${await host.identity()}.log`));
  const references = planned.graph.tasks.flatMap((task) => Object.values(task.secrets ?? {}));
  const terms = await termsOf(
    io,
    host,
    {
      references: new Set(references),
      key: nodes.cluster ? ofCluster : undefined,
      disks: hypervisors(planned.config.fleet).flatMap(({ zfs }) =>
        Object.values(zfs.pools).flatMap((pool) => pool.disks),
      ),
      isNamed: namedIn(planned, targets),
    },
    options,
  );
  return { ...planned, ...nodes, stamps, terms, history };
}

async function openNodes(
  io: Io,
  planned: Planned,
  options: GlobalOptions,
  guard: Guard = async () => {},
): Promise<Nodes> {
  const common = [clockScope(io.clock()), ...alwaysAsked];
  if (clusterNodes(planned.phoenix).length > 0) return openCluster(io, planned, options, common, guard);
  const host = await openHost(io, planned, options);
  await guard([host], () => host.identity());
  return singleNode(io, host, [...common, ...scopesOf(planned.graph)]);
}
