/** Which commands only look: after them there is nothing to keep. It knows their words, and runs none. */

import { sweepMark } from '../proxmox/sweep.ts';

const looking: Readonly<Record<string, RegExp>> = {
  pct: /^(config|list|listsnapshot|pending|status)$/,
  pvesh: /^(get|ls|usage)$/,
  pvesm: /^(list|path|status)$/,
  qm: /^(config|list|listsnapshot|pending|status)$/,
};

const alone = new Set(['[', 'cat', 'ls', 'stat', 'test', 'true']);

export function onlyLooks([program = '', verb = '']: readonly string[], stdin = ''): boolean {
  if (program === 'sh') return verb === '-s' && stdin.startsWith(sweepMark);
  return alone.has(program) || looking[program]?.test(verb) === true;
}
