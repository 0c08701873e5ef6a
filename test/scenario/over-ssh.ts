/**
 * With PHX_OVER=ssh the twin of every project lies behind a real sshd, and phx takes it for a node: what is different then
 * for those who drive it. Nothing else knows.
 */

import { test } from 'node:test';

export const overSsh = process.env.PHX_OVER === 'ssh';

/** The sshd of this process. */
export const ssh = overSsh ? await import('../over-ssh/node.ts') : undefined;

/** How the node is told in the first line of a run, and the name under which it is known again. */
export const host = overSsh
  ? { kind: 'ssh', label: 'pve over ssh (node)', known: 'node-\\w+' }
  : { kind: 'twin', label: 'twin (simulated node)', known: 'twin-\\w+' };

/** What a process of phx is given to be in the time of the twins. */
export const inTheirTime: Readonly<Record<string, string>> = ssh
  ? {
      NODE_OPTIONS: `--import=${new URL('../over-ssh/later.mjs', import.meta.url).href}`,
      PHX_AHEAD: ssh.ahead,
    }
  : {};

/**
 * On a node it is asked before the first run, before something is put back, and before one guest that is named is made anew;
 * a reboot has to be permitted there. What the twin asks about, too, is left to the test.
 */
export function wordsFor(typed: readonly string[]): readonly string[] {
  if (!overSsh || typed.includes('--yes')) return typed;
  if (typed[0] === 'undo' && typed.length > 1 && !typed.includes('--dry-run')) return [...typed, '--yes'];
  if (typed[0] !== 'run') return typed;
  const asked = typed.includes('--recreate') && !typed.some((word) => /^ctid:\d+$/.test(word));
  return [...typed, ...(asked ? [] : ['--yes']), ...(typed.includes('--no-reboot') ? [] : ['--reboot'])];
}

/** A test that asks the simulated node itself for something that no other host has; `why`: what that is. */
export function ofTheTwin(name: string, why: string, act: () => void | Promise<void>): void {
  if (!overSsh) test(name, act);
  else console.log(`left out over ssh: ${name} (${why})`);
}
