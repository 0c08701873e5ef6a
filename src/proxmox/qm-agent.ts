/**
 * argv of the commands that go to a VM's guest agent, and what they answer. Pure. A command's own exit code stands in the
 * answer; that of `qm guest exec` only says whether the agent took it (B97).
 */

/** How a program in the guest ended, or that it still runs. */
export type AgentAnswer =
  | { readonly state: 'runs'; readonly pid: string }
  | {
      readonly state: 'ended';
      /** As a shell shows it: 128+n after signal n. */
      readonly exit: number;
      readonly stdout: string;
      readonly stderr: string;
      /** The agent keeps 16 MiB of what a program prints (F20c). */
      readonly truncated: boolean;
    };

/** Seconds that a command is waited for before its pid is handed back. */
export const execTimeout = 25;

export const qmAgent = {
  ping: (id: number): string[] => ['qm', 'agent', String(id), 'ping'],
  exec: (id: number, argv: readonly string[], { stdin = false }: { stdin?: boolean } = {}): string[] => [
    ...['qm', 'guest', 'exec', String(id), '--timeout', String(execTimeout)],
    // Without it standard input goes nowhere (B97).
    ...(stdin ? ['--pass-stdin', '1'] : []),
    ...['--', ...argv],
  ],
  status: (id: number, pid: string): string[] => ['qm', 'guest', 'exec-status', String(id), pid],
};

/** Reads what `qm guest exec` and `exec-status` print; undefined when it is no answer of an agent. */
export function parseAgentAnswer(text: string): AgentAnswer | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (answer === null || typeof answer !== 'object') return undefined;
  const fields = answer as Readonly<Record<string, unknown>>;
  const { pid, exitcode, signal } = fields;
  if (!isOn(fields.exited))
    return pid === undefined ? stillRuns(fields) : { state: 'runs', pid: String(pid) };
  return {
    state: 'ended',
    exit: signal === undefined ? Number(exitcode ?? 0) : 128 + Number(signal),
    stdout: String(fields['out-data'] ?? ''),
    stderr: String(fields['err-data'] ?? ''),
    truncated: isOn(fields['out-truncated']) || isOn(fields['err-truncated']),
  };
}

/** A program that the agent could not start, as a shell tells of it; undefined where it was something else that failed (B97). */
export function parseNotStarted(stderr: string): { exit: number; stderr: string } | undefined {
  const [said, program, why] = /Failed to execute child process .(.+). \((.+?)\)/.exec(stderr) ?? [];
  if (said === undefined) return undefined;
  return { exit: why === 'Permission denied' ? 126 : 127, stderr: `${program}: ${why}\n` };
}

/** `exec-status` names no pid. */
function stillRuns(fields: Readonly<Record<string, unknown>>): AgentAnswer | undefined {
  return 'exited' in fields ? { state: 'runs', pid: '' } : undefined;
}

function isOn(value: unknown): boolean {
  return value === true || value === 1 || value === '1';
}

/** Texts that the agent takes at once: 64 KiB is its bound (F20c), and a character is never cut. */
export function stdinPieces(text: string, bytes = 48 * 1024): string[] {
  const pieces: string[] = [];
  let piece = '';
  let size = 0;
  for (const character of text) {
    const length = Buffer.byteLength(character);
    if (size + length > bytes) {
      pieces.push(piece);
      piece = '';
      size = 0;
    }
    piece += character;
    size += length;
  }
  return piece === '' ? pieces : [...pieces, piece];
}
