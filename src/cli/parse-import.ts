/** The sub-commands of `phx import`, with their options and examples. */

import type { Command } from 'commander';
import type { Io } from './io.ts';
import { type Act, withExamples } from './parse-tools.ts';

/** `phx import legacy` and `phx import script`. */
export function importCommands(all: Command, io: Io, act: Act): void {
  const sub = (name: string, description: string, ...lines: string[]) =>
    withExamples(all.command(name).description(description).exitOverride(), lines);
  sub(
    'legacy',
    'the JSON files of the bash system as config/, with an account of what became of every value',
    'phx import legacy old/etc --dry-run',
    'phx import legacy old/etc --to .',
    'phx import legacy old/etc --json > import.json',
  )
    .argument(
      '<folder>',
      'holds phoenix_hypervisor_config.json, phoenix_lxc_configs.json, phoenix_vm_configs.json',
    )
    .option(
      '--to <folder>',
      'the project that gets the configuration (default: the one around, or this folder)',
    )
    .option('--dry-run', 'print what would be written')
    .option('--force', 'also where there is a configuration: it is kept beside the new one')
    .option('--json', 'the account as one document')
    .action(
      act(async (folder: string, _: unknown, self: Command) => {
        const { importLegacyFiles } = await import('./command/import.ts');
        return importLegacyFiles(io, folder, self.optsWithGlobals());
      }),
    );
  sub(
    'script',
    'a bash script as a feature, an application, or a step of the node',
    'phx import script install_x.sh --as feature:x --target ctid:950',
    'phx import script setup_x.sh --as task:x',
  )
    .argument('<file>', 'the script')
    .requiredOption('--as <kind:name>', 'feature:<name>, app:<name> or task:<name>')
    .option('--target <guest>', 'the guest that is to have it, such as ctid:950')
    .option('--to <folder>', 'the project that gets it (default: the one around, or this folder)')
    .option('--dry-run', 'print what would be written')
    .option('--force', 'also where there is a file of this name')
    .action(
      act(async (file: string, _: unknown, self: Command) => {
        const { importScript } = await import('./command/import-script.ts');
        return importScript(io, file, self.optsWithGlobals());
      }),
    );
}
