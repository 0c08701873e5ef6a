/** The tasks of nodes, by the first way that answers: the API of the node, the node itself, the API of another one. */

import { clusterNodes } from '../config/project.ts';
import { CommandError, PhxError, problemOf, UnreachableError, unreadable } from '../core/error.ts';
import type { Problem } from '../core/event.ts';
import type { Host } from '../core/host.ts';
import { ownFirst } from '../host/api/absent.ts';
import {
  type NodeTask,
  newestFirst,
  parseNodeTasks,
  type TaskWish,
  taskFilter,
} from '../proxmox/node-tasks.ts';
import { type Apis, OnlyLooked } from './api.ts';
import { openTwinNodes } from './cluster-nodes.ts';
import { type HostPlace, openHost, openMember } from './hosts.ts';
import type { GlobalOptions, Io } from './io.ts';

export interface FoundTasks {
  readonly tasks: readonly NodeTask[];
  /** Nodes that nobody could ask, and why. */
  readonly away: ReadonlyMap<string, Problem>;
}

/** `nodes`: as the phoenixfile names them. */
export async function findTasks(
  io: Io,
  project: HostPlace,
  nodes: readonly string[],
  wish: TaskWish,
  options: GlobalOptions,
  apis: Apis,
): Promise<FoundTasks> {
  const away = new Map<string, Problem>();
  const open = openerOf(io, project, options);
  const several = clusterNodes(project.phoenix).length > 0;
  const each = nodes.map(async (node) => {
    try {
      return await firstAnswer(waysTo(node, wish, { open, apis, several }));
    } catch (error) {
      if (!(error instanceof PhxError)) throw error;
      away.set(node, problemOf(error));
      return [];
    }
  });
  return { tasks: newestFirst((await Promise.all(each)).flat(), wish), away };
}

type Way = () => Promise<readonly NodeTask[]>;

interface Ways {
  readonly open: (node: string) => Promise<Host>;
  readonly apis: Apis;
  /** The nodes are called as Proxmox calls them. */
  readonly several: boolean;
}

function waysTo(node: string, wish: TaskWish, { open, apis, several }: Ways): Way[] {
  const byApi = ownFirst(node, apis.all).map(([by, api]) => ({
    by,
    ask: async () => {
      const asked = await api();
      return asked.tasks(several ? node : await asked.name(), wish);
    },
  }));
  const own = byApi.filter(({ by }) => by === node);
  const others = byApi.filter(({ by }) => by !== node);
  const onNode = async () => {
    const host = await open(node);
    try {
      return await askNode(host, several ? node : 'localhost', wish);
    } finally {
      await host.close();
    }
  };
  return [...own.map(({ ask }) => ask), onNode, ...others.map(({ ask }) => ask)];
}

/** Whoever cannot be reached is asked by another way; of several in vain the first says why. */
async function firstAnswer(ways: readonly Way[]): Promise<readonly NodeTask[]> {
  let first: unknown;
  for (const ask of ways) {
    try {
      return await ask();
    } catch (error) {
      first ??= error;
      if (!(error instanceof UnreachableError || error instanceof OnlyLooked)) throw error;
    }
  }
  throw first;
}

/** As an admin would ask on the node. */
async function askNode(host: Host, node: string, wish: TaskWish): Promise<readonly NodeTask[]> {
  const filter = Object.entries(taskFilter(wish)).flatMap(([name, value]) => [`--${name}`, value]);
  const argv = ['pvesh', 'get', `/nodes/${node}/tasks`, ...filter, '--output-format', 'json'];
  const outcome = await host.run({ argv, repeatable: true, deadline: 60_000 });
  if (outcome.exit !== 0) throw new CommandError(argv, outcome);
  const tasks = parseNodeTasks(jsonOf(outcome.stdout));
  if (tasks === undefined) throw unreadable(argv, outcome);
  return tasks;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function openerOf(io: Io, project: HostPlace, options: GlobalOptions): Ways['open'] {
  if (clusterNodes(project.phoenix).length === 0) return () => openHost(io, project, options);
  if ((options.host ?? project.phoenix.host ?? 'twin') !== 'twin')
    return (node) => openMember(io, project, node);
  const twin = openTwinNodes(io, project, options.twinLatency);
  return async (node) => twin.node(node);
}
