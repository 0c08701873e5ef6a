/** Answers of the node to phx's questions (`guest-probe.ts`): what it sees of its guests over the network. It prints nothing. */

import type { Call } from './call.ts';
import { exists, normalPath } from './files.ts';
import { guestAddress, urlPort } from './guest-answers.ts';
import { findGuest, guestIds } from './guests.ts';
import { findUnit } from './units.ts';

/** The answer to one question; empty means no. */
export function nodeAnswer(call: Call, question: string): string {
  const colon = question.indexOf(':');
  const kind = colon < 0 ? question : question.slice(0, colon);
  const name = colon < 0 ? '' : question.slice(colon + 1);
  if (kind === 'package') return call.state.packages[name] ?? '';
  if (kind === 'file') return exists(call.state.files, normalPath(name)) ? 'yes' : '';
  if (kind === 'unit') return findUnit(call.state, name)?.active ? 'active' : '';
  if (kind === 'tcp') {
    const cut = name.lastIndexOf(':');
    return listens(call, name.slice(0, cut), Number(name.slice(cut + 1))) ? 'open' : '';
  }
  if (kind === 'http') return listens(call, urlHost(name), urlPort(name)) ? '200' : '';
  return '';
}

function urlHost(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}

/** Whether a running container of this address or name listens there. */
function listens(call: Call, host: string, port: number): boolean {
  return guestIds(call.state).some((id) => {
    const guest = findGuest(call, id);
    if (!guest?.state.running) return false;
    const address = guestAddress(call, guest)?.replace(/\/.*$/, '');
    return (
      (host === address || host === guest.state.running.hostname) && guest.state.tree.ports.includes(port)
    );
  });
}
