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

/** A package whose version Proxmox complained of was there in that version; otherwise it passed for Proxmox's own. */
function packagesOf({ steps }: Recording): Readonly<Record<string, string>> {
  const told = steps.flatMap(({ stderr = '' }) => {
    const [, name, version] = /incompatible '(\S+)' package version '(\S+)'/.exec(stderr) ?? [];
    return name !== undefined && version !== undefined ? [[name, version] as const] : [];
  });
  return Object.fromEntries(told);
}

export async function play(recording: Recording): Promise<Played[]> {
  const twin = await recordedNode(recording.storages, packagesOf(recording));
  const holders = new Placeholders();
  const played: Played[] = [];
  for (const group of groupsOf(recording)) {
    const steps = group.map((at) => recording.steps[at] as Step);
    const outcomes = await together(twin, steps, holders);
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

/**
 * Several at the same moment. Where a race was recorded, with winners and losers of the same verb, they are started so that
 * the same ones win: the winners one after the other, the losers while the first of them is at work.
 */
async function together(twin: Twin, steps: readonly Step[], holders: Placeholders) {
  const verb = ({ argv = [] }: Step) => argv.slice(0, 3).join(' ');
  const won = (step: Step) => step.exit === 0;
  const race = (step: Step) => {
    const rivals = steps.filter((other) => verb(other) === verb(step) && !other.startAfterMs);
    return !step.startAfterMs && rivals.some(won) && rivals.some((other) => !won(other));
  };
  const started = new Map<Step, Promise<Outcome | undefined>>();
  const winners = steps.filter((step) => race(step) && won(step));
  const [first, ...later] = winners.sort((a, b) => (a.finished ?? 0) - (b.finished ?? 0));
  if (first) started.set(first, begin(twin, first, holders));
  for (const step of steps) if (!winners.includes(step)) started.set(step, begin(twin, step, holders));
  for (const step of later) {
    await Promise.all(started.values());
    started.set(step, begin(twin, step, holders));
  }
  return Promise.all(steps.map((step) => started.get(step)));
}

async function begin(twin: Twin, step: Step, holders: Placeholders): Promise<Outcome | undefined> {
  if (step.do !== undefined) {
    await byHand(twin, step, holders);
    return undefined;
  }
  await learnDigest(twin, step, holders);
  const argv = (step.argv ?? []).map((word) => holders.fill(word));
  if (step.startAfterMs) await twin.time.sleep(step.startAfterMs);
  const ended = new AbortController();
  const running = twin.run({
    argv,
    ...(step.stdin === undefined ? {} : { stdin: step.stdin }),
    signal: ended.signal,
  });
  void send(twin, step, ended);
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

/** Sends the signal of a step when its time has come, unless the command has ended by then. */
async function send(twin: Twin, { signal }: Step, ended: AbortController): Promise<void> {
  if (!signal) return;
  for (let tries = 0; signal.until && tries < 500; tries++) {
    const conf = await twin.readFile(`/etc/pve/${signal.until.file}`);
    const made = Object.keys(twin.state().volumes).some((volid) => volid.includes(signal.until?.vol ?? ''));
    if (ended.signal.aborted || (conf !== undefined && made)) break;
    await twin.time.sleep(20);
  }
  await twin.time.sleep(signal.afterMs ?? 0);
  ended.abort(signal.name);
}

async function byHand(twin: Twin, { do: what, path = '', text = '', ms = 0 }: Step, holders: Placeholders) {
  if (what === 'sleep') return twin.time.sleep(ms);
  const before = what === 'append' ? ((await twin.readFile(path)) ?? '') : '';
  const mode = twin.state().files[path]?.mode;
  await twin.writeFile(path, before + holders.fill(text), mode === undefined ? undefined : { mode });
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
    const [want, got] = [step[stream] ?? '', outcome[stream]].map(
      step.parallelWith ? withoutWaits : (text) => text,
    ) as [string, string];
    const [wanted, given] = [documentOf(want), documentOf(got)];
    const same =
      wanted !== undefined && given !== undefined
        ? (step.argv?.includes('/cluster/tasks') ? holdsAll : sameDocument)(wanted, given, holders)
        : sameLines(want, got, holders);
    if (!same) found.push(`${stream}: want ${JSON.stringify(want)} got ${JSON.stringify(got)}`);
  }
  return found;
}

/** Which of several commands has to wait for the others is chance. */
function withoutWaits(text: string): string {
  return text.replaceAll('trying to acquire lock...\n OK\n', '');
}

/** Only `pct exec` gives numbers that mean something (B1, B11). */
function sameExit(step: Step, exit: number): boolean {
  const verbatim = speakerOf(step) === 'inside' && step.argv?.[0] === 'pct';
  return verbatim ? exit === step.exit : (exit === 0) === (step.exit === 0);
}
