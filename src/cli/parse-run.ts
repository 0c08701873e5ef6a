/** The commands that bring targets up to date, show beforehand what that would be, and take it back. */

import type { Command } from 'commander';
import type { Io } from './io.ts';
import type { Add } from './parse-guests.ts';
import { type Act, collect, positive } from './parse-tools.ts';

export function runCommands(command: Add, io: Io, act: Act): void {
  const run = command(
    'run',
    'bring targets up to date',
    'phx run hypervisor # the node',
    'phx run ctid:950 # a container, and what it rests on',
    'phx run all -j 8 --keep-going # everything that can be done',
    'phx run ctid:952 --recreate # made anew, its data kept',
    'phx run plan.json # exactly what phx plan -o plan.json said',
  )
    .argument(
      '[targets...]',
      'hypervisor, hypervisor/zfs, ctid:950, ctid:9*, tag:gpu, all; or a plan that was saved',
    )
    .option('-j, --jobs <n>', 'how many tasks run at once', positive)
    .option('-k, --keep-going', 'after a failure go on with all that does not depend on it')
    .option('-f, --force', 'run the named tasks even when they are fresh')
    .option('-n, --dry-run', 'the same as phx plan')
    .option('--except <target>', 'leave this out and take it as it stands', collect, [])
    .option('--json', 'one event a line')
    .option('-q, --quiet', 'only failures and the summary')
    .option('--plain', 'lines instead of the live view')
    .option('-v, --verbose', 'also what the commands print')
    .option('-y, --yes', 'do not ask before the first run on a real node, nor before guests are recreated')
    .option('--wait', 'where another run is at work, begin when it has ended')
    .option('--reboot', 'reboot the node where a task waits for it')
    .option('--no-reboot', 'stop there instead, also on the twin')
    .option('--twin-latency <kind>', 'none, real, or a factor such as 0.01: how long the twin takes')
    .action(
      act(async (targets: string[], _, self: Command) => {
        const { run: bring } = await import('./command/run.ts');
        return bring(io, targets, self.optsWithGlobals());
      }),
    );
  const plan = command(
    'plan',
    'show what a run would do, command by command',
    'phx plan ctid:950',
    'phx plan all --json',
    'phx plan all --check # exit 6 when something would be done',
    'phx plan all -o plan.json # to be looked at, and run as it is',
  )
    .argument('[targets...]', 'hypervisor, hypervisor/zfs, ctid:950, ctid:9*, tag:gpu, all')
    .option('--except <target>', 'leave this out and take it as it stands', collect, [])
    .option('-f, --force', 'plan the named tasks even when they are fresh')
    .option('--check', 'exit 6 when anything would be done')
    .option('-o, --out <file>', 'keep the plan: phx run <file> does exactly that, or refuses')
    .option('--facts <file>', 'for the node as it was then: a file of phx facts')
    .option('--json', 'one document')
    .action(
      act(async (targets: string[], _, self: Command) => {
        const { plan: show } = await import('./command/plan.ts');
        return show(io, targets, self.optsWithGlobals());
      }),
    );
  const rehearse = command(
    'rehearse',
    'tell a run as a story on a copy of the node: what would happen when, and how long it would take',
    'phx rehearse ctid:950',
    'phx rehearse all -j 8',
    'phx rehearse ctid:950 --fault "pct start 950"',
  )
    .argument('[targets...]', 'hypervisor, hypervisor/zfs, ctid:950, ctid:9*, tag:gpu, all')
    .option('-j, --jobs <n>', 'how many tasks run at once', positive)
    .option('--except <target>', 'leave this out and take it as it stands', collect, [])
    .option('-f, --force', 'run the named tasks even when they are fresh')
    .option(
      '--fault <command>',
      'let the command fail that begins with these words, and tell the next run, too',
    )
    .option('--nth <n>', 'the n-th of them', positive, 1)
    .option('--exit <code>', 'it ends with this exit code', positive, 1)
    .option('--stderr <text>', 'and says this')
    .option('--hang', 'it does not end before its deadline')
    .option('--kill <when>', 'phx itself is killed before, during or after it')
    .option('--facts <file>', 'for the node as it was then: a file of phx facts')
    .option('--json', 'one document')
    .action(
      act(async (targets: string[], _, self: Command) => {
        const { rehearse: tell } = await import('./command/rehearse.ts');
        return tell(io, targets, self.optsWithGlobals());
      }),
    );
  command(
    'update',
    'move the pinned versions of guests to the latest ones, and go back where one gets unwell',
    'phx update ctid:952 --check',
    'phx update ctid:952',
    'phx update ctid:952 --to app:qdrant.version=1.15.5',
  )
    .argument('<targets...>', 'ctid:952, tag:docker, all')
    .option('--to <layer.param=version>', 'only this one, to this version', collect, [])
    .option('--check', 'only show them; exit 6 when there is something newer')
    .option('--no-way-back', 'also where a guest could not be put back')
    .option('-j, --jobs <n>', 'how many tasks run at once', positive)
    .option('--json', 'one event a line')
    .option('-q, --quiet', 'only failures and the summary')
    .option('--plain', 'lines instead of the live view')
    .option('-v, --verbose', 'also what the commands print')
    .option('-y, --yes', 'do not ask before the first run on a real node')
    .action(
      act(async (targets: string[], _: unknown, self: Command) => {
        const { update } = await import('./command/update.ts');
        return update(io, targets, self.optsWithGlobals());
      }),
    );
  command(
    'undo',
    'put back what a run replaced on the host',
    'phx undo',
    'phx undo 20261124-010203004-1a2b --dry-run',
  )
    .argument('[run]', 'name of a run; without it, the runs that can be taken back')
    .option('-n, --dry-run', 'show what would be put back')
    .option('-f, --force', 'also files that were changed since')
    .option('-y, --yes', 'do not ask on a real node')
    .option('--wait', 'where another run is at work, begin when it has ended')
    .option('--json', 'one document')
    .action(
      act(async (run: string | undefined, _, self: Command) => {
        const { undo } = await import('./command/undo.ts');
        return undo(io, run, self.optsWithGlobals());
      }),
    );
  command(
    'watch',
    'show after each edit what a run would do, and do it when you press Enter',
    'phx watch ctid:950',
    'phx watch all --auto',
  )
    .argument('[targets...]', 'without one: all')
    .option('--auto', 'run what an edit makes stale without being asked')
    .option('-j, --jobs <n>', 'how many tasks run at once', positive)
    .option('-k, --keep-going', 'start further tasks after a failure')
    .option('--except <target>', 'leave this out and take it as it stands', collect, [])
    .option('-y, --yes', 'with --auto: do not ask before the first run on a real node')
    .action(
      act(async (targets: string[], _: unknown, self: Command) => {
        const { watch } = await import('./command/watch.ts');
        return watch(io, targets, self.optsWithGlobals());
      }),
    );
  historyCommand(command, io, act);
  reportCommand(command, io, act);
  allowing(run);
  allowing(plan);
  allowing(rehearse);
}

function historyCommand(command: Add, io: Io, act: Act): void {
  const load = () => import('./command/history.ts');
  const history = command(
    'history',
    'the runs of the past that did something',
    'phx history',
    'phx history show 20261124-010203004-1a2b',
  )
    .option('-n, --lines <n>', 'how many runs', positive, 20)
    .option('--json', 'one document')
    .action(act(async (_: unknown, self: Command) => (await load()).history(io, self.optsWithGlobals())));
  history
    .command('show')
    .description('what each task of a run did, command by command')
    .exitOverride()
    .argument('<run>', 'its name, as phx history lists it')
    .option('--json', 'one document')
    .action(
      act(async (run: string, _: unknown, self: Command) =>
        (await load()).historyShow(io, run, self.optsWithGlobals()),
      ),
    );
}

function reportCommand(command: Add, io: Io, act: Act): void {
  command(
    'report',
    'what a past run took its time for: a summary, and its timeline as a page',
    'phx report',
    'phx report 20261124-010203004-1a2b -o report.html',
    'phx report --trace trace.json',
  )
    .argument('[run]', 'its name in phx history; without one the last run')
    .option('-o, --output <file>', 'write the page to this file, not below .cache/report')
    .option('--trace <file>', "write Chrome's trace events, for chrome://tracing or Perfetto")
    .option('--json', 'one document, no page')
    .action(
      act(async (run: string | undefined, _: unknown, self: Command) => {
        const { report } = await import('./command/report.ts');
        return report(io, run, self.optsWithGlobals());
      }),
    );
}

/** What is never done unasked, and what a run has to know of whoever asks; the same for `run` and `plan`. */
function allowing(command: Command): void {
  command
    .option('--wipe-disk <id>', 'let a new pool take this disk, whatever is on it', collect, [])
    .option('--restart', 'restart the named guests where a change waits for it')
    .option('--retry', 'try again in the named guests what was rolled back there')
    .option('--recreate', 'destroy the named guests and build them anew; their data volumes are kept')
    .option('--no-way-back', 'with --recreate: also where no backup can be taken')
    .option('--operator <address>', 'where you reach the node from; default: this ssh session');
}
