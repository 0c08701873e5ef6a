/**
 * The twins behind a real sshd: each command that comes through it is answered by the twin of the project that its
 * connection names. A process of its own; it is told a folder, in which it listens, and the process of the sshd.
 */

import { dirname, join } from 'node:path';
import { hardwareOf } from '../../src/cli/twin-host.ts';
import { loadConfig } from '../../src/config/load.ts';
import { readOwner } from '../../src/core/lock.ts';
import { openTwin } from '../../src/twin/twin.ts';
import { sessionsOf } from '../sshd.ts';
import { clockOf } from './ahead.mjs';
import { listen } from './front.ts';
import { Scripts } from './scripts.ts';

const [folder = '', sshd = ''] = process.argv.slice(2);

/** Commands take none of it. */
const clock = clockOf(join(folder, 'ahead'));

const twins = new Map<string, Promise<Scripts>>();

async function open(stateFile: string): Promise<Scripts> {
  const cacheDir = dirname(dirname(stateFile));
  const { fleet } = await loadConfig({ root: dirname(cacheDir), cacheDir });
  const twin = openTwin({
    ...{ stateFile, hardware: hardwareOf(fleet), clock },
    killRun: () => killRun(join(cacheDir, 'run.lock')),
  });
  return new Scripts(twin, (ms) => twin.time.sleep(ms));
}

/** Whoever runs there is killed. In the process of the tests itself nobody may be: there its connection is cut. */
function killRun(lock: string): void {
  const { pid = process.ppid } = readOwner(lock) ?? {};
  const ends = pid === process.ppid ? sessionsOf(Number(sshd)) : [pid];
  for (const one of ends) process.kill(one, 'SIGKILL');
}

function twinAt(stateFile: string): Promise<Scripts> {
  const known = twins.get(stateFile) ?? open(stateFile);
  twins.set(stateFile, known);
  return known;
}

// Whoever started it is gone when its output can no longer be read.
process.stdin.on('end', () => process.exit()).resume();
await listen(folder, async (command, stateFile) => (await twinAt(stateFile)).run(command));
process.stdout.write('listening\n');
