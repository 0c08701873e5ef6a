/** What a machine on the twin's network sees of the guests there. It prints nothing. */

import type { Call } from './call.ts';
import { guestAddress, listening } from './guest-net.ts';
import { anyGuest, guestIds } from './guests.ts';

/** Whether a running guest of this address or name listens there. */
export function neighbourListens(call: Call, host: string, port: number): boolean {
  return guestIds(call.state).some((id) => {
    const guest = anyGuest(call, id);
    if (!guest?.state.running) return false;
    const address = guestAddress(call, guest)?.replace(/\/.*$/, '');
    const meant = host === address || host === guest.state.running.hostname;
    return meant && listening(guest.state.tree, port);
  });
}

/** `host:port`. */
export function splitPlace(place: string): { readonly host: string; readonly port: number } {
  const cut = place.lastIndexOf(':');
  return { host: place.slice(0, cut), port: Number(place.slice(cut + 1)) };
}
