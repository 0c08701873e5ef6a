/** Answers of the node to phx's questions (`guest-probe.ts`): what it sees of its guests over the network. It prints nothing. */

import type { Call } from './call.ts';
import { exists, normalPath } from './files.ts';
import { urlHost, urlPort } from './guest-net.ts';
import { neighbourListens, splitPlace } from './neighbours.ts';
import { nodeHas } from './node-files.ts';
import { findUnit } from './units.ts';

/** The answer to one question; empty means no. */
export function nodeAnswer(call: Call, question: string): string {
  const colon = question.indexOf(':');
  const kind = colon < 0 ? question : question.slice(0, colon);
  const name = colon < 0 ? '' : question.slice(colon + 1);
  if (kind === 'package') return call.state.packages[name] ?? '';
  if (kind === 'file')
    return exists(call.state.files, normalPath(name)) || nodeHas(call.state, name, 'file') ? 'yes' : '';
  if (kind === 'unit') return findUnit(call.state, name)?.active ? 'active' : '';
  if (kind === 'tcp') {
    const { host, port } = splitPlace(name);
    return neighbourListens(call, host, port) ? 'open' : '';
  }
  if (kind === 'http') return neighbourListens(call, urlHost(name), urlPort(name)) ? '200' : '';
  return '';
}
