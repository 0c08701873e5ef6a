/** The commands about a project as such: beginning one; and completion in a shell. */

import type { Command } from 'commander';
import type { Io } from './io.ts';
import type { Add } from './parse-guests.ts';
import type { Act } from './parse-tools.ts';

export function projectCommands(program: Command, command: Add, io: Io, act: Act, version: string): void {
  completionCommands(program, command, io, act);
  command('help', 'how a command is used, or a topic', 'phx help run', 'phx help targets')
    .argument('[words...]', 'a command, or one of the topics: targets, config, exit-codes')
    .action(
      act(async (words: string[]) => {
        const { help } = await import('./command/help.ts');
        return help(io, program, words);
      }),
    );
  command(
    'init',
    'begin a project, a small one that runs at once on a simulated node',
    'phx init',
    'phx init homelab --host root@10.0.0.13',
    'phx init --schemas',
  )
    .argument('[folder]', 'where; default: here')
    .option('--name <name>', "the project's name, which its guests are marked with; default: the folder's")
    .option('--schemas', 'of a project that is there: only make config/schema/ anew, for your editor')
    .action(
      act(async (folder: string | undefined, _: unknown, self: Command) => {
        const { init } = await import('./command/init.ts');
        return init(io, folder, self.optsWithGlobals(), version);
      }),
    );
}

function completionCommands(program: Command, command: Add, io: Io, act: Act): void {
  const load = () => import('./command/completion.ts');
  command(
    'completion',
    'what a shell loads so that TAB completes commands, options and targets',
    'source <(phx completion bash)',
    'source <(phx completion zsh)',
    'phx completion fish > ~/.config/fish/completions/phx.fish',
  )
    .argument('<shell>', 'bash, zsh or fish')
    .action(act(async (shell: string) => (await load()).completion(io, shell)));
  program
    .command('complete', { hidden: true })
    .exitOverride()
    .argument('[words...]')
    .action(act(async (words: string[]) => (await load()).completeWords(io, program, words)));
}
