/** A node over ssh as a host: the system's OpenSSH, one connection for all commands. It knows no Proxmox. */

import type { FileMode, Host } from '../../core/host.ts';
import { Connection, type ConnectionSetup } from './connection.ts';
import { runDetached } from './detached.ts';
import { noSuchFile, readScript, removeScript, writeScript } from './files.ts';
import { type Meanwhile, tellingMeanwhile } from './meanwhile.ts';
import { type RunSetup, randomWord, runOver } from './run.ts';

export interface SshSetup extends ConnectionSetup, RunSetup {
  /** Where detached commands keep their output on the node; default /var/lib/phx/run. */
  readonly runFolder?: string;
  /** What else can be asked of a detached command while no connection comes through. */
  readonly meanwhile?: Meanwhile;
}

export function sshHost(setup: SshSetup): Host {
  const { runFolder = '/var/lib/phx/run', clock, meanwhile } = setup;
  const connection = new Connection(setup);
  const shell = (script: string, words: readonly string[], stdin?: string) =>
    runOver(
      connection,
      setup,
      {
        argv: ['sh', '-c', script, 'sh', ...words],
        repeatable: true,
        ...(stdin === undefined ? {} : { stdin }),
      },
      { alone: script === writeScript || script === removeScript },
    );
  const onFile = async (what: string, script: string, words: readonly string[], stdin?: string) => {
    const ended = await shell(script, words, stdin);
    if (ended.exit === 0 || ended.exit === noSuchFile) return ended;
    throw new Error(`${words[0]} on ${setup.label} cannot be ${what}: ${ended.stderr.trim()}`);
  };
  const readFile = async (path: string) => {
    const ended = await onFile('read', readScript, [path]);
    return ended.exit === noSuchFile ? undefined : ended.stdout;
  };
  const ask = async (script: string, ...words: string[]) => {
    const ended = await shell(script, words);
    if (ended.exit !== 0) throw new Error(`${setup.label}: ${ended.stderr.trim()}`);
    return ended.bytes;
  };
  return {
    kind: 'ssh',
    label: `${setup.label} over ssh (${setup.ssh})`,
    identity: async () => `node-${(await readFile('/etc/machine-id'))?.trim() || setup.label}`,
    run: (command) =>
      command.detached
        ? runDetached(command, {
            ...{ files: `${runFolder}/${randomWord()}`, clock },
            ask: meanwhile ? tellingMeanwhile(ask, command, meanwhile) : ask,
          })
        : runOver(connection, setup, command),
    readFile,
    writeFile: async (path: string, text: string, mode?: FileMode) => {
      const words = [path, (mode?.mode ?? 0o644).toString(8), String(Buffer.byteLength(text))];
      await onFile('written', writeScript, words, text);
    },
    removeFile: async (path) => {
      await onFile('removed', removeScript, [path]);
    },
    reach: () => connection.alone(),
    operator: () => connection.operator(),
    close: async () => connection.close(),
  };
}
