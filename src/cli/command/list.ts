/** `phx list`: what can be named. It asks no host. */

import type { ExitName } from '../../core/error.ts';
import { selectTasks } from '../../core/target.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { openGraph, openProject } from '../open.ts';

/** `phx list [targets]`: what can be named; asks no host. */
export async function list(
  io: Io,
  targets: readonly string[],
  options: GlobalOptions & { json?: boolean },
): Promise<ExitName> {
  const planned = await openGraph(await openProject(io, options));
  const { graph, tags, config } = planned;
  const selected = selectTasks(graph, targets.length > 0 ? targets : ['all'], tags);
  const rows = [...graph.targets].flatMap(([target, tasks]) => {
    const own = tasks.filter((at) => selected.has(at)).map((at) => graph.at(at).id.slice(target.length + 1));
    const guest = config.fleet.guests[target.split(':')[1] ?? ''];
    const name = guest ? (guest.kind === 'ct' ? guest.hostname : guest.name) : '';
    return own.length > 0 ? [{ target, name, tags: guest?.tags ?? [], steps: own }] : [];
  });
  if (options.json) {
    io.out.write(`${JSON.stringify(rows, null, 2)}\n`);
    return 'ok';
  }
  const wide = (values: string[]) => Math.max(0, ...values.map((value) => value.length));
  const targetWidth = wide(rows.map(({ target }) => target));
  const nameWidth = wide(rows.map(({ name }) => name));
  for (const { target, name, tags: own, steps } of rows) {
    const labels = own.map((tag) => `tag:${tag}`).join(' ');
    io.out.write(
      `${target.padEnd(targetWidth)}  ${name.padEnd(nameWidth)}  ${String(steps.length).padStart(3)} tasks  ${labels}\n`,
    );
    if (targets.length > 0) for (const step of steps) io.out.write(`  ${target}/${step}\n`);
  }
  const unbuilt = Object.values(config.fleet.guests)
    .filter((guest) => guest.kind === 'vm')
    .map(({ id }) => `vmid:${id}`);
  if (unbuilt.length > 0 && !rows.some(({ target }) => target.startsWith('vmid:'))) {
    io.out.write(
      `in the configuration, but no plugin of the phoenixfile builds them: ${unbuilt.join(', ')}\n`,
    );
  }
  return 'ok';
}
