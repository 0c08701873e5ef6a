/** `phx run`: brings targets up to date. */

import { join } from 'node:path';
import type { ExitName } from '../../core/error.ts';
import { PhxError } from '../../core/error.ts';
import type { RunEvent } from '../../core/event.ts';
import { createReporter } from '../../report/create.ts';
import { CommandLog } from '../command-log.ts';
import { exitOf, runOn } from '../engine.ts';
import { forecastOf } from '../forecast.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { selectOf } from '../left-out.ts';
import { closeNode, type LockOptions, type OpenedAlone, openAlone } from '../locked.ts';
import type { Opened } from '../open.ts';
import { planDocument } from '../plan-document.ts';
import { conflictsOf, conflictWords, refuseConflicts } from '../preflight.ts';
import { confirmRecreate, requireWholeGuests } from '../recreate-words.ts';
import { reporterKind } from '../reporter-kind.ts';
import { namesPlan, planTerms, readPlan, requireSame, type SavedPlan } from '../saved-plan.ts';
import { requireTargets } from '../select.ts';
import type { TermOptions } from '../terms.ts';
import { plan } from './plan.ts';

export interface RunOptions extends GlobalOptions, TermOptions, LockOptions {
  readonly jobs?: number;
  readonly keepGoing?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly except?: readonly string[];
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly plain?: boolean;
  readonly verbose?: boolean;
  readonly yes?: boolean;
}

/** Targets, or the file of a plan. `listen` is told every event, beside the reporter. */
export async function run(
  io: Io,
  words: readonly string[],
  given: RunOptions,
  listen: (event: RunEvent) => void = () => {},
): Promise<ExitName> {
  requireTargets(words);
  const path = words[0] ?? '';
  const saved = namesPlan(words) ? readPlan(io, path) : undefined;
  const targets = saved?.targets ?? words;
  const options: RunOptions = saved ? { ...given, ...noTerms(given), ...saved.terms } : given;
  if (options.recreate) requireWholeGuests(targets);
  if (options.dryRun) return plan(io, targets, options);
  const opened = await openAlone(io, options, targets);
  try {
    return await bring(io, opened, targets, options, saved && { ...saved, path }, listen);
  } finally {
    await closeNode(opened, opened.lock);
  }
}

async function bring(
  io: Io,
  opened: OpenedAlone,
  targets: readonly string[],
  options: RunOptions,
  saved: (SavedPlan & { readonly path: string }) | undefined,
  listen: (event: RunEvent) => void,
): Promise<ExitName> {
  const selection = selectOf(opened, { ...options, targets });
  const conflicts = conflictsOf(opened, selection);
  if (!saved && !options.keepGoing) refuseConflicts(conflicts, targets);
  await confirmRealNode(io, opened, targets, options);
  if (options.recreate) await confirmRecreate(io, opened, selection, targets, options);
  const { run: name, lock } = opened;
  const jobs = options.jobs ?? opened.phoenix.jobs ?? 4;
  const kind = reporterKind(io, options);
  const reporter = await createReporter(kind, io.out, {
    ...{ verbose: options.verbose ?? false, now: io.clock },
    ...(kind === 'live' ? { forecast: forecastOf(io, opened, selection, jobs) } : {}),
  });
  const log = new CommandLog(join(opened.cacheDir, 'log'), name, (why) =>
    emit({ type: 'notice', text: `what commands print is not kept: ${why}` }),
  );
  const emit = (event: RunEvent) => {
    log.event(event);
    reporter.event(event, io.clock());
    listen(event);
  };
  try {
    if (saved) {
      requireSame(saved, await planDocument(io, opened, selection), await opened.knownAs(), saved.path);
      if (!options.keepGoing) refuseConflicts(conflicts, targets);
    }
    emit(planned(opened, selection.shown, name, jobs));
    for (const notice of [...notices(opened, lock.takenOver?.pid), ...conflicts.map(conflictWords)])
      emit({ type: 'notice', text: notice });
    return exitOf(
      await runOn(
        io,
        opened,
        selection,
        { run: name, words: typed(targets, options), jobs, keepGoing: options.keepGoing ?? false },
        emit,
      ),
    );
  } finally {
    reporter.close();
    log.close();
  }
}

/** What a person would type for it. */
function typed(targets: readonly string[], options: RunOptions): string[] {
  const { force, recreate, except = [] } = options;
  return [
    ...['run', ...targets, ...except.flatMap((target) => ['--except', target])],
    ...(force ? ['--force'] : []),
    ...(recreate ? ['--recreate'] : []),
  ];
}

/** What a plan was made with is what counts: nothing is said beside it. */
function noTerms(options: RunOptions): Partial<RunOptions> {
  const said = Object.entries(planTerms(options)).filter(
    ([, value]) => !Array.isArray(value) || value.length > 0,
  );
  const [other] = said.find(([name, value]) => name !== 'wayBack' || value === false) ?? [];
  if (other === undefined) return {};
  throw new PhxError('usage', {
    title: `--${other.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} is not for a plan that was saved`,
    hint: 'Say it when the plan is made.',
    command: `phx plan --help`,
  });
}

function planned({ graph, host }: Opened, shown: ReadonlySet<number>, run: string, jobs: number): RunEvent {
  const tasks = graph.order
    .filter((at) => shown.has(at))
    .map((at) => {
      const { id, target, title } = graph.at(at);
      return { task: id, target, title };
    });
  return { type: 'planned', run, host: host.label, hostKind: host.kind, jobs, tasks };
}

function notices({ config, stamps }: Opened, dead: number | undefined): string[] {
  return [
    ...(dead === undefined ? [] : [`took over the lock of process ${dead}, which is gone`]),
    ...(stamps.damaged > 0 ? [`${stamps.damaged} damaged records of the stamp log were left out`] : []),
    ...(config.problems.length > 0
      ? [`${config.problems.length} warnings about the configuration: phx validate`]
      : []),
  ];
}

/** The first run against a real node shows its plan and asks. */
async function confirmRealNode(
  io: Io,
  opened: Opened,
  targets: readonly string[],
  options: RunOptions,
): Promise<void> {
  if (opened.host.kind === 'twin' || options.yes || [...opened.stamps.all()].length > 0) return;
  await plan(io, targets, { ...options, json: false });
  if (!io.interactive) {
    throw new PhxError('usage', {
      title: `This is the first run on ${opened.host.label}`,
      hint: 'Read the plan above; then say --yes.',
      command: `phx run ${targets.join(' ')} --yes`,
    });
  }
  const answer = await io.ask(`First run on ${opened.host.label}. Run this plan? [y/N] `);
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new PhxError('usage', { title: 'Nothing was run', hint: 'You said no.' });
}
