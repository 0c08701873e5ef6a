/** Runs the hookscript of a container around its start and its stop, by the twin's small shell (B62, ct-hookscript). */

import { type Call, Refusal, refuse } from './call.ts';
import { noteEvent } from './events.ts';
import type { Guest } from './guests.ts';
import { nodeFile, nodeHas } from './node-files.ts';
import { checkHookscript } from './pct-keys.ts';
import { parseShell, runShell } from './shell.ts';
import { volumePath } from './storage/volumes.ts';

export type Phase = 'pre-start' | 'post-start' | 'pre-stop' | 'post-stop';

/** A failure before the start stops it; any other one is only told. After the stop nobody listens any more. */
export function runHook(call: Call, { id, conf }: Guest, phase: Phase): void {
  const script = conf.keys.get('hookscript');
  if (script === undefined) return;
  const problem = problemOf(call, script, id, phase);
  if (problem === undefined || phase === 'post-stop') return;
  const message = `hookscript error for ${id} on ${phase}: ${problem}`;
  // Proxmox puts a line break in the place of which a blank is left.
  if (phase === 'pre-start') refuse(`${message} `);
  call.out(`${message}\n\n`);
}

function problemOf(call: Call, script: string, id: number, phase: Phase): string | undefined {
  try {
    checkHookscript(call.state, script);
  } catch (error) {
    if (error instanceof Refusal) return error.message.trimEnd();
    throw error;
  }
  const path = volumePath(call.state, script);
  const code = exitOf(call, path, [path, String(id), phase]);
  return code === 0 ? undefined : `command '${path} ${id} ${phase}' failed: exit code ${code}`;
}

/** What the small shell does not know is noted, and counts as done. */
function exitOf(call: Call, path: string, args: readonly string[]): number {
  const text = nodeFile(call.state, path) ?? '';
  const parsed = /^#!(?!.*\b(ba|da|a)?sh\b)/.test(text) ? undefined : parseShell(text);
  const note = (what: string) => {
    noteEvent(call.state.events, `hookscript: ${what}`);
    return 0;
  };
  if (!parsed) return note(args.join(' '));
  // All output of a worker is standard output.
  const out = (line: string) => {
    if (args[2] !== 'post-stop') call.out(line);
  };
  return runShell(parsed, {
    ...{ args, out, err: out },
    has: (file, kind) => nodeHas(call.state, file, kind),
    run: (argv) => note(argv.join(' ')),
  });
}
