/** A real sshd with the twins of projects behind it, started once for a test process. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startFront } from './front.ts';

const { folder, sshd } = await startFront();

const server = spawn(
  process.execPath,
  ['--import', 'tsx', fileURLToPath(new URL('./server.ts', import.meta.url)), folder, String(sshd.pid)],
  { stdio: ['pipe', 'pipe', 'inherit'] },
);
await new Promise<void>((resolve, reject) => {
  server.stdout.once('data', () => resolve());
  server.once('exit', (code) => reject(new Error(`the server of the twins ended with ${code}`)));
});
server.removeAllListeners('exit');
for (const handle of [server, server.stdin, server.stdout]) (handle as { unref?: () => void }).unref?.();

/** The file that says how far the time of the twins is ahead of ours. */
export const ahead = join(folder, 'ahead');

/** Makes the project's own configuration lead to its own twin, by way of this sshd. */
export function leadOverSsh(root: string): void {
  const own = readFileSync(sshd.config, 'utf8');
  writeFileSync(join(root, 'ssh_config'), `${own}  SetEnv PHX_TWIN=${root}/.cache/twin/state.json\n`);
  const path = join(root, 'phoenixfile.ts');
  const text = readFileSync(path, 'utf8');
  const led = text.replace(
    /^ {2}host: 'twin',$/m,
    "  host: 'pve',\n  nodes: { pve: { ssh: 'node', config: 'ssh_config' } },",
  );
  assert.ok(led !== text || text.includes("ssh: 'node'"), 'the phoenixfile names no twin');
  writeFileSync(path, led);
}
