/** `phx exec` and `phx logs`: a look into a guest, or at the node. Nothing is recorded of it. */

import { type ExitName, PhxError } from '../../core/error.ts';
import { pct } from '../../proxmox/pct.ts';
import { guestsNamed, guestTitle } from '../guest-words.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { type Opened, openNode } from '../open.ts';

/** Runs a command where the target is; its exit code is the program's own. */
export async function exec(
  io: Io,
  target: string,
  argv: readonly string[],
  options: GlobalOptions,
): Promise<ExitName | number> {
  return at(io, target, argv, options);
}

export interface LogOptions extends GlobalOptions {
  readonly unit?: string;
  readonly lines: number;
  readonly follow?: boolean;
  readonly since?: string;
}

/** The journal of a guest, or of the node. */
export async function logs(io: Io, target: string, options: LogOptions): Promise<ExitName | number> {
  const argv = [
    ...['journalctl', '--no-pager', '--lines', String(options.lines)],
    ...(options.unit ? ['--unit', options.unit] : []),
    ...(options.since ? ['--since', options.since] : []),
    ...(options.follow ? ['--follow'] : []),
  ];
  return at(io, target, argv, options);
}

async function at(
  io: Io,
  target: string,
  argv: readonly string[],
  options: GlobalOptions,
): Promise<ExitName | number> {
  const opened = await openNode(io, options);
  try {
    const outcome = await opened.host.run({
      argv: target === 'hypervisor' ? argv : enter(opened, target, argv),
      // Whoever asked stays in front of it: Ctrl-C ends it, nothing else does.
      signal: io.stop.drain,
      onLine: (stream, line) => (stream === 'stdout' ? io.out : io.err).write(`${line}\n`),
    });
    return outcome.ended === 'aborted' ? 'interrupted' : outcome.exit;
  } finally {
    opened.stamps.close();
    await opened.host.close();
  }
}

function enter(opened: Opened, target: string, argv: readonly string[]): string[] {
  const known = { ...opened, fleet: opened.config.fleet, facts: opened.facts.current() };
  const [id = 0, ...more] = guestsNamed(known, [target]);
  if (more.length > 0)
    throw new PhxError('usage', { title: `${target} names more than one guest`, hint: 'Name one.' });
  const guest = known.facts.guests.get(id);
  if (guest?.kind === 'vm')
    throw new PhxError('usage', {
      title: `${target} is a VM`,
      hint: 'phx goes into containers this way; use the network to reach a VM.',
    });
  if (guest?.running) return pct.exec(id, argv);
  throw new PhxError('blocked', {
    title: `${guestTitle(known, id)} ${guest ? 'is stopped' : 'is not on the node'}`,
    hint: guest ? 'Start it first; the next run puts it back into its wanted state.' : 'Build it first.',
    command: `phx ${guest ? 'start' : 'run'} ${target}`,
  });
}
