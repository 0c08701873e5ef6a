/** `phx status`: a line for each target. It looks and never writes. */

import type { ExitName } from '../../core/error.ts';
import { selectTasks } from '../../core/target.ts';
import { examinerOf } from '../examiner.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { type Opened, openNode } from '../open.ts';
import { orphansOf } from '../orphans.ts';

/** `phx status [targets]`: a line a target, with what is not fresh. */
export async function status(
  io: Io,
  targets: readonly string[],
  options: GlobalOptions & { json?: boolean },
): Promise<ExitName> {
  const opened = await openNode(io, options);
  const selected = selectTasks(opened.graph, targets.length > 0 ? targets : ['all'], opened.tags);
  const examiner = examinerOf(io, opened);
  const rows = [...opened.graph.targets].flatMap(([target, tasks]) => {
    const own = tasks.filter((at) => selected.has(at));
    if (own.length === 0) return [];
    const judged = own.map((at) => ({
      task: opened.graph.at(at).id,
      verdict: examiner.examine(at).verdict.verdict,
    }));
    return [{ target, state: stateOf(target, opened), tasks: judged }];
  });
  const orphans = orphansOf(opened, opened.facts.current());
  if (options.json) {
    io.out.write(`${JSON.stringify({ host: opened.host.label, targets: rows, orphans }, null, 2)}\n`);
    return 'ok';
  }
  io.out.write(`phx · ${opened.host.label}\n`);
  const width = Math.max(...rows.map(({ target }) => target.length));
  const wide = Math.max(7, ...rows.map(({ state }) => state.length));
  for (const { target, state, tasks } of rows) {
    const fresh = tasks.filter(({ verdict }) => verdict === 'fresh').length;
    const rest = tasks.filter(({ verdict }) => verdict !== 'fresh');
    const listed = rest.slice(0, 4).map(({ task, verdict }) => `${task.slice(target.length + 1)} ${verdict}`);
    const more = rest.length > 4 ? [`${rest.length - 4} more`] : [];
    io.out.write(
      `  ${target.padEnd(width)}  ${state.padEnd(wide)}  ${`${fresh}/${tasks.length} fresh`.padEnd(11)}  ${[...listed, ...more].join(', ')}\n`,
    );
  }
  for (const orphan of orphans) io.out.write(`  ${orphan}  left the configuration; it stays as it is\n`);
  return 'ok';
}

/** `running`, in a cluster `running on pve2`. */
function stateOf(target: string, { facts, cluster }: Opened): string {
  const [kind, name = ''] = target.split(':');
  if (kind === 'hypervisor') return cluster?.away.has(name) ? 'out of reach' : 'up';
  const guest = facts.current().guests.get(Number(name));
  if (!guest) return 'absent';
  const state = guest.unknown ? 'unknown' : guest.running ? 'running' : 'stopped';
  return guest.node === undefined ? state : `${state} on ${guest.node}`;
}
