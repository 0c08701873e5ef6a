/** The way into a running container: `pct exec`, whose outcome is that of the program inside (B11). */

import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { pct } from '../../src/proxmox/pct.ts';
import type { Inside } from '../guest/inside.ts';

export function containerInside(id: number, context: TaskContext<Facts>): Inside {
  const typed = (argv: readonly string[]) => pct.exec(id, argv);
  return {
    ...{ id, context, typed },
    ask: (argv, settings) => context.ask(typed(argv), settings),
    run: (argv, settings) => context.run(typed(argv), settings),
  };
}
