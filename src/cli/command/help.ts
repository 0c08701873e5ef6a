/** `phx help [words]`: the page of a command, or of a topic. */

import type { Command } from 'commander';
import { type ExitName, PhxError } from '../../core/error.ts';
import { didYouMean } from '../../core/suggest.ts';
import { type HelpPlace, topicPage } from '../help.ts';
import { topics } from '../help-topics.ts';
import type { Io } from '../io.ts';
import { packageFolder } from '../package-folder.ts';

export async function help(io: Io, program: Command, words: readonly string[]): Promise<ExitName> {
  const [name = ''] = words;
  const topic = words.length === 1 ? topicPage(name, helpPlace(io)) : undefined;
  io.out.write(topic ?? commandNamed(program, words).helpInformation());
  return 'ok';
}

function commandNamed(program: Command, words: readonly string[]): Command {
  let command = program;
  for (const word of words) {
    const sub = command.commands.find((one) => one.name() === word);
    if (!sub) throw unknown(command, program, word);
    command = sub;
  }
  return command;
}

function unknown(command: Command, program: Command, word: string): PhxError {
  const names = command
    .createHelp()
    .visibleCommands(command)
    .map((one) => one.name());
  const about = command === program ? Object.keys(topics) : [];
  return new PhxError('usage', {
    title: `There is no help about ${word}`,
    hint:
      didYouMean(word, [...new Set([...names, ...about])]) ??
      `There are pages of commands, and of ${Object.keys(topics).join(', ')}.`,
    command: 'phx help',
  });
}

export function helpPlace(io: Io): HelpPlace {
  return { columns: io.out.columns, colour: io.out.colour, docs: packageFolder('docs') };
}
