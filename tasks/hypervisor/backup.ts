/**
 * Step `backup:<id>`: a backup job of Proxmox VE. One of ours is known by the mark in its comment; those of other people
 * are never touched, and none is removed.
 */

import type { BackupJob } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { BlockedError, PhxError } from '../../src/core/error.ts';
import type { Problem } from '../../src/core/event.ts';
import type { Json } from '../../src/core/json.ts';
import type { Probe, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import {
  createJobArgv,
  deleteJobArgv,
  type JobChange,
  type JobOptions,
  jobDifference,
  jobKeys,
  jobsCfg,
  jobsScope,
  markedComment,
  normal,
  parseJobsCfg,
  projectOf,
  setJobArgv,
  type WantedJob,
  wantedOptions,
} from '../../src/proxmox/jobs-cfg.ts';
import { backupTask, storageTask } from '../guest/names.ts';

/** `known` are the other tasks of the node: its storage, where that is one of them. */
export function backupStep(id: string, job: BackupJob, project: string, known: ReadonlySet<string>): PhxTask {
  const storage = storageTask(job.storage);
  return {
    id: backupTask(id),
    target: 'hypervisor',
    title: `backup job ${id}`,
    revision: '1',
    config: { ...(job as unknown as Record<string, Json>), project },
    dependencies: known.has(storage) ? [{ task: storage, kind: 'order' }] : [],
    outputs: Object.fromEntries(jobKeys.map((key) => [key, optionProbe(id, key)])),
    assess: ({ facts }) => {
      const problem = foreign(id, facts, project);
      return problem && { verdict: 'blocked', problem };
    },
    pools: ['jobs.cfg'],
    touches: [jobsScope],
    run: async (context) => {
      const { project: own, ...wanted } = context.config as unknown as WantedJob & {
        readonly project: string;
      };
      await converge(id, wantedOptions({ ...wanted }, own), own, context);
      return undefined;
    },
  };
}

/** Empty where the job does not name it: an option that somebody added is a change, too. */
function optionProbe(id: string, key: string): Probe<Facts> {
  return (facts) => {
    const job = jobOf(facts, id);
    return job && (job[key] ?? '');
  };
}

/** The job as the node has it, as far as the configuration speaks of it. */
function jobOf(facts: Facts, id: string): JobOptions | undefined {
  const job = parseJobsCfg(facts.files.get(jobsCfg) ?? '').get(id);
  return job && normal(job);
}

function foreign(id: string, facts: Facts, project: string): Problem | undefined {
  const job = parseJobsCfg(facts.files.get(jobsCfg) ?? '').get(id);
  const owner = job && projectOf(job);
  if (!job || owner === project) return undefined;
  const comment = (job.comment ?? '').replace(/ ?\(phx: [a-z0-9-]+\)$/, '');
  return {
    title: owner
      ? `The backup job ${id} belongs to the project ${owner}`
      : `There is a backup job ${id} that phx did not make`,
    facts: Object.entries(normal(job)),
    hint: 'Give yours another id. Or let this project have it: it is then changed to what the configuration says.',
    command: `pvesh set /cluster/backup/${id} --comment '${markedComment(comment, project).replaceAll("'", `'\\''`)}'`,
  };
}

async function converge(
  id: string,
  wanted: JobOptions,
  project: string,
  context: TaskContext<Facts>,
): Promise<void> {
  const facts = await context.refresh([jobsScope]);
  const problem = foreign(id, facts, project);
  if (problem) throw new BlockedError(problem);
  const present = jobOf(facts, id);
  if (present === undefined) await context.run(createJobArgv(id, wanted), { undo: deleteJobArgv(id) });
  else {
    const change = jobDifference(present, wanted);
    if (isNothing(change)) return;
    await context.run(setJobArgv(id, change), { undo: setJobArgv(id, jobDifference(wanted, present)) });
  }
  prove(id, wanted, jobOf(await context.refresh([jobsScope]), id));
}

function isNothing({ set, gone }: JobChange): boolean {
  return Object.keys(set).length === 0 && gone.length === 0;
}

function prove(id: string, wanted: JobOptions, seen: JobOptions | undefined): void {
  const { set, gone } = jobDifference(seen ?? {}, wanted);
  const wrong = [...new Set([...Object.keys(set), ...gone])];
  if (seen && wrong.length === 0) return;
  throw new PhxError('failed', {
    title: `pvesh ended well, but the backup job ${id} is not as it was asked for`,
    facts: seen
      ? wrong.map((key) => [key, `${seen[key] ?? '(none)'} instead of ${wanted[key] ?? '(none)'}`])
      : [[jobsCfg, `has no ${id}`]],
    hint: 'Somebody else may have changed it meanwhile.',
    command: `phx run ${backupTask(id)}`,
  });
}
