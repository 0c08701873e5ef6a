/**
 * Checks of a guest, asked where they belong: inside it or on the node, all questions of a place in one call. It knows no
 * `pct` and no `qm`; what a check means stands in `config/health.ts`.
 */

import type { HealthCheck } from '../../src/config/health.ts';
import { CommandError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { guestProbeArgv, guestProbeScript } from '../../src/proxmox/guest-probe.ts';
import { answersTo, askGuest, type Inside } from './inside.ts';

/** Where checks are asked. */
export interface Places {
  readonly context: TaskContext<Facts>;
  /** Way into the guest; undefined for one that phx does not manage. */
  readonly inside: Inside | undefined;
  /** Address of the guest as the node sees it; empty when it is not known. */
  readonly address: string;
  /** Texts of the scripts that checks name, by path. */
  readonly scripts: Readonly<Record<string, string>>;
}

/** What became of one check. */
export interface Answer {
  /** The check in words: `port:8000`, `nvidia-smi -L`. */
  readonly check: string;
  readonly well: boolean;
  /** What was answered, or what the program said last. */
  readonly said: string;
  /** Of a program. */
  readonly exit?: number;
}

/** How long one program may take, in milliseconds. */
const programDeadline = 60_000;

/** Script texts that the checks name, as a task declares them. */
export function scriptsOf(
  checks: readonly HealthCheck[],
  text: (path: string) => string,
): Record<string, string> {
  const paths = checks.flatMap((check) => ('script' in check ? [check.script] : []));
  return Object.fromEntries(paths.map((path) => [path, text(path)]));
}

/** The checks that do not hold now, in words. */
export async function failingChecks(places: Places, checks: readonly HealthCheck[]): Promise<string[]> {
  const answers = await askChecks(places, checks);
  return answers.filter(({ well }) => !well).map(failureWords);
}

/** `port:8000 (no answer)`, `nvidia-smi: exit 9 (No devices were found)`. */
export function failureWords({ check, said, exit }: Answer): string {
  if (exit === undefined) return `${check} ${said}`;
  return `${check}: exit ${exit}${said ? ` (${said})` : ''}`;
}

/** Asks each check once; the answers stand in the order of the checks. */
export async function askChecks(
  places: Places,
  checks: readonly HealthCheck[],
  deadline = programDeadline,
): Promise<Answer[]> {
  const asked = checks.flatMap((check) => {
    const question = questionOf(check, places.address);
    return question === undefined ? [] : [{ question, node: onNode(check, places) }];
  });
  const at = (node: boolean) => asked.filter((one) => one.node === node).map(({ question }) => question);
  const answers = {
    node: await answersOf(places, at(true), true),
    guest: await answersOf(places, at(false), false),
  };
  const all: Answer[] = [];
  for (const check of checks) {
    const question = questionOf(check, places.address);
    if (question === undefined) all.push(await runProgram(places, check, deadline));
    else {
      const answer = answers[onNode(check, places) ? 'node' : 'guest'].get(question);
      all.push({ check: question, well: holds(question, answer), said: answer ?? '(no answer)' });
    }
  }
  return all;
}

/** The check as it is named where nothing was asked yet. */
export function checkWords(check: HealthCheck, address: string): string {
  return questionOf(check, address) ?? programWords(check);
}

function programWords(check: HealthCheck): string {
  if ('exec' in check) return check.exec.join(' ');
  return 'script' in check ? [check.script, ...(check.args ?? [])].join(' ') : '';
}

/** A check of an address as the node sees it can only be made there. */
function onNode(check: HealthCheck, { inside }: Places): boolean {
  return inside === undefined || check.from === 'node' || ('tcp' in check && typeof check.tcp === 'string');
}

function questionOf(check: HealthCheck, address: string): string | undefined {
  if ('http' in check) return `http:${check.http}`;
  if ('tcp' in check) {
    if (typeof check.tcp === 'string') return `tcp:${check.tcp}`;
    return check.from === 'node' ? `tcp:${address}:${check.tcp}` : `port:${check.tcp}`;
  }
  if ('unit' in check) return `unit:${check.unit}`;
  if ('file' in check) return `file:${check.file}`;
  return undefined;
}

async function answersOf(
  { context, inside }: Places,
  questions: readonly string[],
  node: boolean,
): Promise<Map<string, string>> {
  if (questions.length === 0) return new Map();
  if (!node && inside) return askGuest(inside, questions);
  const argv = guestProbeArgv(questions);
  const outcome = await context.ask(argv, { stdin: guestProbeScript, deadline: 60_000 });
  if (outcome.exit !== 0) throw new CommandError(argv, outcome);
  return answersTo(questions, argv, outcome);
}

/** Any answer counts, but of a web page only one that is no error. */
function holds(question: string, answer: string | undefined): boolean {
  if (answer === undefined) return false;
  return question.startsWith('http:') ? /^[23]\d\d$/.test(answer) : true;
}

async function runProgram(places: Places, check: HealthCheck, deadline: number): Promise<Answer> {
  const script = 'script' in check ? check.script : undefined;
  const argv =
    'exec' in check ? check.exec : ['bash', '-s', '--', ...(('args' in check && check.args) || [])];
  const { context, inside } = places;
  const stdin = script === undefined ? {} : { stdin: places.scripts[script] ?? '' };
  const ask = onNode(check, places) || !inside ? context.ask : inside.ask;
  const outcome = await ask(argv, { deadline, ...stdin });
  if (outcome.ended === 'aborted') throw new CommandError(argv, outcome);
  const { exit, stdout, stderr, ended } = outcome;
  // What went wrong is told on standard error, what was found on standard output.
  const said = (exit === 0 ? `${stderr}\n${stdout}` : `${stdout}\n${stderr}`).trim().split('\n').at(-1) ?? '';
  const late = ended === 'deadline' ? `no end within ${deadline / 1000}s` : said;
  return { check: programWords(check), well: exit === 0, said: late, exit };
}
