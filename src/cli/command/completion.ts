/** `phx completion <shell>`, and `phx complete`, which its script asks: no host, no code of the project, and never an error. */

import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { type ExitName, PhxError } from '../../core/error.ts';
import { didYouMean } from '../../core/suggest.ts';
import { complete } from '../complete.ts';
import { type Shell, scripts, shells } from '../completion-scripts.ts';
import type { Io } from '../io.ts';
import { knownTargets, namesIn } from '../known-targets.ts';
import { nearestPhoenixfile, startFolder } from '../project-copy.ts';

export async function completion(io: Io, shell: string): Promise<ExitName> {
  if (!shells.includes(shell as Shell))
    throw new PhxError('usage', {
      title: `There are no completions for ${shell}`,
      hint: didYouMean(shell, shells) ?? `There are some for ${shells.join(', ')}.`,
    });
  io.out.write(scripts[shell as Shell]);
  return 'ok';
}

/** A line for each word that may stand in the place of the last one. */
export async function completeWords(io: Io, program: Command, words: readonly string[]): Promise<ExitName> {
  try {
    const lines = complete(program, words, known(startFolder(io.cwd, words)));
    for (const [word, means] of lines) io.out.write(`${word}\t${means}\n`);
  } catch {
    // Whatever is wrong is told by the command itself, and not into somebody's prompt.
  }
  return 'ok';
}

function known(from: string) {
  const phoenixfile = nearestPhoenixfile(from);
  if (phoenixfile === undefined) return { targets: [], tasks: [], hosts: [], runs: [], environments: [] };
  const root = dirname(phoenixfile);
  const runs = namesIn(join(root, '.cache', 'journal'))
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => [name.slice(0, -'.jsonl'.length), 'run'] as const)
    .reverse();
  const environments = namesIn(join(root, 'config', 'env')).map((name) => [name, ''] as const);
  return { ...knownTargets(root), runs, environments };
}
