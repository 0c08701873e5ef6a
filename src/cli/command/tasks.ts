/** `phx tasks`: what Proxmox VE did last on the nodes, whoever asked it to. It looks and never writes. */

import { clusterNodes, clusterNodesMeant } from '../../config/project.ts';
import { type ExitName, PhxError } from '../../core/error.ts';
import { didYouMean } from '../../core/suggest.ts';
import type { NodeTask } from '../../proxmox/node-tasks.ts';
import { problemLines } from '../../report/problem.ts';
import { duration, oneLine, paint } from '../../report/words.ts';
import { apisOf } from '../api.ts';
import { noSuch } from '../cluster-words.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { findTasks } from '../node-tasks.ts';
import { openProject, type Project } from '../open.ts';

export interface TasksOptions extends GlobalOptions {
  readonly lines?: number;
  readonly running?: boolean;
  readonly json?: boolean;
}

/** Exit 1 where a node could not be asked: the answer is not whole. */
export async function tasks(io: Io, target: string | undefined, options: TasksOptions): Promise<ExitName> {
  const project = await openProject(io, options);
  const { guest, nodes } = meant(project, target, options);
  const wish = { limit: options.lines ?? 50, running: options.running ?? false };
  const apis = apisOf(io, project.phoenix, options);
  try {
    const all = guest === undefined ? wish : { ...wish, guest };
    const found = await findTasks(io, project, nodes, all, options, apis);
    if (options.json) {
      const away = [...found.away].map(([node, error]) => ({ node, error }));
      io.out.write(`${JSON.stringify({ tasks: found.tasks, away }, null, 2)}\n`);
    } else {
      io.out.write(tasksText(found.tasks, io.clock()));
      const style = paint(io.err.colour);
      for (const [node, problem] of found.away)
        io.err.write(`${problemLines(problem, style, node).join('\n')}\n`);
    }
    return found.away.size === 0 ? 'ok' : 'failed';
  } finally {
    await apis.close();
  }
}

/** A guest may have been worked on anywhere: all nodes are asked for it. */
function meant({ phoenix }: Project, target: string | undefined, { host }: GlobalOptions) {
  const wanted = host ?? phoenix.host ?? 'twin';
  const all = phoenix.cluster ? clusterNodesMeant(phoenix, wanted) : [wanted];
  if (!all) throw noSuch(wanted, clusterNodes(phoenix));
  if (target === undefined || target === 'all' || target === 'hypervisor') return { nodes: all };
  const [, id] = /^(?:ctid|vmid):(\d+)$/.exec(target) ?? [];
  if (id !== undefined) return { nodes: all, guest: Number(id) };
  const [, node = ''] = /^hypervisor:(.+)$/.exec(target) ?? [];
  if (phoenix.cluster && all.includes(node)) return { nodes: [node] };
  throw new PhxError('usage', {
    title: `There are no tasks of ${target}`,
    hint:
      didYouMean(target, ['hypervisor', 'all', ...all.map((name) => `hypervisor:${name}`)]) ??
      'Tasks are told of one guest (ctid:950, vmid:8001), of one node (hypervisor:pve2), or of all nodes.',
  });
}

/** Newest first, a line a task. */
function tasksText(found: readonly NodeTask[], now: number): string {
  if (found.length === 0) return 'no task\n';
  const rows = found.map(({ node, type, id, user, began, ended, status }) => ({
    when: `${new Date(began).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
    took: duration((ended ?? now) - began),
    ...{ node, type, id, user },
    status: oneLine(status, 120),
  }));
  const keys = ['when', 'took', 'node', 'type', 'id', 'user'] as const;
  const widths = keys.map((key) => Math.max(...rows.map((row) => row[key].length)));
  return rows
    .map((row) => {
      const cells = keys.map((key, at) =>
        key === 'took' ? row[key].padStart(widths[at] ?? 0) : row[key].padEnd(widths[at] ?? 0),
      );
      return `${[...cells, row.status].join('  ')}\n`;
    })
    .join('');
}
