/** What could come next on a command line of phx: read off the commands as they are declared. It knows no shell and prints nothing. */

import type { Argument, Command, Option } from 'commander';
import type { Candidate, KnownTargets } from './known-targets.ts';

/** Answered where files are meant: the shell knows them best. */
export const files = ':files';
export const folders = ':folders';

export interface Known extends KnownTargets {
  /** Names of runs, the last one first. */
  readonly runs: readonly Candidate[];
  /** Names of environments. */
  readonly environments: readonly Candidate[];
}

const plain = (...words: string[]): Candidate[] => words.map((word) => [word, '']);

/** What a value may be, by the option or argument that it is for: where its name does not say it. */
const values: Readonly<Record<string, (known: Known) => readonly Candidate[]>> = {
  '--host': ({ hosts }) => hosts,
  '--env': ({ environments }) => environments,
  '--history': () => plain('local'),
  '--format': () => plain('text', 'html', 'svg', 'mermaid', 'dot', 'json'),
  '--twin-latency': () => plain('none', 'real'),
  '--kill': () => plain('before', 'during', 'after'),
  '--pve': () => plain('8.4', '9.2'),
  '--signature': () => plain('ext4', 'gpt', 'zfs:', 'blank'),
  '<file>': () => plain(files),
  '<folder>': () => plain(folders),
  '[folder]': () => plain(folders),
  '<target>': targetsOrTasks,
  '[target]': targetsOrTasks,
  targets: targetsOrTasks,
  tasks: ({ targets, tasks }) => [...targets, ...tasks],
  run: ({ runs }) => runs,
  state: () => plain('down', 'up', 'isolated', 'joined'),
  shell: () => plain('bash', 'zsh', 'fish'),
};

function targetsOrTasks({ targets, tasks }: Known): readonly Candidate[] {
  return [...targets, ...tasks];
}

/** Candidates for the last of the words; tasks of a target only when its name is typed. */
export function complete(program: Command, words: readonly string[], known: Known): readonly Candidate[] {
  const typed = words.at(-1) ?? '';
  const at = walk(program, words.slice(0, -1));
  if (at.raw) return plain(files);
  const all = at.value ? valuesOf(at.value, known) : next(program, at, typed, known);
  const wanted = typed.includes('/') ? all : all.filter(([word]) => !word.includes('/'));
  return wanted.filter(([word]) => word.startsWith(typed) || word.startsWith(':'));
}

interface Place {
  readonly command: Command;
  /** The option whose value comes next. */
  readonly value: Option | undefined;
  /** How many arguments stand before. */
  readonly given: number;
  /** Behind a `--`, where another program's words stand. */
  readonly raw: boolean;
}

function walk(program: Command, words: readonly string[]): Place {
  let command = program;
  let value: Option | undefined;
  let given = 0;
  for (const word of words) {
    if (value) value = undefined;
    else if (word === '--') return { command, value, given, raw: true };
    else if (word.startsWith('-')) {
      const option = optionsOf(program, command).find(({ short, long }) => word === short || word === long);
      value = option?.required || option?.optional ? option : undefined;
    } else {
      const sub = given === 0 ? command.commands.find((one) => one.name() === word) : undefined;
      if (sub) command = sub;
      else given += 1;
    }
  }
  return { command, value, given, raw: false };
}

/** Options of the command, of the one that it belongs to, and of phx. */
function optionsOf(program: Command, command: Command): readonly Option[] {
  const own = [command, ...(command.parent && command.parent !== program ? [command.parent] : []), program];
  return [...new Set(own)].flatMap(({ options }) => [...options]).filter(({ hidden }) => !hidden);
}

function next(
  program: Command,
  { command, given }: Place,
  typed: string,
  known: Known,
): readonly Candidate[] {
  if (typed.startsWith('-')) {
    const help: Candidate = ['--help', 'how this command is used'];
    const own = optionsOf(program, command).filter(({ long }) => command === program || long !== '--version');
    return [...own.map(({ long, short, description }) => [long ?? short ?? '', description] as const), help];
  }
  const subs: Candidate[] = given > 0 ? [] : namesOf(command);
  const list = command.registeredArguments;
  const argument = list[given] ?? (list.at(-1)?.variadic ? list.at(-1) : undefined);
  return [...subs, ...(argument ? wordsFor(argument, known) : [])];
}

/** The commands that help tells of. */
function namesOf(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((sub) => [sub.name(), sub.summary() || sub.description()]);
}

function wordsFor(argument: Argument, known: Known): readonly Candidate[] {
  const form = argument.required ? `<${argument.name()}>` : `[${argument.name()}]`;
  return (values[argument.name()] ?? values[form])?.(known) ?? [];
}

function valuesOf({ long, flags }: Option, known: Known): readonly Candidate[] {
  const form = /[<[][^>\]]+[>\]]/.exec(flags)?.[0] ?? '';
  return (values[long ?? ''] ?? values[form])?.(known) ?? [];
}
