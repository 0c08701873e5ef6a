/** The commands that look and change nothing, with their options and examples: graph, verdicts, state, configuration, facts. */

import type { Command } from 'commander';
import type { Io } from './io.ts';
import { type Add, tasksCommand } from './parse-guests.ts';
import { type Act, whole } from './parse-tools.ts';

export function lookCommands(command: Add, io: Io, act: Act): void {
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
}
