/**
 * The way into a running VM: the guest agent. Its answers are read, long programs are asked after until they end, and what
 * is too long for its standard input is put into a file of the guest first, in pieces.
 */

import { CommandError, PhxError } from '../../src/core/error.ts';
import type { Outcome } from '../../src/core/host.ts';
import type { RunSettings, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import {
  type AgentAnswer,
  parseAgentAnswer,
  parseNotStarted,
  qmAgent,
  stdinPieces,
} from '../../src/proxmox/qm-agent.ts';
import type { Inside } from '../guest/inside.ts';

const minutes = 60_000;
/** Where standard input waits that is too long for one call; root's alone. */
const waiting = '/var/lib/phx/stdin';

export function vmInside(id: number, context: TaskContext<Facts>): Inside {
  const typed = (argv: readonly string[]) => ['qm', 'guest', 'exec', String(id), '--', ...argv];
  const ask = (argv: readonly string[], settings?: RunSettings) => through(context.ask, argv, settings);
  const through = async (
    send: TaskContext<Facts>['ask'],
    argv: readonly string[],
    settings: RunSettings = {},
  ): Promise<Outcome> => {
    const { stdin, deadline = 10 * minutes, ...rest } = settings;
    const pieces = stdin === undefined ? [] : stdinPieces(stdin);
    if (pieces.length <= 1) {
      const given = stdin === undefined ? {} : { stdin };
      const first = await send(qmAgent.exec(id, argv, { stdin: stdin !== undefined }), {
        ...{ ...rest, ...given, deadline },
      });
      return ended(id, context, argv, first, deadline);
    }
    await put(id, context, pieces);
    // Gone as soon as it is open: it may hold what is nobody's business, and a run may die here.
    const reading = ['sh', '-c', `exec <${waiting} && rm -f ${waiting} && exec "$@"`, 'sh', ...argv];
    const first = await send(qmAgent.exec(id, reading), { ...rest, deadline });
    return ended(id, context, argv, first, deadline);
  };
  return {
    ...{ id, context, typed, ask },
    run: async (argv, settings) => {
      const outcome = await through(context.run, argv, settings);
      if (outcome.exit !== 0) throw new CommandError(typed(argv), outcome);
      return outcome;
    },
  };
}

/** The outcome of the program itself, once it has ended. */
async function ended(
  id: number,
  context: TaskContext<Facts>,
  argv: readonly string[],
  first: Outcome,
  deadline: number,
): Promise<Outcome> {
  if (first.exit !== 0) return { ...first, ...parseNotStarted(first.stderr) };
  const answer = parseAgentAnswer(first.stdout);
  if (!answer) throw noAnswer(id, argv, first.stdout);
  if (answer.state === 'ended') return outcomeOf(answer, first, context);
  const { pid } = answer;
  return context.until({
    what: `${argv.slice(0, 3).join(' ')} in guest ${id}`,
    deadline,
    interval: 2000,
    look: async () => {
      const asked = await context.ask(qmAgent.status(id, pid));
      const now = parseAgentAnswer(asked.stdout);
      if (now?.state === 'ended') return { answer: outcomeOf(now, asked, context) };
      return { seen: asked.exit === 0 ? 'it runs' : asked.stderr.trim() };
    },
  });
}

function outcomeOf(
  { exit, stdout, stderr, truncated }: AgentAnswer & { readonly state: 'ended' },
  { ms }: Outcome,
  context: TaskContext<Facts>,
): Outcome {
  if (truncated) context.log('it printed more than the 16 MiB that the agent keeps: the rest is missing');
  return { exit, stdout, stderr, ms };
}

/** Puts a text into a file of the guest, piece by piece; the first one begins it anew. */
async function put(id: number, context: TaskContext<Facts>, pieces: readonly string[]): Promise<void> {
  for (const [at, piece] of pieces.entries()) {
    const script =
      at === 0
        ? `umask 077; mkdir -p ${waiting.replace(/\/[^/]+$/, '')} && cat >${waiting}`
        : `cat >>${waiting}`;
    const argv = ['sh', '-c', script];
    const sent = await context.ask(qmAgent.exec(id, argv, { stdin: true }), { stdin: piece });
    const outcome = await ended(id, context, argv, sent, 5 * minutes);
    if (outcome.exit !== 0)
      throw new CommandError(['qm', 'guest', 'exec', String(id), '--', ...argv], outcome);
  }
}

function noAnswer(id: number, argv: readonly string[], said: string): PhxError {
  return new PhxError('failed', {
    title: `The agent of guest ${id} gave no answer to ${argv.slice(0, 3).join(' ')}`,
    facts: [['said', said.slice(0, 200)]],
    hint: 'Look whether qemu-guest-agent runs in it, then run again.',
  });
}
