/** The commands about a project as such: beginning one. */

import type { Command } from 'commander';
import type { Io } from './io.ts';
import type { Add } from './parse-guests.ts';
import type { Act } from './parse-tools.ts';

export function projectCommands(command: Add, io: Io, act: Act, version: string): void {
  command(
    'init',
    'begin a project: a small one that runs at once, on a simulated node',
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
