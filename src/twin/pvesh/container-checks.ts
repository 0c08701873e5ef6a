/** What Proxmox's interface looks at before it begins a task of a container, from its source; the task does the rest. */

import { refuse } from '../call.ts';
import { checkFreeId, isRunning } from '../guests.ts';
import { checkClone } from '../pct-clone.ts';
import { checkRequest } from '../pct-create-checks.ts';
import { checkDestroy, checkResize } from '../pct-manage.ts';
import { checkMoveVolume } from '../pct-move.ts';
import { checkName } from '../pct-snapshot.ts';
import type { Handler } from './task.ts';

/** Refuses what runs, or what does not. */
function power(runs: boolean, refusal: (id: string) => string): Handler {
  return ({ state }, { values }) => {
    const id = values.get('vmid') ?? '';
    if (isRunning(state, id) !== runs) refuse(refusal(id));
  };
}

const running = power(true, (id) => `CT ${id} not running`);
const stopped = power(false, (id) => `CT ${id} already running`);

export const early: Readonly<Record<string, Handler>> = {
  clone: (call, given) => void checkClone(call, given),
  create: (call, given) => {
    const { values } = given;
    // A restore over what is there looks at more, and does so itself.
    if (values.get('restore') === '1') return;
    checkFreeId(call.state, values.get('vmid') ?? '');
    checkRequest(call, 'create', values, () => {});
  },
  destroy: (call, given) => void checkDestroy(call, given),
  'move-volume': (call, given) => void checkMoveVolume(call, given),
  reboot: power(true, (id) => `VM ${id} not running`),
  resize: (call, given) => void checkResize(call, given),
  resume: stopped,
  shutdown: running,
  snapshot: (_, { values }) => void checkName(values.get('snapname') ?? ''),
  start: stopped,
  stop: running,
  suspend: running,
};
