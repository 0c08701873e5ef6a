/** Endpoints that begin a task: its id is printed at the end, and its failure is told, but is no exit code (B7, B79). */

import { type Call, Refusal, type Work } from '../call.ts';
import type { Given } from '../options.ts';
import { asTask, newTask, upidOf } from '../task-log.ts';
import type { Endpoint } from './route.ts';

export type Handler = (call: Call, given: Given) => Work | undefined;

const formats = ['human-readable', 'noborder', 'noheader', 'output-format', 'quiet'];

/** A verb of `pct` or `qm`, which knows nothing of how answers are to be printed. */
export function plain(handler: Handler): Handler {
  return (call, { values, rest }) => {
    const own = [...values].filter(([name]) => !formats.includes(name));
    return handler(call, { values: new Map(own), rest });
  };
}

/**
 * `check`: what is refused before there is a task. `id`: the parameter that says what the task is about. `instead`: what
 * the task is called where it is another one than usual.
 */
export function taskEndpoint(
  type: string,
  options: NonNullable<Endpoint['options']>,
  handler: Handler,
  {
    check,
    id = 'vmid',
    highest,
    instead,
  }: {
    check?: Handler;
    id?: string;
    highest?: Endpoint['highest'];
    instead?: (call: Call, given: Given) => string | undefined;
  } = {},
): Endpoint {
  return {
    options,
    ...(highest ? { highest } : {}),
    run: function* (call, given) {
      check?.(call, given);
      const task = newTask(call, instead?.(call, given) ?? type, given.values.get(id) ?? id);
      try {
        yield* asTask(call, task, late(call, given, plain(handler)), true);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        call.err(error.message);
      }
      call.out(`${upidOf(call.state, task)}\n`);
    },
  };
}

/** So that what it refuses at once is refused inside of the task. */
function* late(call: Call, given: Given, handler: Handler): Work {
  const work = handler(call, given);
  if (work) yield* work;
}
