/** A project in whose folder shells are asked to complete words, and a phx on the PATH that they find. */

import { spawnSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scripts } from '../../src/cli/completion-scripts.ts';
import { program } from '../scenario/program.ts';
import { Project } from '../scenario/rig.ts';
import { tempFolder } from '../temp.ts';

const bin = tempFolder();
symlinkSync(program, join(bin, 'phx'));
for (const [shell, text] of Object.entries(scripts)) writeFileSync(join(bin, `phx.${shell}`), text);

const { PATH = '', LD_LIBRARY_PATH = '', PHX_TOOLS_ROOT = '' } = process.env;

/** Where the scripts and the program lie, and what was unpacked for the tests. */
export const place = { bin, tools: PHX_TOOLS_ROOT };

/** The sample fleet, of which a graph was made once; and a folder that is no project. */
export const project = Project.known().root;
export const nowhere = tempFolder();

/** What the shell prints, and what it complained of. */
export function said(shell: string, args: readonly string[], cwd: string): { out: string; err: string } {
  const { stdout, stderr } = spawnSync(shell, args, {
    cwd,
    encoding: 'utf8',
    timeout: 60_000,
    env: { PATH: `${bin}:${PATH}`, LD_LIBRARY_PATH, HOME: nowhere, TERM: 'xterm', LC_ALL: 'C.UTF-8' },
  });
  return { out: stdout, err: stderr };
}
