/** The files that a run of all host steps leaves on a fresh node: what the real tools are handed. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Bench, tasksOf } from '../bench.ts';
import { tempFolder } from '../temp.ts';
import { wholeNode } from '../whole-node.ts';

let written: ReturnType<typeof writeAll> | undefined;

/** Path → text of every file that a run of the whole node wrote. */
export function writtenFiles(): Promise<ReadonlyMap<string, string>> {
  written ??= writeAll();
  return written;
}

async function writeAll(): Promise<ReadonlyMap<string, string>> {
  const fleet = await wholeNode();
  const bench = Bench.fresh(fleet);
  const { commands, troubles } = await bench.run(await tasksOf(fleet), ['hypervisor']);
  assert.deepEqual(troubles, []);
  const files = new Map<string, string>();
  for (const command of commands) {
    const path = command.replace(/^write /, '');
    if (path === command) continue;
    const text = await bench.twin.readFile(path);
    if (text !== undefined) files.set(path, text);
  }
  return files;
}

export function textOf(files: ReadonlyMap<string, string>, path: string): string {
  const text = files.get(path);
  assert.ok(text !== undefined, `nothing wrote ${path}; there are ${[...files.keys()].join(', ')}`);
  return text;
}

/** Runs a real tool on a text in a file of this name; answers its exit code and all that it said. */
export function judged(
  text: string,
  name: string,
  argv: (path: string) => readonly string[],
): { code: number | null; said: string; out: string } {
  const path = join(tempFolder(), name);
  writeFileSync(path, text, { mode: 0o600 });
  const [program = '', ...args] = argv(path);
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', timeout: 60_000 });
  assert.equal(error, undefined, `${program} cannot be run: ${error?.message}`);
  return { code: status, said: `${stdout}${stderr}`.trim(), out: stdout };
}
