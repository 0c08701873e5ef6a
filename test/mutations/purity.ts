/**
 * A step is a function of what it declares and of the world. On the world as built, a step that declares the same sends the
 * same and leaves the same, whatever else stands in the configuration: else it reads what it does not declare.
 */

import { isDeepStrictEqual } from 'node:util';
import type { PhxTask } from '../../src/config/project.ts';
import type { Bench } from '../bench.ts';
import type { Built } from './mill.ts';

/** Task id → what it sends and leaves when it is forced. */
type Doings = ReadonlyMap<string, unknown>;

const known = new Map<string, Promise<Doings>>();

async function doingsOf(bench: Bench, tasks: readonly PhxTask[]): Promise<Doings> {
  const alone = bench.copy();
  const ids = new Set(tasks.map(({ id }) => id));
  const edges = (task: PhxTask): PhxTask => ({
    ...task,
    dependencies: task.dependencies.filter((edge) => ids.has(edge.task)),
  });
  const { events } = await alone.run(tasks.map(edges), ['all'], { forced: true });
  return new Map(
    events.flatMap((event) => {
      if (event.type !== 'done' && event.type !== 'failed') return [];
      const commands = event.commands.map(({ argv }) => argv.join(' ').replace(/\btoken\d+\b/g, 'token'));
      // Which start of the guest it was, is drawn anew with each.
      const { started: _, ...outputs } = alone.stamps.get(event.task)?.outputs ?? {};
      return [[event.task, { end: event.type, commands, outputs }]];
    }),
  );
}

/** Complaints of those among `tasks` that do otherwise than the built fleet's own. */
export async function sendsOtherwise(built: Built, tasks: readonly PhxTask[]): Promise<string[]> {
  if (tasks.length === 0) return [];
  const ids = new Set(tasks.map(({ id }) => id));
  const key = [...ids].join(' ');
  const own = built.tasks.filter(({ id }) => ids.has(id));
  const before = known.get(key) ?? doingsOf(built.bench, own);
  known.set(key, before);
  const [was, is] = [await before, await doingsOf(built.bench, tasks)];
  return tasks.flatMap(({ id }) =>
    // What is refused, or held up by that, does nothing: a refusal is asked anew each time, and is never out of date.
    !is.has(id) || isDeepStrictEqual(was.get(id), is.get(id))
      ? []
      : [
          `${id} reads what it does not declare: ${JSON.stringify(was.get(id))} → ${JSON.stringify(is.get(id))}`,
        ],
  );
}
