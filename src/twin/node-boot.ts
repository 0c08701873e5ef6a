/** What a boot of the node does to its guests: none runs any more, then those are started that are to be. */

import { parseProperties } from '../proxmox/conf.ts';
import type { Call } from './call.ts';
import { noteEvent } from './events.ts';
import { anyGuest, guestIds, isOn, isTemplate, kindOf } from './guests.ts';
import { halt, startGuest } from './pct-power.ts';
import { haltVm, startVm } from './qm-power.ts';

/** After a boot of the node: nothing runs but what has `onboot: 1`, in startup order; failures are skipped. */
export function bootNode(call: Call): void {
  const wanted: { id: number; order: number }[] = [];
  for (const id of guestIds(call.state)) {
    const vm = kindOf(call.state, id) === 'vm';
    if (call.state.guests[id]?.running) (vm ? haltVm : halt)(call, id);
    const guest = anyGuest(call, id);
    if (!guest || !isOn(guest.conf.keys.get('onboot')) || isTemplate(guest.conf)) continue;
    const order = parseProperties(guest.conf.keys.get('startup') ?? '', 'order').get('order');
    wanted.push({ id, order: order === undefined ? Number.MAX_SAFE_INTEGER : Number(order) });
  }
  wanted.sort((a, b) => a.order - b.order || a.id - b.id);
  for (const { id } of wanted) {
    const vm = kindOf(call.state, id) === 'vm';
    const start = vm ? startVm(call, id, false) : startGuest(call, id, false);
    try {
      while (!start.next().done);
    } catch {
      noteEvent(call.state.events, `start of ${vm ? 'VM' : 'CT'} ${id} failed at boot`);
    }
  }
}
