/** The command line: every command with its options, help and examples; each command's code is loaded when it is called. */

import { Command, CommanderError } from 'commander';
import { type ExitName, PhxError } from '../core/error.ts';
import { didYouMean } from '../core/suggest.ts';
import { helpPlace } from './command/help.ts';
import { helpPage } from './help.ts';
import type { Io } from './io.ts';
import { guestCommands, tasksCommand } from './parse-guests.ts';
import { projectCommands } from './parse-project.ts';
import { runCommands } from './parse-run.ts';
import {
  type Act,
  cacheCommands,
  collect,
  examplesOf,
  twinCommands,
  whole,
  withExamples,
} from './parse-tools.ts';

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

/** All commands, with whom each of them calls. */
export function programOf(io: Io, version: string, act: Act): Command {
  const program = new Command('phx')
    .description(
      'phx: a task-graph build tool for a Proxmox VE node. Edits in, exactly what follows from them out.',
    )
    .version(version, '-V, --version', 'which version works here')
    .option('-C, --project <folder>', 'look for the project from this folder')
    .option('--env <name>', 'lay config/env/<name>/ over the configuration')
    .option('--set <path=value>', 'override one value, such as guests.950.memory=65536', collect, [])
    .option(
      '--host <name>',
      'twin (simulated), local (this very node), a node of phoenixfile.ts, or root@address',
    )
    .option('--history <where>', 'local: only the journals of this machine, not the database of the team')
    .exitOverride()
    .configureOutput({
      ...{ writeOut: io.out.write, writeErr: io.err.write, outputError: () => {} },
      ...{ getOutHasColors: () => io.out.colour, getErrHasColors: () => io.err.colour },
    })
    .showSuggestionAfterError(false)
    .helpOption('-h, --help', 'how phx, or a command, is used')
    .helpCommand(false)
    .configureHelp({
      formatHelp: (command, helper) => helpPage(command, helper, helpPlace(io), examplesOf(command)),
    });
  withExamples(program, [
    'phx plan ctid:950 # what would be done, and why',
    'phx run ctid:950 # do it',
    'phx run all -j 8 # everything, eight tasks at once',
    'phx why ctid:950/configure # why this task would run',
    'phx run all --host twin # on a simulated node, to try it',
  ]);
  const command = (name: string, description: string, ...lines: string[]) =>
    withExamples(program.command(name).description(description).exitOverride(), lines);

  projectCommands(program, command, io, act, version);
  runCommands(command, io, act);
  command(
    'graph',
    'draw the tasks and what they wait for',
    'phx graph ctid:950',
    'phx graph --format html -o graph.html',
    'phx graph ctid:950 --format svg -o graph.svg',
  )
    .argument('[targets...]', 'ctid:950, ctid:9*, tag:gpu, hypervisor; without one: all')
    .option('--format <name>', 'text, html (a page to look around in), svg, mermaid, dot or json', 'text')
    .option('-o, --output <file>', 'write it to this file')
    .action(
      act(async (targets: string[], _, self: Command) => {
        const { graph } = await import('./command/graph.ts');
        return graph(io, targets, self.optsWithGlobals());
      }),
    );
  command('why', 'say why a task would run, or would not', 'phx why ctid:950/configure')
    .argument('<tasks...>', 'ctid:950/configure, hypervisor/network; of a target: all of its tasks')
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
    .argument('[targets...]', 'ctid:950, ctid:9*, tag:gpu, hypervisor; without one: all')
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
    .argument('[targets...]', 'ctid:950, ctid:9*, tag:gpu, hypervisor; without one: all')
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
    .argument('[target]', 'ctid:950, vmid:8001, hypervisor; without one: all of it')
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
  const [, kind, unknown = ''] = /unknown (command|option) '(.+)'/.exec(error.message) ?? [];
  const sub = program.commands.find(
    (command) => command.name() === words.find((word) => !word.startsWith('-')),
  );
  const options = [...(sub?.options ?? []), ...program.options].flatMap(({ long }) => long ?? []);
  const names = kind === 'option' ? options : program.commands.map((command) => command.name());
  const near = kind === undefined ? undefined : didYouMean(unknown, names);
  return new PhxError('usage', {
    title: error.message.replace(/^error: /, ''),
    ...(near ? { hint: near } : {}),
    command: sub ? `phx ${sub.name()} --help` : 'phx --help',
  });
}
