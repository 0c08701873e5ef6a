/** The command line: every command with its options, help and examples; each command's code is loaded when it is called. */

import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { type ExitName, PhxError } from '../core/error.ts';
import { didYouMean } from '../core/suggest.ts';
import type { Io } from './io.ts';

/** Parses and runs; answers how the process ends. */
export async function parse(io: Io, words: readonly string[], version: string): Promise<ExitName> {
  let ended: ExitName = 'ok';
  const act =
    <A extends unknown[]>(command: (...args: A) => Promise<ExitName>) =>
    async (...args: A) => {
      ended = await command(...args);
    };
  const program = programOf(io, version, act);
  try {
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0 || error.code === 'commander.help') return error.exitCode === 0 ? 'ok' : 'usage';
    throw usageError(error, program, words);
  }
  return ended;
}

type Act = <A extends unknown[]>(command: (...args: A) => Promise<ExitName>) => (...args: A) => Promise<void>;

function programOf(io: Io, version: string, act: Act): Command {
  const program = new Command('phx')
    .description(
      'A task-graph build tool for a Proxmox VE host: edits in, exactly what follows from them out.',
    )
    .version(version, '-V, --version')
    .option('-C, --project <folder>', 'look for the project from this folder')
    .option('--env <name>', 'lay config/env/<name>/ over the configuration')
    .option('--set <path=value>', 'override one value, such as guests.950.memory=65536', collect, [])
    .option('--host <name>', 'twin (simulated) or local (this very node)')
    .exitOverride()
    .configureOutput({ writeOut: io.out.write, writeErr: () => {}, outputError: () => {} })
    .showSuggestionAfterError(false)
    .addHelpText(
      'after',
      examples('phx run ctid:950', 'phx plan all', 'phx why ctid:950/configure', 'phx graph ctid:950'),
    );
  const command = (name: string, description: string, ...lines: string[]) =>
    program
      .command(name)
      .description(description)
      .exitOverride()
      .addHelpText('after', examples(...lines));

  command(
    'run',
    'bring targets up to date',
    'phx run hypervisor',
    'phx run ctid:950',
    'phx run all -j 8 --keep-going',
  )
    .argument('[targets...]', 'hypervisor, hypervisor/zfs, ctid:950, ctid:9*, tag:gpu, all')
    .option('-j, --jobs <n>', 'how many tasks run at once', positive)
    .option('-k, --keep-going', 'after a failure go on with all that does not depend on it')
    .option('-f, --force', 'run the named tasks even when they are fresh')
    .option('-n, --dry-run', 'the same as phx plan')
    .option('--except <target>', 'leave this out and take it as it stands', collect, [])
    .option('--json', 'one event a line')
    .option('-q, --quiet', 'only failures and the summary')
    .option('--plain', 'lines instead of the live view')
    .option('-v, --verbose', 'also what the commands print')
    .option('-y, --yes', 'do not ask before the first run on a real node')
    .option('--twin-latency <kind>', 'none, real, or a factor such as 0.01: how long the twin takes')
    .action(
      act(async (targets: string[], _, self: Command) => {
        const { run } = await import('./command/run.ts');
        return run(io, targets, self.optsWithGlobals());
      }),
    );
  command(
    'plan',
    'show what a run would do, command by command',
    'phx plan ctid:950',
    'phx plan all --json',
    'phx plan all --check',
  )
    .argument('[targets...]')
    .option('--except <target>', 'leave this out and take it as it stands', collect, [])
    .option('-f, --force', 'plan the named tasks even when they are fresh')
    .option('--check', 'exit 6 when anything would be done')
    .option('--json', 'one document')
    .action(
      act(async (targets: string[], _, self: Command) => {
        const { plan } = await import('./command/plan.ts');
        return plan(io, targets, self.optsWithGlobals());
      }),
    );
  command(
    'graph',
    'draw the tasks and what they wait for',
    'phx graph ctid:950',
    'phx graph all --format mermaid > graph.mmd',
  )
    .argument('[targets...]')
    .option('--format <name>', 'text, mermaid, dot or json', 'text')
    .action(
      act(async (targets: string[], _, self: Command) => {
        const { graph } = await import('./command/look.ts');
        return graph(io, targets, self.optsWithGlobals());
      }),
    );
  command('why', 'say why a task would run, or would not', 'phx why ctid:950/configure')
    .argument('<tasks...>')
    .option('--json', 'one document')
    .action(
      act(async (tasks: string[], _, self: Command) => {
        const { why } = await import('./command/look.ts');
        return why(io, tasks, self.optsWithGlobals());
      }),
    );
  command('status', 'a line for each target', 'phx status', 'phx status tag:gpu')
    .argument('[targets...]')
    .option('--json', 'one document')
    .action(
      act(async (targets: string[], _, self: Command) => {
        const { status } = await import('./command/look.ts');
        return status(io, targets, self.optsWithGlobals());
      }),
    );
  command('list', 'list targets, or the tasks of the named ones', 'phx list', 'phx list ctid:950')
    .argument('[targets...]')
    .option('--json', 'one document')
    .action(
      act(async (targets: string[], _, self: Command) => {
        const { list } = await import('./command/look.ts');
        return list(io, targets, self.optsWithGlobals());
      }),
    );
  command(
    'config',
    'show the merged configuration and where each value comes from',
    'phx config ctid:950',
    'phx config hypervisor',
  )
    .argument('[target]')
    .option('--json', 'one document')
    .action(
      act(async (target: string | undefined, _, self: Command) => {
        const { config } = await import('./command/config.ts');
        return config(io, target, self.optsWithGlobals());
      }),
    );
  command(
    'validate',
    'check configuration, templates and graph without touching a host',
    'phx validate',
    'phx validate --env lab',
  )
    .option('--json', 'one document')
    .action(
      act(async (_: unknown, self: Command) => {
        const { validate } = await import('./command/config.ts');
        return validate(io, self.optsWithGlobals());
      }),
    );
  cacheCommands(
    command('cache', 'the records that phx keeps', 'phx cache list', 'phx cache forget ctid:950'),
    io,
    act,
  );
  twinCommands(
    command('twin', 'the simulated node', 'phx twin show', 'phx twin exec -- pct list', 'phx twin reset'),
    io,
    act,
  );
  return program;
}

function cacheCommands(cache: Command, io: Io, act: Act): void {
  const load = () => import('./command/cache.ts');
  const sub = (name: string, description: string) =>
    cache.command(name).description(description).exitOverride();
  sub('list', 'logs, journals and the lock').action(
    act(async (_: unknown, self: Command) => (await load()).cacheList(io, self.optsWithGlobals())),
  );
  sub('prune', 'drop records of tasks that are gone, and all logs').action(
    act(async (_: unknown, self: Command) => (await load()).cachePrune(io, self.optsWithGlobals())),
  );
  sub('forget', 'forget the records of these tasks')
    .argument('<targets...>')
    .action(
      act(async (targets: string[], _: unknown, self: Command) =>
        (await load()).cacheForget(io, targets, self.optsWithGlobals()),
      ),
    );
  sub('unlock', 'free the run lock of a run that is gone')
    .option('-y, --yes', 'even when its owner seems alive')
    .action(act(async (_: unknown, self: Command) => (await load()).cacheUnlock(io, self.optsWithGlobals())));
}

function twinCommands(twin: Command, io: Io, act: Act): void {
  const load = () => import('./command/twin.ts');
  const sub = (name: string, description: string, ...lines: string[]) =>
    twin
      .command(name)
      .description(description)
      .exitOverride()
      .addHelpText('after', examples(...lines));
  sub('show', 'what is on the simulated node', 'phx twin show')
    .option('--json', 'one document')
    .action(act(async (_: unknown, self: Command) => (await load()).twinShow(io, self.optsWithGlobals())));
  sub('reset', 'start over with a fresh node', 'phx twin reset').action(
    act(async (_: unknown, self: Command) => (await load()).twinReset(io, self.optsWithGlobals())),
  );
  sub(
    'exec',
    'run a command on the simulated node, as an admin would',
    'phx twin exec -- pct set 950 --memory 1024',
  )
    .argument('<argv...>')
    .action(
      act(async (argv: string[], _: unknown, self: Command) =>
        (await load()).twinExec(io, argv, self.optsWithGlobals()),
      ),
    );
  sub(
    'fault',
    'let a command fail, hang or kill the run',
    'phx twin fault "pct start 950" --exit 255 --stderr "no"',
    'phx twin fault --clear',
  )
    .argument('[match]', 'the first words of the command')
    .option('--nth <n>', 'hit the n-th match', positive, 1)
    .option('--exit <code>', 'end with this exit code', whole)
    .option('--stderr <text>', 'and say this')
    .option('--hang', 'do not end before the deadline')
    .option('--kill <when>', 'kill the run: before, during or after the command')
    .option('--clear', 'remove all faults')
    .action(
      act(async (match: string | undefined, _: unknown, self: Command) =>
        (await load()).twinFault(io, match, self.optsWithGlobals()),
      ),
    );
}

function examples(...lines: string[]): string {
  return lines.length === 0 ? '' : `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}\n`;
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

function positive(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('It has to be a whole number from 1 on.');
}

function whole(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new InvalidArgumentError('It has to be a whole number.');
}

function usageError(error: CommanderError, program: Command, words: readonly string[]): PhxError {
  const unknown = /unknown command '(.+)'/.exec(error.message)?.[1];
  const names = program.commands.map((command) => command.name());
  const near = unknown === undefined ? undefined : didYouMean(unknown, names);
  const sub = program.commands.find(
    (command) => command.name() === words.find((word) => !word.startsWith('-')),
  );
  return new PhxError('usage', {
    title: error.message.replace(/^error: /, ''),
    ...(near ? { hint: near } : {}),
    command: sub ? `phx ${sub.name()} --help` : 'phx --help',
  });
}
