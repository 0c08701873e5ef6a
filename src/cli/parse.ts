/** The command line: every command with its options, help and examples; each command's code is loaded when it is called. */

import { Command, CommanderError } from 'commander';
import { type ExitName, PhxError } from '../core/error.ts';
import { didYouMean } from '../core/suggest.ts';
import { helpPlace } from './command/help.ts';
import { helpPage } from './help.ts';
import type { Io } from './io.ts';
import { guestCommands } from './parse-guests.ts';
import { importCommands } from './parse-import.ts';
import { lookCommands } from './parse-look.ts';
import { projectCommands } from './parse-project.ts';
import { runCommands } from './parse-run.ts';
import { type Act, cacheCommands, collect, examplesOf, twinCommands, withExamples } from './parse-tools.ts';

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
  lookCommands(command, io, act);
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
