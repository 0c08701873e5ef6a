#!/usr/bin/env node
/** The program: takes what it needs from the process, parses, dispatches, handles Ctrl-C and exits. Nothing else does. */

import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ExitName } from '../core/error.ts';
import { exitCodes } from '../core/error.ts';
import { type ProjectCopy, projectCopy, startFolder } from './project-copy.ts';

declare const PHX_VERSION: string;

const own = fileURLToPath(import.meta.url);
const words = process.argv.slice(2);
// TAB runs nothing that lies in a folder.
const copy = words[0] === 'complete' ? undefined : projectCopy(startFolder(process.cwd(), words), own);
if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  process.stdout.write(versionText(copy));
} else if (copy) {
  await handOver(copy);
} else {
  const [{ nodeIo }, { parse }] = await Promise.all([import('./node-io.ts'), import('./parse.ts')]);
  const io = nodeIo();
  let ended: ExitName | number;
  try {
    ended = await parse(io, words, PHX_VERSION);
  } catch (error) {
    const { explain } = await import('./explain.ts');
    ended = explain(io, error, words);
  }
  process.exitCode = typeof ended === 'number' ? ended : exitCodes[ended];
  // Handles that a library left open must not keep a finished command alive.
  process.stdout.write('', () => process.exit());
}

/** The project's own copy does all of it, with the same words. */
async function handOver({ program, version }: ProjectCopy): Promise<void> {
  try {
    await import(pathToFileURL(program).href);
  } catch (error) {
    process.stderr.write(
      `✗ The phx of this project cannot be loaded\n    file     ${program}\n    version  ${version}\n    why      ${error}\n  Install it anew in the folder of the project.\n  → type: npm install\n`,
    );
    process.exitCode = exitCodes.usage;
  }
}

/** The first line is the version that works here. */
function versionText(project: ProjectCopy | undefined): string {
  return project
    ? `${project.version}\nof this project, ${project.program}; the phx that was typed is ${PHX_VERSION}, ${own}\n`
    : `${PHX_VERSION}\n`;
}
