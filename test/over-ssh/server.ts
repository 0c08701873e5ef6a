/**
 * The twins behind a real sshd: each command that comes through it is answered by the twin of the project that its
 * connection names, or by one of its nodes. A process of its own; it is told a folder, in which it listens and notes what it
 * was asked, and the process of the sshd.
 */

import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { hardwareOf, hardwareOfNodes } from '../../src/cli/twin-host.ts';
import { loadConfig } from '../../src/config/load.ts';
import { readOwner } from '../../src/core/lock.ts';
import { openTwinCluster } from '../../src/twin/cluster.ts';
import { openTwin, type Twin } from '../../src/twin/twin.ts';
import { sessionsOf } from '../sshd.ts';
import { clockOf } from './ahead.mjs';
import { type Caller, listen } from './front.ts';
import { Scripts, wordsOf } from './scripts.ts';

const [folder = '', sshd = ''] = process.argv.slice(2);

/** Commands take none of it. */
const clock = clockOf(join(folder, 'ahead'));

/** By the file of the state: the twin, or its nodes. */
const twins = new Map<string, Promise<(node: string) => Twin>>();
const scripts = new Map<string, Scripts>();

async function open(stateFile: string): Promise<(node: string) => Twin> {
  const cacheDir = dirname(dirname(stateFile));
  const root = dirname(cacheDir);
  const own = { stateFile, clock, killRun: () => killRun(join(cacheDir, 'run.lock')) };
  if (basename(stateFile) !== 'cluster.json') {
    const { fleet } = await loadConfig({ root, cacheDir });
    const twin = openTwin({ ...own, hardware: hardwareOf(fleet) });
    return () => twin;
  }
  const nodes = readdirSync(join(root, 'config', 'nodes')).map((file) => file.replace(/\.json5$/, ''));
  const { fleet } = await loadConfig({ root, nodes: nodes.sort() });
  const cluster = openTwinCluster({ ...own, nodes: hardwareOfNodes(fleet) });
  return (node) => cluster.node(node);
}

/** Whoever runs there is killed. In the process of the tests itself nobody may be: there its connection is cut. */
function killRun(lock: string): void {
  const { pid = process.ppid } = readOwner(lock) ?? {};
  const ends = pid === process.ppid ? sessionsOf(Number(sshd)) : [pid];
  for (const one of ends) process.kill(one, 'SIGKILL');
}

async function scriptsOf({ twin: stateFile, node }: Caller): Promise<Scripts> {
  const opening = twins.get(stateFile) ?? open(stateFile);
  twins.set(stateFile, opening);
  const twin = (await opening)(node);
  const key = `${stateFile} ${node}`;
  const known = scripts.get(key) ?? new Scripts(twin, (ms) => twin.time.sleep(ms));
  scripts.set(key, known);
  return known;
}

/** What begins like the text of the file `hold` waits for as long as that is there. */
async function turn(words: string): Promise<void> {
  const hold = join(folder, 'hold');
  while (existsSync(hold) && words.startsWith(readFileSync(hold, 'utf8'))) await wait(10);
}

// Whoever started it is gone when its output can no longer be read.
process.stdin.on('end', () => process.exit()).resume();
await listen(folder, async (command, caller) => {
  const words = wordsOf(command);
  appendFileSync(join(folder, 'asked'), `${JSON.stringify({ ...caller, words })}\n`);
  await turn(words);
  return (await scriptsOf(caller)).run(command);
});
process.stdout.write('listening\n');
