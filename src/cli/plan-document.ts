/** The document of `phx plan --json`, put together from the events of a run on a copy of the host. */

import type { Problem, Reason, RunEvent } from '../core/event.ts';
import type { Selection } from '../core/execute.ts';
import { type Host, inFrontOf, type Shown } from '../core/host.ts';
import type { Conflict } from '../preflight/index.ts';
import { isOwnNote } from '../proxmox/workspace.ts';
import { rehearseOn } from './engine.ts';
import type { Io } from './io.ts';
import type { Opened } from './open.ts';
import { orphansOf } from './orphans.ts';
import { conflictsOf, conflictWords } from './preflight.ts';

export interface PlannedTask {
  readonly task: string;
  readonly verdict: 'fresh' | 'stale' | 'outdated' | 'blocked' | 'kept';
  readonly because: readonly Reason[];
  /** `may` when it follows from something whose effect is not known beforehand. */
  readonly certainty: 'will' | 'may';
  /** Changing commands only; what merely looks is in the journal of a run. */
  readonly commands: readonly { readonly argv: readonly string[] }[];
  readonly files: readonly FileChange[];
  /** What the host would say no to. */
  readonly refusals: readonly string[];
  readonly message?: string;
  /** Id of the task because of which it would not run. */
  readonly heldUpBy?: string;
}

export interface FileChange {
  readonly path: string;
  /** Lines beginning with `-`, `+` or a blank; none where the text holds a secret. */
  readonly diff: readonly string[];
  /** Its text holds a secret: it is changed, and not shown. */
  readonly hidden?: true;
}

export interface PlanDocument {
  readonly host: string;
  readonly tasks: readonly PlannedTask[];
  /** Warnings about the configuration as a whole, and what of it this node stands against, as `subject: title`. */
  readonly conflicts: readonly string[];
  /** The latter in full. */
  readonly preflight: readonly Conflict[];
  /** Guests of this project that left the configuration. */
  readonly orphans: readonly string[];
}

export async function planDocument(io: Io, opened: Opened, selection: Selection): Promise<PlanDocument> {
  const files = new Map<string, FileChange[]>();
  const plans = new Map<string, PlannedTask>();
  let running = '';
  const copy = opened.copy();
  const sites = await copy.sites((host) =>
    recordingFiles(
      host,
      (text) => opened.terms.secrets.mask(text),
      (change) => {
        const own = files.get(running) ?? [];
        own.push(change);
        files.set(running, own);
      },
    ),
  );
  await rehearseOn(io, opened, selection, { sites, time: copy.time }, (event) => {
    if (event.type === 'started') running = event.task;
    const planned = plannedTask(event);
    if (planned) plans.set(planned.task, planned);
  });
  const tasks = opened.graph.order.flatMap((at) => {
    const { id } = opened.graph.at(at);
    const planned = plans.get(id);
    if (!planned) return [];
    const certainty = followsOnly(planned, plans, opened) ? 'may' : planned.certainty;
    return [{ ...planned, certainty, files: files.get(id) ?? [] }];
  });
  const preflight = conflictsOf(opened, selection);
  return {
    host: opened.host.label,
    tasks,
    conflicts: [...opened.config.problems.map(({ message }) => message), ...preflight.map(conflictWords)],
    preflight,
    orphans: orphansOf(opened, opened.facts.current()),
  };
}

/** Whether a task would run only because of results that nobody can foresee. */
function followsOnly(
  { because }: PlannedTask,
  plans: ReadonlyMap<string, PlannedTask>,
  { graph }: Opened,
): boolean {
  const unforeseen = because.map(({ key = '' }) => {
    const at = graph.index.get(key.replace(/^result:/, ''));
    const before = key.startsWith('result:') && at !== undefined ? graph.at(at) : undefined;
    return before?.opaque === true && plans.get(before.id)?.verdict === 'stale';
  });
  return unforeseen.length > 0 && unforeseen.every((yes) => yes);
}

function plannedTask(event: RunEvent): PlannedTask | undefined {
  const nothing = { because: [], certainty: 'will', commands: [], files: [], refusals: [] } as const;
  switch (event.type) {
    case 'fresh':
      return { ...nothing, task: event.task, verdict: 'fresh' };
    case 'kept':
      return { ...nothing, task: event.task, verdict: 'kept', because: event.because };
    case 'outdated':
      return { ...nothing, task: event.task, verdict: 'outdated', message: event.message };
    case 'blocked':
      return { ...nothing, task: event.task, verdict: 'blocked', message: blockedWords(event.error) };
    case 'cancelled':
      return {
        ...{ ...nothing, task: event.task, verdict: 'blocked', heldUpBy: event.cause },
        message: `held up by ${event.cause}`,
      };
    case 'done':
    case 'failed': {
      const commands = event.commands.filter(({ argv }) => argv[0] !== 'write' && argv[0] !== 'remove');
      const refusals = event.type === 'failed' ? [refusalOf(event)] : [];
      const { task, because } = event;
      return {
        ...nothing,
        task,
        verdict: 'stale',
        because,
        commands: commands.map(({ argv }) => ({ argv })),
        refusals,
      };
    }
    default:
      return undefined;
  }
}

function blockedWords({ title, facts, hint }: Problem): string {
  return [title, ...facts.map(([label, value]) => `${label}: ${value}`), ...(hint ? [hint] : [])].join('\n');
}

function refusalOf({ error }: Extract<RunEvent, { type: 'failed' }>): string {
  return error.facts.find(([label]) => label === 'said')?.[1] ?? error.title;
}

/** The host, telling of each file that is written or removed how it changes. `mask`: takes values of secrets out. */
function recordingFiles(
  host: Host,
  mask: (text: string) => string,
  tell: (change: FileChange) => void,
): Host {
  const record = async (path: string, after: string, shown: Shown | undefined) => {
    if (shown === 'nothing' || isOwnNote(path)) return;
    if (shown === 'name') return tell({ path, diff: [], hidden: true });
    tell({ path, diff: await diffOf(mask((await host.readFile(path)) ?? ''), mask(after)) });
  };
  return inFrontOf(host, {
    writeFile: async (path, text, mode) => {
      await record(path, text, mode?.shown);
      await host.writeFile(path, text, mode);
    },
    removeFile: async (path, mode) => {
      await record(path, '', mode?.shown);
      await host.removeFile(path, mode);
    },
  });
}

async function diffOf(before: string, after: string): Promise<string[]> {
  const { structuredPatch } = await import('diff');
  const { hunks } = structuredPatch('', '', before, after, '', '', { context: 1 });
  return hunks.flatMap((hunk) => hunk.lines).filter((line) => !line.startsWith('\\'));
}
