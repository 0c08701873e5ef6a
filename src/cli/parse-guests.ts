/** The commands about guests themselves, with their options and examples: power, snapshots, backups, a look inside. */

import type { Command } from 'commander';
import type { ActionVerb } from '../config/project.ts';
import type { Io } from './io.ts';
import { type Act, positive } from './parse-tools.ts';

/** Adds one command, as `parse.ts` does. */
export type Add = (name: string, description: string, ...lines: string[]) => Command;

const verbs: readonly (readonly [ActionVerb, string, ...string[]])[] = [
  ['start', 'start guests, after those that they need', 'phx start ctid:950'],
  ['stop', 'stop guests, after those that rest on them', 'phx stop ctid:953', 'phx stop ctid:953 --only'],
  ['restart', 'stop and start guests', 'phx restart ctid:950'],
  [
    'destroy',
    'destroy guests that phx made, with their volumes',
    'phx destroy ctid:950',
    'phx destroy tag:scratch --yes',
    'phx destroy ctid:952 --keep-volumes',
  ],
  ['backup', 'back guests up with vzdump', 'phx backup ctid:950', 'phx backup all --storage local'],
];

export function guestCommands(command: Add, io: Io, act: Act): void {
  const load = () => import('./command/act.ts');
  for (const [verb, description, ...lines] of verbs) {
    shared(
      command(verb, description, ...lines).argument('<targets...>', 'ctid:950, ctid:9*, tag:gpu, all'),
      verb,
    ).action(
      act(async (targets: string[], _: unknown, self: Command) =>
        (await load()).act(io, verb, targets, self.optsWithGlobals()),
      ),
    );
  }
  shared(
    command(
      'snapshot',
      'take a snapshot of a guest',
      'phx snapshot ctid:950',
      'phx snapshot ctid:950 before-upgrade',
    )
      .argument('<target>', 'ctid:950, vmid:8001')
      .argument('[name]', 'without one it is named by the time'),
    'snapshot',
  ).action(
    act(async (target: string, name: string | undefined, _: unknown, self: Command) =>
      (await load()).act(io, 'snapshot', [target], { ...self.optsWithGlobals(), ...(name ? { name } : {}) }),
    ),
  );
  shared(
    command(
      'rollback',
      'go back to a snapshot or a safety point of a guest',
      'phx rollback ctid:950',
      'phx rollback ctid:950 before-upgrade',
    )
      .argument('<target>', 'ctid:950, vmid:8001')
      .argument('[name]', 'without one the snapshots and safety points are listed'),
    'rollback',
  ).action(
    act(async (target: string, name: string | undefined, _: unknown, self: Command) =>
      (await load()).act(io, 'rollback', [target], { ...self.optsWithGlobals(), ...(name ? { name } : {}) }),
    ),
  );
  pruneCommand(command, io, act);
  adoptCommand(command, io, act);
  checkCommand(command, io, act);
  insideCommands(command, io, act);
}

function pruneCommand(command: Add, io: Io, act: Act): void {
  command(
    'prune',
    'what left the configuration and is still on the node; taken away only where it is named',
    'phx prune',
    'phx prune ctid:960 storage:iso',
  )
    .argument('[what...]', 'as the list names it: ctid:960, storage:iso; without one: the list')
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
}

function adoptCommand(command: Add, io: Io, act: Act): void {
  command(
    'adopt',
    'write files for guests that stand on the node, and take them over as they are',
    'phx adopt all --dry-run',
    'phx adopt ctid:105',
    'phx adopt vmid:2*',
  )
    .argument('<targets...>', 'ctid:105, vmid:2*, all: what the configuration does not name')
    .option('--dry-run', 'print the files and what they cannot say; write and send nothing')
    .option('-y, --yes', 'do not ask')
    .option('--wait', 'where another run is at work, begin when it has ended')
    .option('--json', 'one document')
    .option('-v, --verbose', 'also each step')
    .action(
      act(async (targets: string[], _: unknown, self: Command) => {
        const { adopt } = await import('./command/adopt.ts');
        return adopt(io, targets, self.optsWithGlobals());
      }),
    );
}

function checkCommand(command: Add, io: Io, act: Act): void {
  command(
    'check',
    'ask guests how they are; nothing is started, changed or recorded',
    'phx check',
    'phx check ctid:950',
    'phx check tag:gpu --integration',
  )
    .argument('[targets...]', 'ctid:950, ctid:9*, tag:gpu, external:700; without one: all')
    .option('--integration', 'also the slower tests of the guests')
    .option('-j, --jobs <n>', 'how many guests are asked at once', positive)
    .option('--json', 'one document')
    .option('-q, --quiet', 'only what is not well, and the summary')
    .option('-v, --verbose', 'also what each check of the health answered')
    .option('--twin-latency <kind>', 'none, real, or a factor such as 0.01: how long the twin takes')
    .action(
      act(async (targets: string[], _: unknown, self: Command) => {
        const { check } = await import('./command/check.ts');
        return check(io, targets, self.optsWithGlobals());
      }),
    );
}

/** What Proxmox itself did, whoever asked it to. */
export function tasksCommand(command: Add, io: Io, act: Act): void {
  command(
    'tasks',
    'what the nodes did last, and on whose behalf; asked of their API where there is one',
    'phx tasks',
    'phx tasks ctid:950',
    'phx tasks hypervisor:pve2 --running',
  )
    .argument('[target]', 'ctid:950, vmid:8001, hypervisor, hypervisor:pve2; without one: all nodes')
    .option('-n, --lines <n>', 'how many tasks', positive, 50)
    .option('--running', 'only those that are at work')
    .option('--json', 'one document')
    .action(
      act(async (target: string | undefined, _: unknown, self: Command) => {
        const { tasks } = await import('./command/tasks.ts');
        return tasks(io, target, self.optsWithGlobals());
      }),
    );
}

function shared(command: Command, verb: ActionVerb): Command {
  const asked = command
    .option('-j, --jobs <n>', 'how many tasks run at once', positive)
    .option('-y, --yes', 'do not ask')
    .option('--wait', 'where another run is at work, begin when it has ended')
    .option('--json', 'one event a line')
    .option('-q, --quiet', 'only failures and the summary')
    .option('--plain', 'lines instead of the live view')
    .option('-v, --verbose', 'also what the commands print');
  if (verb === 'start' || verb === 'stop') asked.option('--only', 'just what was named');
  if (verb === 'destroy')
    asked.option('--keep-volumes', 'keep their data volumes, for the next guests of the same ids');
  if (verb === 'backup') asked.option('--storage <id>', 'where the backups go');
  return asked;
}

function insideCommands(command: Add, io: Io, act: Act): void {
  const load = () => import('./command/inside.ts');
  command(
    'exec',
    'run a command inside a guest, or on the node; its exit code is kept',
    'phx exec ctid:950 -- nvidia-smi',
    'phx exec vmid:8001 -- docker ps',
  )
    .argument('<target>', 'ctid:950, vmid:8001, hypervisor')
    .argument('<argv...>', 'the program and its words')
    .action(
      act(async (target: string, argv: string[], _: unknown, self: Command) =>
        (await load()).exec(io, target, argv, self.optsWithGlobals()),
      ),
    );
  command(
    'logs',
    'the journal of a guest, or of the node',
    'phx logs ctid:953 -u nginx',
    'phx logs hypervisor -f',
  )
    .argument('<target>', 'ctid:950, vmid:8001, hypervisor')
    .option('-u, --unit <name>', 'only this unit')
    .option('-n, --lines <n>', 'how many lines', positive, 100)
    .option('--since <time>', "such as '-1h' or 'today'")
    .option('-f, --follow', 'go on until Ctrl-C; not of a VM')
    .action(
      act(async (target: string, _: unknown, self: Command) =>
        (await load()).logs(io, target, self.optsWithGlobals()),
      ),
    );
}
