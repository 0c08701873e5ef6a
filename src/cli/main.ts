#!/usr/bin/env node
/** The program: takes what it needs from the process, parses, dispatches, handles Ctrl-C and exits. Nothing else does. */

import type { ExitName } from '../core/error.ts';
import { exitCodes } from '../core/error.ts';

declare const PHX_VERSION: string;

const words = process.argv.slice(2);
if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  process.stdout.write(`${PHX_VERSION}\n`);
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
