/** Transient timers of `systemd-run`: what they are to run, and when. From its manual; it runs nothing itself. */

import { type Call, refuse } from './call.ts';
import type { Timer } from './machine-state.ts';
import type { TwinState } from './state.ts';
import { findUnit, shortName, timerOf } from './units.ts';

/** What `systemd-run` asks for: a timer was set, or a program is to run now. */
export type Request = { readonly now: readonly string[] } | undefined;

/** Options with a value, besides `--on-active` and `--unit`. */
const valued = [
  '--description',
  '--property',
  '-p',
  '--timer-property',
  '--service-type',
  '--setenv',
  '-E',
  '--uid',
  '--gid',
  '--slice',
];

/** `systemd-run [--unit NAME] [--on-active SPAN] [options] program args…`. */
export function systemdRun(call: Call, exists: (program: string) => boolean): Request {
  let unit: string | undefined;
  let span: string | undefined;
  let at = 0;
  for (; at < call.args.length; at++) {
    const arg = call.args[at] ?? '';
    if (arg === '--') {
      at++;
      break;
    }
    if (!arg.startsWith('-')) break;
    const [name = '', joined] = arg.split(/=(.*)/s);
    const value = () =>
      joined ?? call.args[++at] ?? refuse(`systemd-run: option '${name}' requires an argument`, 1);
    if (name === '--unit' || name === '-u') unit = value();
    else if (name === '--on-active') span = value();
    else if (valued.includes(name)) value();
    else if (!/^(--(collect|quiet|no-block|wait|pipe|remain-after-exit)|-[GqPrd]+)$/.test(name))
      refuse(`systemd-run: unrecognized option '${arg}'`, 1);
  }
  const argv = call.args.slice(at);
  const [program] = argv;
  if (program === undefined) refuse('Command line to execute required.', 1);
  if (!exists(program)) refuse(`Failed to find executable ${program}: No such file or directory`, 1);
  const name = shortName((unit ?? `run-r${call.now()}`).replace(/\.timer$/, ''));
  if (span === undefined) {
    if (findUnit(call.state, name)?.active) refuseLoaded('service', `${name}.service`);
    call.err(`Running as unit: ${name}.service\n`);
    return { now: argv };
  }
  const ms = parseSpan(span) ?? refuse(`Failed to parse timer value: ${span}`, 1);
  if (timerOf(call.state, name)) refuseLoaded('timer', `${name}.timer`);
  call.state.timers = [...(call.state.timers ?? []), { unit: name, at: call.now() + ms, argv }];
  call.err(`Running timer as unit: ${name}.timer\nWill run service as unit: ${name}.service\n`);
  return undefined;
}

function refuseLoaded(kind: string, unit: string): never {
  return refuse(
    `Failed to start transient ${kind} unit: Unit ${unit} was already loaded or has a fragment file.`,
    1,
  );
}

const spans: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  sec: 1000,
  second: 1000,
  seconds: 1000,
  '': 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hr: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
};

/** Milliseconds of a time span such as `30`, `90s`, `1min 30s`; undefined when it is none. */
export function parseSpan(text: string): number | undefined {
  if (!/^\s*(\d+(\.\d+)?\s*[a-z]*\s*)+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, number = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]*)/g)) {
    const factor = Object.hasOwn(spans, unit) ? spans[unit] : undefined;
    if (factor === undefined) return undefined;
    sum += Number(number) * factor;
  }
  return sum;
}

/** Ends a timer; false when there is none of this name. */
export function cancelTimer(state: TwinState, unit: string): boolean {
  const timer = unit.endsWith('.timer') ? timerOf(state, unit) : undefined;
  if (!timer) return false;
  state.timers = state.timers?.filter((one) => one !== timer) ?? [];
  return true;
}

/** The timer that is due first, taken off the node: a transient timer goes when it has elapsed. */
export function takeDue(state: TwinState, now: number): Timer | undefined {
  const due = (state.timers ?? []).filter((timer) => timer.at <= now).sort((a, b) => a.at - b.at)[0];
  if (due) state.timers = state.timers?.filter((timer) => timer !== due) ?? [];
  return due;
}
