/** What the records of a project say of its health: runs that were cut off, tasks that failed, damage. Pure. */

import type { Stamp } from '../../core/stamp.ts';
import { count } from '../../report/words.ts';
import type { Finding } from './finding.ts';

export interface Records {
  readonly stamps: Iterable<Stamp>;
  /** Lines of the stamp log that could not be read. */
  readonly damaged: number;
  readonly isTask: (id: string) => boolean;
}

const shown = 6;

export function recordFindings({ stamps, damaged, isTask }: Records): Finding[] {
  const all = [...stamps].filter(({ task }) => isTask(task));
  const about = 'records';
  const cut = all.filter(({ state }) => state === 'running');
  const failed = all.filter(({ state }) => state === 'failed');
  const found: Finding[] = [];
  if (damaged > 0)
    found.push({
      ...{ about, level: 'look', title: `${count(damaged, 'damaged record')} left out` },
      hint: 'Nothing is lost but time: what they told of is looked at anew by the next run.',
      command: 'phx run all',
    });
  if (cut.length > 0)
    found.push({
      ...{
        about,
        level: 'bad',
        title: `${count(cut.length, 'task')} ${cut.length === 1 ? 'was' : 'were'} cut off and not taken up since`,
      },
      facts: factsOf(cut),
      hint: 'The next run looks at what they left, and goes on from there.',
      command: `phx run ${targetsOf(cut)}`,
    });
  if (failed.length > 0)
    found.push({
      ...{ about, level: 'bad', title: `${count(failed.length, 'task')} failed when last run` },
      facts: factsOf(failed),
      command: `phx run ${targetsOf(failed)}`,
    });
  if (found.length > 0) return found;
  const title =
    all.length === 0
      ? 'nothing was run on this node from here yet'
      : `${count(all.length, 'task')} recorded, none cut off, none failed`;
  return [{ about, level: 'good', title }];
}

function factsOf(stamps: readonly Stamp[]): [string, string][] {
  const lines = stamps
    .slice(0, shown)
    .map(({ task, at, error }): [string, string] => [task, error?.title ?? new Date(at).toISOString()]);
  const rest = stamps.length - lines.length;
  return rest > 0 ? [...lines, ['and', `${rest} more`]] : lines;
}

function targetsOf(stamps: readonly Stamp[]): string {
  const targets = [...new Set(stamps.map(({ task }) => task.replace(/\/.*$/, '')))];
  return targets.length > shown ? 'all' : targets.join(' ');
}
