/**
 * What `phx check` does with one guest that can be asked: its health always, whatever was recorded, and its tests where
 * they are asked for. It only looks; the guest is reached through `place`, so that all kinds of guests share this.
 */

import type { Health, HealthCheck } from '../../src/config/health.ts';
import type { CheckRequest, Finding, PhxTask } from '../../src/config/project.ts';
import { PhxError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { type Answer, askChecks, checkWords, failureWords, type Places, scriptsOf } from './checks.ts';
import type { Inside } from './inside.ts';

/** Who is asked. */
export interface CheckSubject {
  readonly target: string;
  readonly health?: Health;
  readonly tests?: readonly HealthCheck[];
}

/** Where it is asked. */
export interface CheckPlace {
  /** The way into the guest as it stands; undefined for one that is asked from the node alone. */
  readonly enter: (context: TaskContext<Facts>) => Inside | undefined;
  /** As the node sees it; empty when it is not known. */
  readonly address: string;
  /** Text of a file of the project. */
  readonly text: (path: string) => string;
}

/** How long one test may take: a model answers, an image is fetched. */
const testDeadline = 10 * 60_000;
/** Until the second look at what failed in the first one. */
const pause = 2000;

export function checkTask(subject: CheckSubject, place: CheckPlace, request: CheckRequest): PhxTask {
  const { target, health } = subject;
  const checks = health?.checks ?? [];
  const tests = request.integration ? (subject.tests ?? []) : [];
  const scripts = scriptsOf([...checks, ...tests], place.text);
  return {
    id: `${target}/check`,
    target,
    title: `check of ${target}`,
    revision: '1',
    config: {},
    texts: scripts,
    dependencies: [],
    touches: [],
    run: async (context) => {
      const inside = place.enter(context);
      const places = { context, inside, address: place.address, scripts: { ...context.texts } };
      const unwell = (await lookTwice(target, places, checks)).flatMap(tell(target, 'health', request));
      const failing = [...unwell];
      for (const test of tests) {
        // Where the guest is not well they would only wait for what is not there.
        if (unwell.length > 0) skip(target, checkWords(test, place.address), request);
        else {
          const answers = await askChecks(places, [test], testDeadline);
          failing.push(...answers.flatMap(tell(target, 'test', request)));
        }
      }
      if (failing.length > 0) throw notWell(target, failing);
      return undefined;
    },
  };
}

/** Tells of one check; answers what is wrong, in words. */
function tell(target: string, kind: Finding['kind'], { found }: CheckRequest): (answer: Answer) => string[] {
  return (answer) => {
    const { check, well, said, exit } = answer;
    const code = exit === undefined ? {} : { exit };
    found({ target, kind, check, ended: well ? 'passed' : 'failed', said, ...code });
    return well ? [] : [failureWords(answer)];
  };
}

function skip(target: string, check: string, { found }: CheckRequest): void {
  found({ target, kind: 'test', check, ended: 'not run', said: 'its health comes first' });
}

function notWell(target: string, failing: readonly string[]): PhxError {
  return new PhxError('failed', {
    title: `${target} is not well`,
    facts: failing.map((check) => ['failing', check] as const),
    ...(target.startsWith('external:') ? {} : { command: `phx logs ${target}` }),
  });
}

/** One look at all, and a little later one more at what failed: a service may just be starting anew. */
async function lookTwice(
  target: string,
  places: Places,
  checks: readonly HealthCheck[],
): Promise<readonly Answer[]> {
  const answers = new Map<HealthCheck, Answer>();
  let open = checks;
  let looks = 0;
  return places.context.until({
    what: `a second look at ${target}`,
    deadline: 10 * 60_000,
    interval: pause,
    look: async () => {
      const asked = await askChecks(places, open);
      for (const [at, check] of open.entries()) answers.set(check, asked[at] as Answer);
      open = open.filter((check) => !answers.get(check)?.well);
      looks++;
      if (open.length > 0 && looks < 2)
        return {
          seen: asked
            .filter(({ well }) => !well)
            .map(failureWords)
            .join(', '),
        };
      return { answer: checks.flatMap((check) => answers.get(check) ?? []) };
    },
  });
}
