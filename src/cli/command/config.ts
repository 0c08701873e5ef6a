/** `phx config` and `phx validate`: what the configuration says, where each value comes from, and what is wrong with it. */

import { explainConfig, explainLines } from '../../config/explain.ts';
import { formatProblems } from '../../config/problem.ts';
import { type ExitName, PhxError } from '../../core/error.ts';
import { didYouMean } from '../../core/suggest.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { openGraph, openProject } from '../open.ts';

/** `phx config [target]`: every merged value with its origin. */
export async function config(
  io: Io,
  target: string | undefined,
  options: GlobalOptions & { json?: boolean },
): Promise<ExitName> {
  const project = await openProject(io, options);
  const explained = await explainConfig(project.config, target === undefined ? undefined : idOf(target));
  if (explained.length === 0) {
    const { nodes = {}, guests } = project.config.fleet;
    const known = [
      'hypervisor',
      ...Object.keys(nodes).map((name) => `hypervisor:${name}`),
      ...Object.keys(guests),
    ];
    const near = didYouMean(String(target), known);
    throw new PhxError('usage', {
      title: `The configuration has no ${target}`,
      ...(near ? { hint: near } : {}),
      command: 'phx list',
    });
  }
  io.out.write(
    options.json ? `${JSON.stringify(explained, null, 2)}\n` : `${explainLines(explained).join('\n')}\n`,
  );
  return 'ok';
}

function idOf(target: string): string | number {
  if (target.startsWith('hypervisor')) return target.replace(/\/.*$/, '');
  return Number(/(\d+)/.exec(target)?.[1] ?? Number.NaN);
}

/** `phx validate`: configuration, templates and graph, without touching a host. */
export async function validate(io: Io, options: GlobalOptions & { json?: boolean }): Promise<ExitName> {
  const project = await openProject(io, options);
  const { graph } = await openGraph(project);
  const { problems, files, fleet } = project.config;
  if (options.json) {
    io.out.write(`${JSON.stringify({ problems, files, tasks: graph.tasks.length }, null, 2)}\n`);
    return 'ok';
  }
  if (problems.length > 0) io.out.write(`${formatProblems(problems)}\n\n`);
  const guests = Object.keys(fleet.guests).length;
  io.out.write(`${files.length} files, ${guests} guests, ${graph.tasks.length} tasks: no errors\n`);
  return 'ok';
}
