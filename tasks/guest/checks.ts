/**
 * Checks of a guest, asked where they belong: inside it or on the node, all questions of a place in one call. It knows no
 * `pct` and no `qm`; what a check means stands in `config/health.ts`.
 */

import type { HealthCheck } from '../../src/config/health.ts';
import { CommandError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { guestProbeArgv, guestProbeScript, parseGuestProbe } from '../../src/proxmox/guest-probe.ts';
import { askGuest, type Inside } from './inside.ts';

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
  const asked = checks.flatMap((check) => {
    const question = questionOf(check, places.address);
    return question === undefined ? [] : [{ check, question, node: onNode(check, places) }];
  });
  const answers = {
    node: await answersOf(
      places,
      asked.filter(({ node }) => node).map(({ question }) => question),
      true,
    ),
    guest: await answersOf(
      places,
      asked.filter(({ node }) => !node).map(({ question }) => question),
      false,
    ),
  };
  const failing: string[] = [];
  for (const check of checks) {
    const one = asked.find((candidate) => candidate.check === check);
    if (one) {
      const answer = answers[one.node ? 'node' : 'guest'].get(one.question);
      if (!holds(one.question, answer)) failing.push(`${one.question} ${answer ?? '(no answer)'}`);
    } else failing.push(...(await failingProgram(places, check)));
  }
  return failing;
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
  return new Map([...parseGuestProbe(outcome.stdout)].filter(([, answer]) => answer !== ''));
}

/** Any answer counts, but of a web page only one that is no error. */
function holds(question: string, answer: string | undefined): boolean {
  if (answer === undefined) return false;
  return question.startsWith('http:') ? /^[23]\d\d$/.test(answer) : true;
}

async function failingProgram(places: Places, check: HealthCheck): Promise<string[]> {
  const script = 'script' in check ? check.script : undefined;
  const argv =
    'exec' in check ? check.exec : ['bash', '-s', '--', ...(('args' in check && check.args) || [])];
  const { context, inside } = places;
  const enter = onNode(check, places) || !inside ? (words: readonly string[]) => words : inside.enter;
  const stdin = script === undefined ? {} : { stdin: places.scripts[script] ?? '' };
  const outcome = await context.ask(enter(argv), { deadline: 60_000, ...stdin });
  const name = script ?? argv.join(' ');
  const said = `${outcome.stderr}\n${outcome.stdout}`.trim().split('\n').at(-1);
  return outcome.exit === 0 ? [] : [`${name}: exit ${outcome.exit}${said ? ` (${said})` : ''}`];
}
