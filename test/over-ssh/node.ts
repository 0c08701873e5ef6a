/** A real sshd with the twins of projects behind it, started once for a test process. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Sshd } from '../sshd.ts';
import { type Caller, startFront } from './front.ts';

const { folder, sshd } = await startFront();

export { sshd };

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

/** What the twins were asked, by whom, in order. */
export function asked(): readonly (Caller & { readonly words: string })[] {
  const file = join(folder, 'asked');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
  return lines.map((line) => JSON.parse(line));
}

/** Lets no command that begins like this begin, until the answer is called. */
export function hold(words: string): () => void {
  const file = join(folder, 'hold');
  writeFileSync(file, words);
  return () => rmSync(file, { force: true });
}

/** Lets so many milliseconds pass for the twins. */
export function pass(ms: number): void {
  const before = existsSync(ahead) ? Number(readFileSync(ahead, 'utf8')) : 0;
  writeFileSync(ahead, String(before + ms));
}

/** The part of an ssh_config that leads to an sshd under this name, with these settings before all others. */
export function aliasOf(name: string, settings: readonly string[], to: Sshd = sshd): string {
  const own = settings.map((setting) => `  ${setting}\n`).join('');
  return readFileSync(to.config, 'utf8').replace('Host node\n', `Host ${name}\n${own}`);
}

/** By this the connection says what is meant; ssh takes the first `SetEnv` alone. */
export function meaning({ twin, node = '', person = '' }: Partial<Caller>): string {
  return `SetEnv PHX_TWIN=${twin} PHX_NODE=${node} PHX_PERSON=${person}`;
}

/** Makes the project's own configuration lead to its own twin, by way of this sshd. */
export function leadOverSsh(root: string): void {
  const meant = meaning({ twin: join(root, '.cache', 'twin', 'state.json') });
  writeFileSync(join(root, 'ssh_config'), aliasOf('node', [meant]));
  const path = join(root, 'phoenixfile.ts');
  const text = readFileSync(path, 'utf8');
  const led = text.replace(
    /^ {2}host: 'twin',$/m,
    "  host: 'pve',\n  nodes: { pve: { ssh: 'node', config: 'ssh_config' } },",
  );
  assert.ok(led !== text || text.includes("ssh: 'node'"), 'the phoenixfile names no twin');
  writeFileSync(path, led);
}
