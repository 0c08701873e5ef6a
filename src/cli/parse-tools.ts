/** The sub-commands of `phx cache` and `phx twin`, with their options and examples. */

import type { Command } from 'commander';
import { type ExitName, PhxError } from '../core/error.ts';
import type { Io } from './io.ts';

/** Wraps a command so that its ending is kept. */
export type Act = <A extends unknown[]>(
  command: (...args: A) => Promise<ExitName | number>,
) => (...args: A) => Promise<void>;

export function cacheCommands(cache: Command, io: Io, act: Act): void {
  const load = () => import('./command/cache.ts');
  const sub = (name: string, description: string) =>
    cache.command(name).description(description).exitOverride();
  sub('list', 'logs, journals and the lock').action(
    act(async (_: unknown, self: Command) => (await load()).cacheList(io, self.optsWithGlobals())),
  );
  sub('prune', 'drop records of tasks that are gone, and all logs').action(
    act(async (_: unknown, self: Command) => (await load()).cachePrune(io, self.optsWithGlobals())),
  );
  sub('forget', 'forget the records of these tasks')
    .argument('<targets...>', 'ctid:950, ctid:950/configure, hypervisor, all')
    .action(
      act(async (targets: string[], _: unknown, self: Command) =>
        (await load()).cacheForget(io, targets, self.optsWithGlobals()),
      ),
    );
  sub('unlock', 'free the run lock of a run that is gone')
    .option('-y, --yes', 'even when its owner seems alive')
    .action(act(async (_: unknown, self: Command) => (await load()).cacheUnlock(io, self.optsWithGlobals())));
}

export function twinCommands(twin: Command, io: Io, act: Act): void {
  const load = () => import('./command/twin.ts');
  const made = (name: string, description: string) =>
    twin.command(name).description(description).exitOverride();
  const sub = (name: string, description: string, ...lines: string[]) =>
    withExamples(made(name, description), lines);
  sub('show', 'what is on the simulated node', 'phx twin show')
    .option('--json', 'one document')
    .action(act(async (_: unknown, self: Command) => (await load()).twinShow(io, self.optsWithGlobals())));
  const node = 'where the twin is a cluster: on which node (default: the first)';
  sub(
    'node',
    'switch a node of the simulated cluster off or on, or cut it off from the others',
    'phx twin node pve2 down',
    'phx twin node pve2 up',
    'phx twin node pve3 isolated',
    'phx twin node pve3 joined',
  )
    .argument('<name>', 'the node')
    .argument('<state>', 'down, up, isolated or joined')
    .action(
      act(async (name: string, wish: string, _: unknown, self: Command) =>
        (await load()).twinNode(io, name, wish, self.optsWithGlobals()),
      ),
    );
  sub('reset', 'start over with a fresh node', 'phx twin reset', 'phx twin reset --pve 9.2')
    .option('--pve <version>', 'of which Proxmox VE: 8.4 or 9.2')
    .option('--facts <file>', 'as a copy of a node, or of the nodes: a file of phx facts')
    .action(act(async (_: unknown, self: Command) => (await load()).twinReset(io, self.optsWithGlobals())));
  sub(
    'exec',
    'run a command on the simulated node, as an admin would',
    'phx twin exec -- pct set 950 --memory 1024',
  )
    .argument('<argv...>', 'the program and its words')
    .option('--node <name>', node)
    .action(
      act(async (argv: string[], _: unknown, self: Command) =>
        (await load()).twinExec(io, argv, self.optsWithGlobals()),
      ),
    );
  sub('shell', 'a prompt on the simulated node: type pct, qm, pvesh … as on a real one', 'phx twin shell')
    .option('--node <name>', node)
    .action(act(async (_: unknown, self: Command) => (await load()).twinShell(io, self.optsWithGlobals())));
  sub(
    'fault',
    'let a command fail, hang or kill the run',
    'phx twin fault "pct start 950" --exit 255 --stderr "no"',
    'phx twin fault --clear',
  )
    .argument('[match]', 'the first words of the command')
    .option('--nth <n>', 'hit the n-th match', positive, 1)
    .option('--exit <code>', 'end with this exit code', whole)
    .option('--stderr <text>', 'and say this')
    .option('--hang', 'do not end before the deadline')
    .option('--kill <when>', 'kill the run: before, during or after the command')
    .option('--clear', 'remove all faults')
    .option('--node <name>', node)
    .action(
      act(async (match: string | undefined, _: unknown, self: Command) =>
        (await load()).twinFault(io, match, self.optsWithGlobals()),
      ),
    );
  sub(
    'disk',
    'put something on a disk of the simulated node, as if it had been used before',
    'phx twin disk /dev/disk/by-id/nvme-A --signature ext4 --mounted /mnt/old',
    'phx twin disk /dev/disk/by-id/nvme-A --signature blank',
  )
    .argument('<disk>', 'its path below /dev/disk/by-id')
    .requiredOption('--signature <what>', 'ext4, gpt, zfs:<pool> or blank')
    .option('--mounted <path>', 'where its file system is mounted')
    .option('--node <name>', node)
    .action(
      act(async (disk: string, _: unknown, self: Command) =>
        (await load()).twinDisk(io, disk, self.optsWithGlobals()),
      ),
    );
}

const examples = new WeakMap<Command, readonly string[]>();

/** Notes what stands as examples on a command's page; what is behind a ` # ` says what it does. */
export function withExamples(command: Command, lines: readonly string[]): Command {
  examples.set(command, lines);
  return command;
}

export function examplesOf(command: Command): readonly string[] {
  return examples.get(command) ?? [];
}

/** Gathers the values of an option that may be said more than once. */
export function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

/** Reads a whole number from 1 on. */
export function positive(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new PhxError('usage', { title: `${value} is not a whole number from 1 on` });
}

/** Reads a whole number from 0 on. */
export function whole(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new PhxError('usage', { title: `${value} is not a whole number` });
}
