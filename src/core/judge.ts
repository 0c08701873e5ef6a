/** The one judge: what a task is, given what it reads, what stands on the host and what was recorded. Pure. */

import { printable, readable } from './digest.ts';
import type { Problem, Reason } from './event.ts';
import { type Difference, differences, digestOfMap, type Fingerprint } from './fingerprint.ts';
import type { Stamp } from './stamp.ts';
import { type Assessment, type Probe, unseen } from './task.ts';

export type Verdict =
  | { readonly verdict: 'fresh' }
  | { readonly verdict: 'stale'; readonly because: readonly Reason[] }
  | { readonly verdict: 'outdated'; readonly message: string }
  /** `machine`: the one that is out of reach, where this is what blocks. */
  | { readonly verdict: 'blocked'; readonly problem: Problem; readonly machine?: string };

export interface Evidence {
  readonly task: string;
  readonly fingerprint: Fingerprint;
  /** What the probes answer now. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly stamp: Stamp | undefined;
  readonly assessment: Assessment | undefined;
  readonly drift: 'mend' | 'ask' | 'report';
  /** Outputs whose change means that the guest went back in time. */
  readonly markers: readonly string[];
  readonly forced: boolean;
}

export function judge(evidence: Evidence): Verdict {
  const { assessment } = evidence;
  if (assessment?.verdict === 'blocked') return { verdict: 'blocked', problem: assessment.problem };
  const because = reasonsOf(evidence);
  if (assessment?.verdict === 'stale') because.push(...assessment.because);
  if (because.length > 0) {
    const onlyDrift = because.every((reason) => reason.why === 'drifted');
    if (!onlyDrift || evidence.drift === 'mend') return { verdict: 'stale', because };
    return driftKept(evidence, because);
  }
  if (assessment?.verdict === 'outdated') return { verdict: 'outdated', message: assessment.message };
  return { verdict: 'fresh' };
}

function reasonsOf({ fingerprint, outputs, stamp, markers, forced }: Evidence): Reason[] {
  const because: Reason[] = [];
  if (forced) because.push({ why: 'forced' });
  if (!stamp) return [...because, { why: 'never-ran' }];
  if (stamp.state === 'running') because.push({ why: 'interrupted' });
  if (stamp.state === 'failed')
    because.push(stamp.error ? { why: 'failed', to: stamp.error.title } : { why: 'failed' });
  const before = stamp.state === 'done' ? stamp.fingerprint : (stamp.former ?? stamp.fingerprint);
  for (const difference of differences(before, fingerprint)) because.push(inputReason(difference));
  if (stamp.state !== 'done') return because;
  for (const { key, from, to } of differences(stamp.outputs, outputs)) {
    // An answer that was not there to be recorded is news, not drift.
    if (from === undefined) continue;
    // A marker is older for two reasons: the guest went back in time, or it was made anew, which its inputs tell.
    if (markers.includes(key)) {
      if (because.length === 0) because.push({ why: 'rolled-back', key });
    } else because.push(outputReason(key, from, to));
  }
  return because;
}

function inputReason({ key, from, to }: Difference): Reason {
  if (from === undefined)
    return to === undefined ? { why: 'added', key } : { why: 'added', key, to: readable(to) };
  if (to === undefined) return { why: 'removed', key, from: readable(from) };
  return { why: 'changed', key, from: readable(from), to: readable(to) };
}

function outputReason(key: string, from: string, to: string | undefined): Reason {
  if (to === undefined) return { why: 'missing', key, from: readable(from) };
  return { why: 'drifted', key, from: readable(from), to: readable(to) };
}

function driftKept({ task, drift }: Evidence, because: readonly Reason[]): Verdict {
  const changes = because.map(({ key, from, to }) => `${key}: ${from ?? '(none)'} → ${to ?? '(none)'}`);
  if (drift === 'report')
    return { verdict: 'outdated', message: `changed by hand, kept: ${changes.join(', ')}` };
  return {
    verdict: 'blocked',
    problem: {
      title: `${task} was changed by hand`,
      facts: changes.map((change) => ['drifted', change] as const),
      hint: "The guest says drift: 'ask'. Put the config's value back with --force, or take the new one into the config.",
      command: `phx run ${task} --force`,
    },
  };
}

/** Asks every probe; what cannot be seen now is answered from the record. */
export function askProbes<Facts>(
  probes: Readonly<Record<string, Probe<Facts>>> | undefined,
  facts: Facts,
  recorded: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  const answers: Record<string, string> = {};
  for (const [key, probe] of Object.entries(probes ?? {})) {
    const answer = probe(facts);
    if (answer === unseen) {
      const believed = recorded?.[key];
      if (believed !== undefined) answers[key] = believed;
    } else if (answer !== undefined) answers[key] = printable(answer);
  }
  return answers;
}

/** What dependents see of a task: its outputs where there are some, else what it read. */
export function resultOf(
  probes: Readonly<Record<string, unknown>> | undefined,
  outputs: Readonly<Record<string, string>>,
  fingerprint: Fingerprint,
): string {
  return digestOfMap(probes && Object.keys(probes).length > 0 ? outputs : fingerprint);
}
