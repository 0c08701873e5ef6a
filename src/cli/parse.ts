/** The command line: every command with its options, help and examples; each command's code is loaded when it is called. */

import { Command, CommanderError } from 'commander';
import { type ExitName, PhxError } from '../core/error.ts';
import { didYouMean } from '../core/suggest.ts';
import type { Io } from './io.ts';
import { guestCommands, tasksCommand } from './parse-guests.ts';
import { importCommands } from './parse-import.ts';
import { runCommands } from './parse-run.ts';
import { type Act, cacheCommands, collect, examples, twinCommands, whole } from './parse-tools.ts';

/** Parses and runs; answers how the process ends: by a name of ours, or with the exit code of a program it ran. */
export async function parse(io: Io, words: readonly string[], version: string): Promise<ExitName | number> {
  let ended: ExitName | number = 'ok';
  const act =
    <A extends unknown[]>(command: (...args: A) => Promise<ExitName | number>) =>
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

function programOf(io: Io, version: string, act: Act): Command {
  const program = new Command('phx')
    .description(
      'A task-graph build tool for a Proxmox VE host: edits in, exactly what follows from them out.',
    )
    .version(version, '-V, --version')
    .option('-C, --project <folder>', 'look for the project from this folder')
    .option('--env <name>', 'lay config/env/<name>/ over the configuration')
    .option('--set <path=value>', 'override one value, such as guests.950.memory=65536', collect, [])
    .option(
      '--host <name>',
      'twin (simulated), local (this very node), a node of phoenixfile.ts, or root@address',
    )
    .option('--history <where>', 'local: only the journals of this machine, not the database of the team')
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

  runCommands(command, io, act);
  command(
    'graph',
    'draw the tasks and what they wait for',
    'phx graph ctid:950',
    'phx graph --format html -o graph.html',
    'phx graph ctid:950 --format svg -o graph.svg',
  )
    .argument('[targets...]')
    .option('--format <name>', 'text, html (a page to look around in), svg, mermaid, dot or json', 'text')
    .option('-o, --output <file>', 'write it to this file')
    .action(
      act(async (targets: string[], _, self: Command) => {
        const { graph } = await import('./command/graph.ts');
        return graph(io, targets, self.optsWithGlobals());
      }),
    );
  command('why', 'say why a task would run, or would not', 'phx why ctid:950/configure')
    .argument('<tasks...>')
    .option('--json', 'one document')
    .action(
      act(async (tasks: string[], _, self: Command) => {
        const { why } = await import('./command/why.ts');
        return why(io, tasks, self.optsWithGlobals());
      }),
    );
  command(
    'drift',
    'what is otherwise on the node than phx left it: as it was left, as it is, as it is wanted; and who was at it',
    'phx drift',
    'phx drift ctid:950 --put-back',
  )
    .argument('[targets...]', 'without one: all')
    .option('--put-back', 'run the steps in which something was changed by hand')
    .option('--check', 'exit 6 when something is otherwise')
    .option('-y, --yes', 'do not ask before the first run on a real node')
    .option('--json', 'one document')
    .action(
      act(async (targets: string[], _: unknown, self: Command) => {
        const { drift } = await import('./command/drift.ts');
        return drift(io, targets, self.optsWithGlobals());
      }),
    );
  command(
    'doctor',
    'what is well and what is not: machine, project, records and nodes, each with the command that mends it',
    'phx doctor',
    'phx doctor --host pve1',
  )
    .option('--json', 'one document')
    .action(
      act(async (_: unknown, self: Command) => {
        const { doctor } = await import('./command/doctor.ts');
        return doctor(io, self.optsWithGlobals());
      }),
    );
  command(
    'prune',
    'what left the configuration and is still on the node; taken away only where it is named',
    'phx prune',
    'phx prune ctid:960 storage:iso',
  )
    .argument('[what...]', 'without one: a list')
    .option('-y, --yes', 'do not ask')
    .option('--wait', 'where another run is at work, begin when it has ended')
    .option('--json', 'one document')
    .option('--plain', 'lines instead of the live view')
    .action(
      act(async (what: string[], _: unknown, self: Command) => {
        const { prune } = await import('./command/prune.ts');
        return prune(io, what, self.optsWithGlobals());
      }),
    );
  command('status', 'a line for each target', 'phx status', 'phx status tag:gpu')
    .argument('[targets...]')
    .option('--json', 'one document')
    .action(
      act(async (targets: string[], _, self: Command) => {
        const { status } = await import('./command/status.ts');
        return status(io, targets, self.optsWithGlobals());
      }),
    );
  command(
    'serve',
    'show graph, runs and timelines in a browser on this machine, live',
    'phx serve',
    'phx serve --allow-run',
  )
    .option('--port <n>', 'of 127.0.0.1; 0 takes any that is free', whole, 8950)
    .option('--allow-run', 'let the page ask for runs, for whoever has the address with the token')
    .action(
      act(async (_: unknown, self: Command) => {
        const { serve } = await import('./command/serve.ts');
        return serve(io, self.optsWithGlobals());
      }),
    );
  tasksCommand(command, io, act);
  command('list', 'list targets, or the tasks of the named ones', 'phx list', 'phx list ctid:950')
    .argument('[targets...]')
    .option('--json', 'one document')
    .action(
      act(async (targets: string[], _, self: Command) => {
        const { list } = await import('./command/list.ts');
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
  command(
    'facts',
    'print what the node looks like, or all nodes: a document to plan with elsewhere',
    'phx facts --host local > node.json',
    'phx facts --host cluster > cluster.json',
    'phx plan all --facts node.json',
    'phx twin reset --facts node.json',
  )
    .option('--node <name>', 'of a cluster: of this node alone')
    .action(
      act(async (_: unknown, self: Command) => {
        const { facts } = await import('./command/facts.ts');
        return facts(io, self.optsWithGlobals());
      }),
    );
  guestCommands(command, io, act);
  importCommands(
    command(
      'import',
      'take over the configuration of the replaced bash system, or a bash script',
      'phx import legacy old/etc --to .',
      'phx import script setup_x.sh --as feature:x',
    ),
    io,
    act,
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
