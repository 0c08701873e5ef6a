/** Plays a recording on a fresh twin, in the twin's own time, and says of each step what differs. */

import { sha1 } from '../../src/core/digest.ts';
import type { Outcome } from '../../src/core/host.ts';
import type { Twin } from '../../src/twin/twin.ts';
import { differencesAfter } from './after.ts';
import { documentOf, holdsAll, sameDocument } from './json.ts';
import { recordedNode } from './node.ts';
import { Placeholders } from './placeholders.ts';
import { groupsOf, type Recording, type Step } from './recording.ts';
import { type Speaker, speakerOf } from './speaker.ts';
import { sameLines } from './text.ts';

export interface Played {
  readonly at: number;
  readonly command: string;
  readonly speaker: Speaker;
  /** A line each; empty where the twin answers alike. */
  readonly differences: readonly string[];
}

export async function play(recording: Recording): Promise<Played[]> {
  const twin = await recordedNode(recording.storages);
  const holders = new Placeholders();
  const played: Played[] = [];
  for (const group of groupsOf(recording)) {
    const steps = group.map((at) => recording.steps[at] as Step);
    const began = steps.map((step) => begin(twin, step, holders));
    const outcomes = await Promise.all(began);
    for (const outcome of outcomes) if (outcome) holders.learnArchives(outcome.stdout);
    const differences = compared(steps, outcomes, holders);
    const after = steps.at(-1)?.after ?? {};
    differences.at(-1)?.push(...(await differencesAfter(twin, after, holders)));
    group.forEach((at, n) => {
      const step = steps[n] as Step;
      const command = step.argv?.join(' ') ?? `${step.do} ${step.path ?? ''}`;
      played.push({ at, command, speaker: speakerOf(step), differences: differences[n] ?? [] });
    });
  }
  return played;
}

async function begin(twin: Twin, step: Step, holders: Placeholders): Promise<Outcome | undefined> {
  if (step.do !== undefined) {
    await byHand(twin, step, holders);
    return undefined;
  }
  await learnDigest(twin, step, holders);
  const argv = (step.argv ?? []).map((word) => holders.fill(word));
  if (step.startAfterMs) await twin.time.sleep(step.startAfterMs);
  const killed = step.signal?.name === 'SIGKILL';
  if (killed) twin.addFault({ match: argv.slice(0, 3).join(' '), nth: 1, kill: 'during' });
  const ended = new AbortController();
  const running = twin.run({
    argv,
    ...(step.stdin === undefined ? {} : { stdin: step.stdin }),
    signal: ended.signal,
  });
  if (step.signal && !killed)
    void twin.time.sleep(step.signal.afterMs ?? 0, ended.signal).then(
      () => ended.abort(),
      () => {},
    );
  const outcome = await running;
  ended.abort();
  return outcome;
}

/** A digest that is passed in and was never shown is that of the guest's file at this moment (B22). */
async function learnDigest(twin: Twin, { argv = [] }: Step, holders: Placeholders): Promise<void> {
  const token = argv[argv.indexOf('--digest') + 1];
  const id = argv.join(' ').match(/(?:^\w+ \w+ |\/(?:lxc|qemu)\/)(\d+)/)?.[1];
  if (!token?.startsWith('<DIGEST') || id === undefined) return;
  for (const folder of ['lxc', 'qemu-server']) {
    const text = await twin.readFile(`/etc/pve/${folder}/${id}.conf`);
    if (text !== undefined) holders.learn(token, sha1(text));
  }
}

async function byHand(twin: Twin, { do: what, path = '', text = '', ms = 0 }: Step, holders: Placeholders) {
  if (what === 'sleep') return twin.time.sleep(ms);
  const before = what === 'append' ? ((await twin.readFile(path)) ?? '') : '';
  await twin.writeFile(path, before + holders.fill(text));
}

/** Of each step what its answer differs in. Which of several equal commands wins is chance: any order of answers will do. */
function compared(
  steps: readonly Step[],
  outcomes: readonly (Outcome | undefined)[],
  holders: Placeholders,
): string[][] {
  if (steps.length === 1) return [differencesOf(steps[0] as Step, outcomes[0], holders)];
  const left = [...outcomes];
  return steps.map((step, at) => {
    const own = differencesOf(step, outcomes[at], holders);
    const same = left.findIndex((outcome) => differencesOf(step, outcome, holders).length === 0);
    if (same >= 0) left.splice(same, 1);
    return same >= 0 ? [] : own;
  });
}

function differencesOf(step: Step, outcome: Outcome | undefined, holders: Placeholders): string[] {
  if (!outcome) return [];
  const found: string[] = [];
  if (!sameExit(step, outcome.exit)) found.push(`exit: want ${step.exit} got ${outcome.exit}`);
  for (const stream of ['stdout', 'stderr'] as const) {
    const want = step[stream] ?? '';
    const got = outcome[stream];
    const [wanted, given] = [documentOf(want), documentOf(got)];
    const same =
      wanted !== undefined && given !== undefined
        ? (step.argv?.includes('/cluster/tasks') ? holdsAll : sameDocument)(wanted, given, holders)
        : sameLines(want, got, holders);
    if (!same) found.push(`${stream}: want ${JSON.stringify(want)} got ${JSON.stringify(got)}`);
  }
  return found;
}

/** Only `pct exec` gives numbers that mean something (B1, B11). */
function sameExit(step: Step, exit: number): boolean {
  const verbatim = speakerOf(step) === 'inside' && step.argv?.[0] === 'pct';
  return verbatim ? exit === step.exit : (exit === 0) === (step.exit === 0);
}
