/** Starts a process of this machine in a group of its own, so that its end takes its children along. It knows no host. */

import { execa } from 'execa';

export type Started = ReturnType<typeof startProcess>;

/** `closed`: no standard input; `open`: it stays open for as long as this process lives. */
export type Input = { readonly text: string } | 'closed' | 'open';

/** Answers when it has ended and all its output is closed; never rejects for how it ended. Output comes as bytes. */
export function startProcess(
  program: string,
  args: readonly string[],
  { env, input }: { readonly env: Readonly<Record<string, string>>; readonly input: Input },
) {
  return execa(program, args, {
    reject: false,
    detached: true,
    cleanup: true,
    extendEnv: false,
    env,
    encoding: 'buffer',
    stripFinalNewline: false,
    maxBuffer: 64 * 1024 * 1024,
    ...(typeof input === 'object'
      ? { input: input.text }
      : { stdin: input === 'open' ? ('pipe' as const) : ('ignore' as const) }),
  });
}

/** Bytes as text; empty where there are none. */
export function textOf(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}
