/** Step `health`: the guest does what it is for. Evidence of a moment, taken again when a layer below it changed. */

import type { Guest, Health, HealthCheck } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { Json } from '../../src/core/json.ts';
import { askGuest, type Inside } from './inside.ts';
import type { Enter } from './layer.ts';
import { doors, stepOf, targetOf } from './names.ts';

export function healthTask(guest: Guest, health: Health, enter: Enter): PhxTask {
  const layers = [...guest.layers.map((layer) => `feature:${layer.name}`), ...(guest.app ? ['app'] : [])];
  return {
    id: stepOf(guest, 'health'),
    target: targetOf(guest),
    title: `health of ${guest.id}`,
    revision: '1',
    config: { ...health, checks: health.checks as unknown as Json },
    dependencies: [
      { task: stepOf(guest, 'define'), kind: 'result' },
      { task: stepOf(guest, 'configure'), kind: 'order' },
      ...doors(guest).map((task) => ({ task, kind: 'order' as const })),
      ...(guest.kind === 'ct' ? [{ task: stepOf(guest, 'leftovers'), kind: 'after' as const }] : []),
      // Each of them: a layer that changed may have broken what the ones above it do.
      ...layers.map((layer) => ({ task: stepOf(guest, layer), kind: 'result' as const })),
    ],
    pools: [`guest:${guest.id}`],
    touches: [],
    run: async (context) => {
      const { checks, retries, interval, deadline } = context.config as unknown as Health;
      const inside = await enter(context);
      await context.until({
        what: `guest ${guest.id} to be healthy`,
        // Whichever ends first: the tries, or the time for all of them.
        deadline: Math.min(deadline, retries * interval) * 1000,
        interval: interval * 1000,
        look: async () => {
          const failing = await failingChecks(inside, checks);
          if (failing.length === 0) return { answer: true };
          context.log(`not yet: ${failing.join(', ')}`);
          return { seen: failing.join(', ') };
        },
      });
      return undefined;
    },
  };
}

/** The checks that do not hold now, in words. */
async function failingChecks(inside: Inside, checks: readonly HealthCheck[]): Promise<string[]> {
  const questions = checks.flatMap((check) => questionOf(check) ?? []);
  const answers = questions.length > 0 ? await askGuest(inside, questions) : new Map<string, string>();
  const failing: string[] = [];
  for (const check of checks) {
    const question = questionOf(check);
    if (question) {
      if (!holds(question, answers.get(question)))
        failing.push(`${question} ${answers.get(question) ?? '(no answer)'}`);
    } else if ('exec' in check) {
      const outcome = await inside.context.ask(inside.enter(check.exec), { deadline: 60_000 });
      if (outcome.exit !== 0) failing.push(`${check.exec.join(' ')}: exit ${outcome.exit}`);
    }
  }
  return failing;
}

function questionOf(check: HealthCheck): string | undefined {
  if ('http' in check) return `http:${check.http}`;
  if ('tcp' in check) return `port:${check.tcp}`;
  if ('unit' in check) return `unit:${check.unit}`;
  if ('file' in check) return `file:${check.file}`;
  return undefined;
}

/** Any answer counts, but of a web page only one that is no error. */
function holds(question: string, answer: string | undefined): boolean {
  if (answer === undefined) return false;
  return question.startsWith('http:') ? /^[23]\d\d$/.test(answer) : true;
}
