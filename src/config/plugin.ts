/** What plugins are written with: `plugin` and `task`, with defaults for what most of them do not need. It runs nothing. */

import { BlockedError, PhxError } from '../core/error.ts';
import type { Problem } from '../core/event.ts';
import type { Json } from '../core/json.ts';
import { didYouMean } from '../core/suggest.ts';
import type { TaskContext } from '../core/task.ts';
import type { Facts } from '../proxmox/facts.ts';
import type { PhxTask, Plugin, PluginInput } from './project.ts';

/** Says what a setting has to be where it is not: `a port, such as 443`. Undefined: it is right. */
export type SettingCheck = (value: unknown) => string | undefined;

export interface PluginDefinition<Settings extends object>
  extends Omit<Plugin, 'name' | 'builtin' | 'tasks'> {
  /** Of the plugin, in messages. */
  readonly name: string;
  /** Each setting with its check; a setting that is not here is refused. A phoenixfile is not type-checked when it is run. */
  readonly settings?: { readonly [Key in keyof Required<Settings>]: SettingCheck };
  /** The tasks for this fleet. `refuse` what cannot be. */
  readonly tasks?: (
    settings: Settings,
    input: PluginInput,
  ) => readonly PhxTask[] | Promise<readonly PhxTask[]>;
}

/** What a plugin is called with: nothing, where all settings may be left out. */
export type Given<Settings extends object> =
  Record<string, never> extends Settings ? readonly [settings?: Settings] : readonly [settings: Settings];

/**
 * Makes a plugin for `plugins: [caddy({ guest: 104 })]` of a phoenixfile. Settings are checked where they are given; the tasks
 * are asked for once the configuration is known to be right.
 */
export function plugin<Settings extends object = Record<string, never>>(
  definition: PluginDefinition<Settings>,
): (...given: Given<Settings>) => Plugin {
  const { name, settings: checks, tasks, ...others } = definition;
  return (...[given]) => {
    const settings = (given ?? {}) as Settings;
    checkSettings(name, settings, (checks ?? {}) as Readonly<Record<string, SettingCheck>>);
    return { ...others, name, tasks: (input) => tasks?.(settings, input) ?? [] };
  };
}

function checkSettings(
  name: string,
  settings: unknown,
  checks: Readonly<Record<string, SettingCheck>>,
): void {
  const refused = (what: string) => new PhxError('config', { title: `${name}() in phoenixfile.ts: ${what}` });
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings))
    throw refused(`its settings are an object, not ${kindOf(settings)}`);
  const known = Object.keys(checks);
  for (const key of Object.keys(settings)) {
    if (known.includes(key)) continue;
    const near =
      didYouMean(key, known) ?? (known.length > 0 ? `there are ${known.join(', ')}` : 'it takes none');
    throw refused(`there is no setting ${key}; ${near}`);
  }
  for (const [key, check] of Object.entries(checks)) {
    const value = (settings as Readonly<Record<string, unknown>>)[key];
    const wanted = check(value);
    if (wanted === undefined) continue;
    throw refused(
      value === undefined
        ? `${key} is missing: ${wanted}`
        : `${key} has to be ${wanted}; it is ${kindOf(value)}`,
    );
  }
}

/** The value itself is not repeated: somebody may have written a password there. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  const kinds: Readonly<Record<string, string>> = {
    string: 'another text',
    number: 'another number',
    object: 'an object',
  };
  return kinds[typeof value] ?? `a ${typeof value}`;
}

/** What a task reads, as plain data. */
export type TaskConfig = Readonly<Record<string, unknown>>;

export interface TaskDefinition<Config extends TaskConfig>
  extends Omit<PhxTask, 'target' | 'title' | 'revision' | 'config' | 'dependencies' | 'touches' | 'run'> {
  /** A few words for people; without them its step. */
  readonly title?: string;
  /** Raise it when other commands are sent for the same inputs, and they should be sent again; without it `1`. */
  readonly revision?: string;
  /** The values that it reads: an edit of one of them runs it again. Its run is handed exactly these. */
  readonly config?: Config;
  /** Tasks that come before it. */
  readonly after?: readonly string[];
  /** Tasks that come before it, and whose outcome it reads: it runs again when that is another one. */
  readonly uses?: readonly string[];
  /** Dependencies with more to say than `after` and `uses`. */
  readonly dependencies?: PhxTask['dependencies'];
  /** Parts of the facts that its run may change, such as `file:/etc/x` or `guest:104`. */
  readonly touches?: readonly string[];
  /** Looks, sends what is needed, and looks again; it is called again after anything went wrong. */
  readonly run: (
    context: Omit<TaskContext<Facts>, 'config'> & { readonly config: Config },
  ) => Promise<Readonly<Record<string, string>> | undefined>;
}

/** Makes a task; its target is what stands before the first slash of its id. */
export function task<const Config extends TaskConfig = Record<string, never>>(
  definition: TaskDefinition<Config>,
): PhxTask {
  const {
    id,
    title,
    revision = '1',
    config,
    after = [],
    uses = [],
    dependencies = [],
    touches = [],
    run,
    ...others
  } = definition;
  const at = id.indexOf('/');
  if (at < 1 || at === id.length - 1)
    throw new PhxError('config', {
      title: `A task cannot be called ${id}`,
      hint: 'Its id is the target and the step: hypervisor/backup, ctid:104/routes.',
    });
  return {
    ...others,
    ...{ id, target: id.slice(0, at), title: title ?? id.slice(at + 1), revision, touches },
    config: (config ?? {}) as Readonly<Record<string, Json>>,
    dependencies: [
      ...uses.map((one) => ({ task: one, kind: 'result' as const })),
      ...after.map((one) => ({ task: one, kind: 'order' as const })),
      ...dependencies,
    ],
    run: async (context) => (await run(context as never)) ?? undefined,
  };
}

/** What is told of something that cannot be: a title, facts, one hint, the command to type next. */
export type Refusal = Omit<Problem, 'facts'> & { readonly facts?: Problem['facts'] };

/** To be thrown while tasks are made: the configuration cannot be what is meant. Nothing was changed. */
export function refuse(problem: Refusal): Error {
  return new PhxError('config', problem);
}

/** To be thrown by a run: it needs a person, and changed nothing. What does not rest on it goes on. */
export function blocked(problem: Refusal): Error {
  return new BlockedError(problem);
}
