/** `phx exec` and `phx logs`: a look into a guest, or at the node. Nothing is recorded of it. */

import type { InsideRequest } from '../../config/project.ts';
import { type ExitName, PhxError } from '../../core/error.ts';
import { TaskGraph } from '../../core/graph.ts';
import type { Outcome } from '../../core/host.ts';
import type { Facts } from '../../proxmox/facts.ts';
import { pct } from '../../proxmox/pct.ts';
import { guestsNamed, guestTitle } from '../guest-words.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { lookOn } from '../look.ts';
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
  return at(io, target, argv, options, options.follow);
}

async function at(
  io: Io,
  target: string,
  argv: readonly string[],
  options: GlobalOptions,
  follow = false,
): Promise<ExitName | number> {
  const opened = await openNode(io, options);
  try {
    if (target === 'hypervisor') return await onNode(io, opened, argv);
    const { id, kind } = runningGuest(opened, target);
    if (kind === 'ct') return await onNode(io, opened, pct.exec(id, argv));
    if (follow) {
      throw new PhxError('usage', {
        title: 'The journal of a VM cannot be followed',
        hint: 'Its agent tells what a program printed once that has ended. Ask without -f, or go in by the network.',
        command: `phx logs ${target}`,
      });
    }
    return await throughPlugin(io, opened, { kind, guest: id, argv });
  } finally {
    opened.stamps.close();
    await opened.host.close();
  }
}

async function onNode(io: Io, { host }: Opened, argv: readonly string[]): Promise<ExitName | number> {
  const outcome = await host.run({
    argv,
    // Whoever asked stays in front of it: Ctrl-C ends it, nothing else does.
    signal: io.stop.drain,
    onLine: (stream, line) => (stream === 'stdout' ? io.out : io.err).write(`${line}\n`),
  });
  return outcome.ended === 'aborted' ? 'interrupted' : outcome.exit;
}

/** What the node cannot enter itself: a task of its plugin does, and the command's output is there at its end. */
async function throughPlugin(
  io: Io,
  opened: Opened,
  asked: Pick<InsideRequest, 'kind' | 'guest' | 'argv'>,
): Promise<ExitName | number> {
  let exit: number | undefined;
  const ended = (outcome: Outcome) => {
    io.out.write(outcome.stdout);
    io.err.write(outcome.stderr);
    exit = outcome.exit;
  };
  const { phoenix, config } = opened;
  const [task] = phoenix.plugins.flatMap(
    (plugin) => plugin.inside?.({ fleet: config.fleet }, { ...asked, ended }) ?? [],
  );
  if (!task) {
    throw new PhxError('usage', {
      title: `No plugin of the phoenixfile goes into vmid:${asked.guest}`,
      hint: 'vm() does.',
    });
  }
  let trouble: PhxError | undefined;
  const { interrupted } = await lookOn(io, { ...opened, graph: new TaskGraph<Facts>([task]) }, 1, (event) => {
    if (event.type === 'blocked' || event.type === 'failed') trouble = new PhxError(event.type, event.error);
    else if (event.type === 'line' && event.stream === 'log') io.err.write(`${event.text}\n`);
  });
  if (interrupted) {
    io.err.write('A program that has started goes on in the guest: its agent ends none.\n');
    return 'interrupted';
  }
  if (trouble) throw trouble;
  return exit ?? 'failed';
}

/** The one guest that is named; there is a way into one that runs. */
function runningGuest(opened: Opened, target: string): { id: number; kind: 'ct' | 'vm' } {
  const known = { ...opened, fleet: opened.config.fleet, facts: opened.facts.current() };
  const [id = 0, ...more] = guestsNamed(known, [target]);
  if (more.length > 0)
    throw new PhxError('usage', { title: `${target} names more than one guest`, hint: 'Name one.' });
  const guest = known.facts.guests.get(id);
  if (guest?.running) return guest;
  throw new PhxError('blocked', {
    title: `${guestTitle(known, id)} ${guest ? 'is stopped' : 'is not on the node'}`,
    hint: guest ? 'Start it first; the next run puts it back into its wanted state.' : 'Build it first.',
    command: `phx ${guest ? 'start' : 'run'} ${target}`,
  });
}
