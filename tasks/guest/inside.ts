/**
 * Work inside a running guest: questions asked in one call, layers applied as one script, readiness waited for. The
 * guest is reached through `Inside`, so that containers and VMs share this. It knows no `pct` and no `qm`.
 */

import { CommandError, PhxError, unreadable } from '../../src/core/error.ts';
import type { Outcome } from '../../src/core/host.ts';
import type { RunSettings, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { type Layer, layersPath, parseLayers } from '../../src/proxmox/guest-layer.ts';
import { guestProbeArgv, guestProbeScript, parseGuestProbe } from '../../src/proxmox/guest-probe.ts';
import { guestScriptArgv, type LayerScript, printLayerScript } from '../../src/proxmox/guest-script.ts';
import { printTakeBack, uninstallPath } from '../../src/proxmox/guest-uninstall.ts';
import { forgetInside } from './inside-note.ts';

/** A running guest, as a way to run commands in it. Outcomes are those of the commands themselves. */
export interface Inside {
  readonly id: number;
  readonly context: TaskContext<Facts>;
  /** Runs a command that only looks; its exit code is the caller's to read. */
  readonly ask: (argv: readonly string[], settings?: RunSettings) => Promise<Outcome>;
  /** Runs a command that changes the guest; throws CommandError on a non-zero exit. */
  readonly run: (argv: readonly string[], settings?: RunSettings) => Promise<Outcome>;
  /** The command as a person would type it on the node: for messages. */
  readonly typed: (argv: readonly string[]) => readonly string[];
}

/** Asks all questions (guest-probe.ts) in one call; questions without an answer are missing from the map. */
export async function askGuest(inside: Inside, questions: readonly string[]): Promise<Map<string, string>> {
  const argv = guestProbeArgv(questions);
  const outcome = await inside.ask(argv, { stdin: guestProbeScript, deadline: 60_000 });
  if (outcome.exit !== 0 && parseGuestProbe(outcome.stdout).size === 0)
    throw new CommandError(inside.typed(argv), outcome);
  return answersTo(questions, inside.typed(argv), outcome);
}

/** Those that there are; a probe that ended well and passed a question over was not the probe that spoke. */
export function answersTo(
  questions: readonly string[],
  argv: readonly string[],
  outcome: Outcome,
): Map<string, string> {
  const answers = parseGuestProbe(outcome.stdout);
  if (outcome.exit === 0 && !questions.every((question) => answers.has(question)))
    throw unreadable(argv, outcome);
  return new Map([...answers].filter(([, answer]) => answer !== ''));
}

/** The layers that a running guest holds: as they were last seen from the node, which sees into no VM, else asked for. */
export async function layersIn(inside: Inside): Promise<readonly Layer[]> {
  const seen = inside.context.facts().guests.get(inside.id)?.layers;
  if (seen) return seen;
  const { exit, stdout } = await inside.ask(['cat', layersPath]);
  return exit === 0 ? parseLayers(stdout) : [];
}

/** What a guest is asked until its network works. */
export interface Readiness {
  /** `10.0.0.150/24` when the address is static. */
  readonly address?: string;
  /** Whether a default route is to be expected. */
  readonly route: boolean;
}

/** Waits until the guest has its address, its default route and resolves names; once a run and guest. */
export async function untilReady(inside: Inside, wanted: Readiness): Promise<void> {
  const { context, id } = inside;
  const known = readyGuests(context);
  if (known.has(id)) return;
  const questions = ['address', ...(wanted.route ? ['route', 'dns'] : [])];
  await context.until({
    what: `the network of guest ${id}`,
    deadline: 120_000,
    interval: 2000,
    look: async () => {
      const answers = await askGuest(inside, questions);
      const address = answers.get('address');
      const right = wanted.address === undefined || address === wanted.address;
      if (right && questions.every((question) => answers.has(question))) return { answer: true };
      const seen = questions.map((question) => `${question} ${answers.get(question) ?? '(none)'}`);
      return { seen: seen.join(', ') };
    },
  });
  known.add(id);
}

/** Guests that were found ready in this run. */
export function readyGuests(context: TaskContext<Facts>): Set<number> {
  return context.shared('ready guests', () => new Set<number>());
}

/** A guest that was stopped or restarted has to be waited for again. */
export function forgetReady(context: TaskContext<Facts>, id: number): void {
  readyGuests(context).delete(id);
}

/** Applies a layer unless its marker says that this very layer is there; then proves that it works. */
export async function applyLayer(
  inside: Inside,
  script: LayerScript,
  verify: readonly string[],
  /** Asked just before its script is sent. */
  before: () => Promise<void> = async () => {},
): Promise<void> {
  const { layer } = script;
  const present = (await askGuest(inside, [`layer:${layer.name}`])).get(`layer:${layer.name}`);
  if (present === layer.digest) return;
  await forgetInside(inside.context, inside.id);
  await before();
  await inside.run(guestScriptArgv, { stdin: printLayerScript(script), deadline: 60 * 60_000 });
  const questions = [`layer:${layer.name}`, ...verify];
  const answers = await askGuest(inside, questions);
  const missing = questions.filter((question) => !answers.has(question));
  if (missing.length === 0) return;
  throw new PhxError('failed', {
    title: `${layer.name} ran, but is not in place in guest ${inside.id}`,
    facts: missing.map((question) => ['missing', question] as const),
    hint: 'The script ended well without leaving what it promises. Its output is in the log.',
  });
}

/** Takes a layer back by the script that is kept in the guest; then proves that nothing tells of it any more. */
export async function takeLayerBack(inside: Inside, layer: Layer): Promise<void> {
  await forgetInside(inside.context, inside.id);
  await inside.run(guestScriptArgv, { stdin: printTakeBack(layer), deadline: 30 * 60_000 });
  const questions = [`layer:${layer.name}`, `file:${uninstallPath(layer.name)}`];
  const left = [...(await askGuest(inside, questions)).keys()];
  if (left.length === 0) return;
  throw new PhxError('failed', {
    title: `${layer.name} was taken back, but is still there in guest ${inside.id}`,
    facts: left.map((question) => ['still there', question] as const),
    hint: 'Its script ended well all the same. Its output is in the log.',
  });
}
