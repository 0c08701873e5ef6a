/** `phx cache`: the records that phx keeps. Forgetting them loses history, never truth; nothing on a host is touched. */

import { readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ExitName, PhxError } from '../../core/error.ts';
import { readOwner } from '../../core/lock.ts';
import { StampLog } from '../../core/stamp-log.ts';
import { selectTasks } from '../../core/target.ts';
import { openFirst } from '../cluster-nodes.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { openGraph, openProject, type Project } from '../open.ts';
import { historyToRead, historyToWrite } from '../open-history.ts';
import { isAlive, lockPath, lockProject, runName } from '../run-lock.ts';

/** `phx cache list`: which logs there are, and how much they hold. */
export async function cacheList(io: Io, options: GlobalOptions): Promise<ExitName> {
  const project = await openProject(io, options);
  const { cacheDir } = project;
  const folder = join(cacheDir, 'stamps');
  for (const name of namesIn(folder).filter((file) => file.endsWith('.log'))) {
    const path = join(folder, name);
    const stamps = [...new StampLog(path).all()];
    const done = stamps.filter(({ state }) => state === 'done').length;
    io.out.write(
      `${name.slice(0, -4)}  ${stamps.length} tasks, ${done} done  ${statSync(path).size} bytes\n`,
    );
  }
  io.out.write(
    `${namesIn(join(cacheDir, 'journal')).length} journals, ${namesIn(join(cacheDir, 'log')).length} runs with logs\n`,
  );
  await listShared(io, project, options);
  const owner = readOwner(lockPath(cacheDir));
  if (owner)
    io.out.write(
      `locked by process ${owner.pid} on ${owner.host} (run ${owner.run})${isAlive(io, owner) ? '' : ', which is gone'}\n`,
    );
  return 'ok';
}

/** What the database of a team holds, where there is one. */
async function listShared(io: Io, project: Project, options: GlobalOptions): Promise<void> {
  if (project.phoenix.history === undefined) return;
  const history = historyToRead(io, project, options);
  try {
    const { length } = await history.runs();
    io.out.write(`${length} runs in the history of the team\n`);
  } finally {
    await history.close();
  }
}

/** `phx cache forget <targets>`: the next run looks at the host instead of the record. */
export async function cacheForget(
  io: Io,
  targets: readonly string[],
  options: GlobalOptions,
): Promise<ExitName> {
  const planned = await openGraph(await openProject(io, options));
  const selected = selectTasks(planned.graph, targets, planned.tags);
  const tasks = [...selected].map((at) => planned.graph.at(at).id);
  return withStamps(io, options, (stamps) => {
    const known = tasks.filter((task) => stamps.get(task));
    stamps.forget(known);
    io.out.write(`forgot ${known.length} records; the next run looks at the host instead\n`);
  });
}

/** `phx cache prune`: drops records of tasks that no longer exist, compiled files, and the logs of runs. */
export async function cachePrune(io: Io, options: GlobalOptions): Promise<ExitName> {
  const planned = await openGraph(await openProject(io, options));
  const { cacheDir } = planned;
  const history = await historyToWrite(io, planned, options);
  return withStamps(io, options, async (stamps) => {
    dropFormerTwins(stamps.path);
    const gone = [...stamps.all()]
      .filter(({ task }) => !planned.graph.index.has(task))
      .map(({ task }) => task);
    stamps.forget(gone);
    for (const folder of ['log', 'config']) rmSync(join(cacheDir, folder), { recursive: true, force: true });
    const kept = await history.dropEnded();
    io.out.write(`dropped ${gone.length} records of tasks that are gone, and all logs\n`);
    if (kept > 0)
      io.out.write(
        `kept ${kept === 1 ? 'the journal of a run that was' : `the journals of ${kept} runs that were`} interrupted: what is half made on a node is known by it\n`,
      );
  }).finally(() => history.close());
}

/** A twin that was reset is gone for good, and with it what its log tells of. */
function dropFormerTwins(present: string): void {
  const folder = dirname(present);
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    if (name.startsWith('twin-') && path !== present) rmSync(path, { force: true });
  }
}

async function withStamps(
  io: Io,
  options: GlobalOptions,
  act: (stamps: StampLog) => void | Promise<void>,
): Promise<ExitName> {
  const project = await openProject(io, options);
  const lock = lockProject(io, project.cacheDir, runName(io.clock(), crypto.randomUUID()));
  try {
    const host = await openFirst(io, project, options);
    await act(new StampLog(join(project.cacheDir, 'stamps', `${await host.identity()}.log`)));
    await host.close();
    return 'ok';
  } finally {
    lock.release();
  }
}

/** `phx cache unlock`: frees the run lock when its owner is gone. */
export async function cacheUnlock(io: Io, options: GlobalOptions & { yes?: boolean }): Promise<ExitName> {
  const { cacheDir } = await openProject(io, options);
  const owner = readOwner(lockPath(cacheDir));
  if (!owner) {
    io.out.write('there is no lock\n');
    return 'ok';
  }
  if (isAlive(io, owner) && !options.yes) {
    throw new PhxError('locked', {
      title: 'The owner of the lock is still at work',
      facts: [['owner', `process ${owner.pid} on ${owner.host}, run ${owner.run}`]],
      hint: 'Let it end, or stop it with Ctrl-C. If you know better, say --yes.',
      command: 'phx cache unlock --yes',
    });
  }
  rmSync(lockPath(cacheDir), { force: true });
  io.out.write(`freed the lock of process ${owner.pid}\n`);
  return 'ok';
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
